/** The lab's process inside its kernel: builds the lab, tells the story, writes the report. Started by `main.ts`. */
import { readFileSync, writeFileSync } from 'node:fs'
import { release } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#core/clock.ts'
import { describeError, SojournError } from '#core/error.ts'
import type { InsideOptions } from './inside-options.ts'
import { LabError } from './lab-error.ts'
import { renderReport } from './report/html.ts'
import { Progress } from './report/progress.ts'
import { ReportRecorder } from './report/report.ts'
import { scenarios } from './scenarios/index.ts'
import { joinNode, prepare } from './scenarios/preparation.ts'
import type { Lab } from './scenarios/scenario.ts'
import { sessionEnvironment } from './session/environment.ts'
import { execFile } from './session/exec-file.ts'
import { hold } from './session/hold.ts'
import { hostsWith, topologyOf } from './topology/hosts.ts'
import { RunningRoles } from './topology/running-roles.ts'
import { checkDecoding } from './witness/decoding.ts'
import { installWiresharkFiles } from './witness/wireshark.ts'
import { Witness } from './witness/witness.ts'

const exitCode = { held: 0, failed: 1, interrupted: 130 } as const

/** Runs what was asked for; returns the exit code. */
async function runInside(options: InsideOptions): Promise<number> {
  const { reportFolder } = options
  const scenario = scenarios[options.scenario]
  if (!scenario) throw new LabError('lab/usage', `no scenario "${options.scenario}"`)
  const write = (text: string): void => void process.stdout.write(text)
  const progress = new Progress({ write, color: options.color, width: options.width })
  const kernel = { ...options.kernel, release: release() }
  const variation = scenario.variation ?? {}
  const topology = topologyOf(hostsWith(variation.extraHosts))
  const subject = { scenario: options.scenario, title: scenario.title, kernel, topology }
  const report = new ReportRecorder(subject, systemClock, [progress])
  const lab: Lab = {
    roles: new RunningRoles(options.sojourn, join(reportFolder, 'logs'), variation, options.projectFolder),
    witness: new Witness(report, reportFolder),
    projectFolder: options.projectFolder,
    settings: options.settings,
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      void takeDown(lab).finally(() => process.exit(exitCode.interrupted))
    })

  let scriptExitCode: number | undefined
  try {
    await installWiresharkFiles(join(options.projectFolder, 'docs/wireshark/install.sh'))
    if (options.hold || options.exec !== undefined) scriptExitCode = await runSession(lab, options)
    else await scenario.run(lab)
  } catch (error) {
    const account =
      error instanceof SojournError
        ? describeError(error)
        : String(error instanceof Error ? error.stack : error)
    lab.witness.check('completed', 'The story is told to its end', 'no error', account)
  }
  await end(lab)
  const finished = report.finish()
  writeFileSync(join(reportFolder, 'report.json'), `${JSON.stringify(finished, undefined, 2)}\n`)
  writeFileSync(join(reportFolder, 'report.html'), renderReport(finished))
  return scriptExitCode || (finished.holds ? exitCode.held : exitCode.failed)
}

/** The user's own session: the lab as after the first registration. Returns the exit code of his script, 0 after a prompt. */
async function runSession(lab: Lab, { hold: prompt, exec, reportFolder }: InsideOptions): Promise<number> {
  await prepare(lab)
  lab.witness.report.step('session', 'mn1 is registered; the lab is yours')
  await joinNode(lab, 'mn1', 'a1')
  const environment = sessionEnvironment(lab.roles, reportFolder)
  if (exec !== undefined) {
    const code = await execFile(exec, environment)
    lab.witness.check('script', `Exit code of ${exec}`, '0', String(code))
    return code
  }
  if (prompt) await hold(environment, topologyOf(lab.roles.hosts))
  return exitCode.held
}

/** Ends daemons and witnesses. A run that failed shows what the daemons complained of. */
async function end(lab: Lab): Promise<void> {
  const { roles, witness } = lab
  witness.report.step('end', 'Daemons are ended')
  const own = [...roles.daemons, ...roles.strangers].flatMap((daemon) =>
    daemon.unexpectedEnd ? [`${daemon.name} ${daemon.unexpectedEnd}`] : [],
  )
  witness.check('alive', 'Daemons that ended by themselves', 'none', own.join('\n') || 'none')
  const running = roles.daemons.filter((daemon) => daemon.running)
  const parents = running.filter((daemon) => daemon.hasHadChildren).map(({ host }) => host)
  witness.check(
    'no-children',
    `Daemons of ours that ever started a process such as ip or tc, of the ${running.length} running (/proc/PID/stat, cminflt)`,
    'none',
    parents.join(', ') || 'none',
  )
  await takeDown(lab)
  await checkDecoding(witness)
  if (witness.failed || own.length > 0)
    for (const daemon of [...roles.daemons, ...roles.strangers]) {
      const lines = daemon.complaints()
      const output = lines.length > 0 ? lines.join('\n') : daemon.logTail(3)
      witness.report.evidence({ host: daemon.host, command: `tail logs/${daemon.name}.log`, output })
    }
}

async function takeDown({ roles, witness }: Lab): Promise<void> {
  await roles.stop()
  await witness.stopAll()
}

const [file = ''] = process.argv.slice(2)
process.exit(await runInside(JSON.parse(readFileSync(file, 'utf8')) as InsideOptions))
