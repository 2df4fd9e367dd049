import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { InsideOptions } from './inside-options.ts'
import { chooseKernel, type KernelKind } from './kernel/choose.ts'
import { startInKernel } from './kernel/run.ts'
import { LabError } from './lab-error.ts'
import { buildPrograms, projectFolder } from './program.ts'
import { scenarios } from './scenarios/index.ts'
import type { Need } from './scenarios/scenario.ts'
import { commandLine } from './topology/host-command.ts'

/** Exit code of a run that a signal ended, as shells give it for Ctrl-C. */
const interrupted = 130

export interface ScenarioRun {
  /** Told one after the other in one kernel; each has its own network and daemons. */
  scenarios: readonly string[]
  /** Forces a kernel; chosen by itself when absent. */
  kernel?: KernelKind | undefined
  /** Instead of the story, once mn1 is registered: a prompt on standard input. */
  hold?: boolean | undefined
  /** Instead of the story, once mn1 is registered: this script. */
  exec?: string
  /** The folder that becomes the report, or holds one of each scenario's name if there are several; replaced as a whole. */
  reportTo: string
  /** A shell command line to run first in the same kernel; it can write to $SOJOURN_RUN_FOLDER, which is \`reportTo\` afterwards. */
  before?: string
  /** Where progress goes; standard output when absent. */
  output?: Writable
}

/**
 * Runs scenarios in a kernel that has the drivers, shows their progress on standard output and brings back their reports. Returns the
 * exit code: 0 only if every check of all held. Whatever ends this process, no process and no namespace of the lab outlives it.
 * @throws lab/kernel, lab/set-up, lab/usage
 */
export async function runScenarios(asked: ScenarioRun): Promise<number> {
  const { scenarios: names, hold = false, exec, output = process.stdout } = asked
  if (exec !== undefined && !existsSync(exec)) throw new LabError('lab/usage', `--exec ${exec}: no such file`)
  setUp(names.flatMap((name) => scenarios[name]?.needs ?? []))
  const kernel = chooseKernel(asked.kernel)
  output.write(`Kernel: ${kernel.kind === 'native' ? 'native' : 'user-mode Linux'} (${kernel.why})\n`)

  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sojourn-lab-')))
  const programs = await buildPrograms(folder)
  const reportFolder = join(folder, 'report')
  mkdirSync(reportFolder)
  const stories = names.map((scenario) => {
    const own = names.length === 1 ? reportFolder : join(reportFolder, scenario)
    mkdirSync(own, { recursive: true })
    const inside: InsideOptions = {
      scenario,
      kernel,
      reportFolder: own,
      sojourn: [process.execPath, programs.sojourn],
      projectFolder,
      settings: settings(),
      hold,
      ...(exec === undefined ? {} : { exec: resolve(exec) }),
      color: process.stdout.isTTY ?? false,
      width: process.stdout.columns || 100,
    }
    const optionsFile = join(folder, `${scenario}.json`)
    writeFileSync(optionsFile, JSON.stringify(inside))
    return [process.execPath, programs.inside, optionsFile]
  })
  const run = startInKernel(kernel.kind, {
    command: oneAfterTheOther(asked.before, stories, reportFolder),
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
      output.write(
        `Report: ${join(asked.reportTo, names.length === 1 ? 'report.html' : 'NAME/report.html')} (also report.json and captures/)\n`,
      )
    if (stopped) console.error('\nInterrupted: every process and namespace of the lab is gone.')
    return stopped ? interrupted : code
  } finally {
    process.stdin.destroy()
    rmSync(folder, { recursive: true, force: true })
  }
}

function settings(): Record<string, string> {
  const named = Object.entries(process.env).filter(([name]) => name.startsWith('SOJOURN_'))
  return Object.fromEntries(named.map(([name, value = '']) => [name, value]))
}

/** Brings in what only some scenarios need. @throws lab/set-up when it cannot be had */
function setUp(needs: readonly Need[]): void {
  if (needs.length === 0) return
  const wanted = [...new Set(needs)].flatMap((need) => ['--with', need])
  const { status } = spawnSync(join(projectFolder, 'scripts/set-up.sh'), ['--quiet', ...wanted], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0)
    throw new LabError(
      'lab/set-up',
      `the scenario needs programs that are missing: ${needs.join(', ')} (see above)`,
    )
}

/** A command that runs them all, whatever comes of each, and ends with the worst exit code. */
function oneAfterTheOther(
  before: string | undefined,
  stories: readonly (readonly string[])[],
  reportFolder: string,
): string[] {
  const [only = []] = stories
  if (before === undefined && stories.length === 1) return [...only]
  const first = before === undefined ? [] : [`SOJOURN_RUN_FOLDER=${commandLine([reportFolder])}; ${before}`]
  const told = stories.map((story) => `${commandLine(story)} || worst=$?`)
  return ['sh', '-c', ['worst=0', ...first, ...told, 'exit $worst'].join('\n')]
}

/** Replaces the former reports by what the scenarios wrote, if they wrote anything. */
function keepReport(written: string, kept: string): boolean {
  if (!globSync('{report.json,*/report.json}', { cwd: written }).length) return false
  rmSync(kept, { recursive: true, force: true })
  cpSync(written, kept, { recursive: true })
  return true
}
