import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { InsideOptions } from './inside-options.ts'
import { chooseKernel, type KernelKind } from './kernel/choose.ts'
import { startInKernel } from './kernel/run.ts'
import { LabError } from './lab-error.ts'
import { buildPrograms } from './program.ts'

/** Exit code of a run that a signal ended, as shells give it for Ctrl-C. */
const interrupted = 130

export interface ScenarioRun {
  scenario: string
  /** Forces a kernel; chosen by itself when absent. */
  kernel?: KernelKind | undefined
  /** Instead of the story, once mn1 is registered: a prompt on standard input. */
  hold?: boolean | undefined
  /** Instead of the story, once mn1 is registered: this script. */
  exec?: string
  /** The folder that becomes the report; replaced as a whole. */
  reportTo: string
  /** A shell command line to run first in the same kernel; it can write to $SOJOURN_RUN_FOLDER, which is \`reportTo\` afterwards. */
  before?: string
  /** Where progress goes; standard output when absent. */
  output?: Writable
}

/**
 * Runs a scenario in a kernel that has the drivers, shows its progress on standard output and brings back its report. Returns the exit
 * code: 0 only if every check held. Whatever ends this process, no process and no namespace of the lab outlives it.
 * @throws lab/kernel, lab/usage
 */
export async function runScenario(asked: ScenarioRun): Promise<number> {
  const { scenario, hold = false, exec, output = process.stdout } = asked
  if (exec !== undefined && !existsSync(exec)) throw new LabError('lab/usage', `--exec ${exec}: no such file`)
  const kernel = chooseKernel(asked.kernel)
  output.write(`Kernel: ${kernel.kind === 'native' ? 'native' : 'user-mode Linux'} (${kernel.why})\n`)

  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sojourn-lab-')))
  const programs = await buildPrograms(folder)
  const reportFolder = join(folder, 'report')
  mkdirSync(reportFolder)
  const inside: InsideOptions = {
    scenario,
    kernel,
    reportFolder,
    sojourn: [process.execPath, programs.sojourn],
    hold,
    ...(exec === undefined ? {} : { exec: resolve(exec) }),
    color: process.stdout.isTTY ?? false,
    width: process.stdout.columns || 100,
  }
  const optionsFile = join(folder, 'options.json')
  writeFileSync(optionsFile, JSON.stringify(inside))

  const story = [process.execPath, programs.inside, optionsFile]
  const first =
    asked.before === undefined
      ? []
      : ['sh', '-c', `SOJOURN_RUN_FOLDER=$1; ${asked.before}; shift; exec "$@"`, 'sh', reportFolder]
  const run = startInKernel(kernel.kind, {
    command: [...first, ...story],
    folder,
    ...(hold && { input: { endOfInput: 'exit\n' } }),
  })
  run.child.stdout?.pipe(output, { end: false })
  run.child.stderr?.pipe(process.stderr, { end: false })
  let stopped = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => {
      stopped = true
      run.kill()
    })
  try {
    const code = await run.ended
    if (!stopped && keepReport(reportFolder, asked.reportTo))
      output.write(`Report: ${join(asked.reportTo, 'report.html')} (also report.json and captures/)\n`)
    if (stopped) console.error('\nInterrupted: every process and namespace of the lab is gone.')
    return stopped ? interrupted : code
  } finally {
    process.stdin.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Replaces the former report by what the scenario wrote, if it wrote anything. */
function keepReport(written: string, kept: string): boolean {
  if (!existsSync(join(written, 'report.json'))) return false
  rmSync(kept, { recursive: true, force: true })
  cpSync(written, kept, { recursive: true })
  return true
}
