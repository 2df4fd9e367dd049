/**
 * Every test, in three strands side by side: on this machine types, lint, import directions and unit tests; in two boots of a kernel that
 * has the drivers, kernel tests and the scenarios that are fast, some of them with programs that are not ours (brought in by set-up).
 * Ends with `N passed, N failed`; exit 1 if anything failed or nothing ran.
 */
import { createWriteStream, existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { describeError } from '#core/error.ts'
import { projectFolder } from '../netns-lab/program.ts'
import type { Report } from '../netns-lab/report/report.ts'
import { runScenarios } from '../netns-lab/run-scenario.ts'
import { countTap, type TestCount } from './tap.ts'

const buildFolder = join(projectFolder, 'build')
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** A command that passes or fails as one test. */
async function commandSuite(name: string, command: string, ...args: string[]): Promise<TestCount> {
  const started = performance.now()
  const { exitCode, all } = await execa(command, args, {
    cwd: projectFolder,
    all: true,
    reject: false,
    preferLocal: true,
  })
  console.log(`${exitCode === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds(started)})`)
  if (exitCode !== 0) console.log(all)
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** Counts the tests of an AVA run from its TAP and prints what failed. */
function tapSuite(name: string, tap: string, took: string): TestCount {
  const { failures, ...count } = countTap(tap)
  // A runner that ended without a result line tested nothing: that is a failure too.
  if (count.passed + count.failed === 0) count.failed = 1
  console.log(
    `${count.failed === 0 ? 'ok    ' : 'FAILED'} ${name}: ${count.passed} passed, ${count.failed} failed (${took})`,
  )
  if (count.failed > 0) console.log(failures || tap)
  return count
}

async function nativeStrand(): Promise<TestCount[]> {
  const counts = [
    await commandSuite('types (tsc)', 'tsc'),
    await commandSuite('lint and format (biome)', 'biome', 'check', '--error-on-warnings'),
    await commandSuite('import directions', 'node', 'scripts/check-imports.ts'),
  ]
  const started = performance.now()
  const { stdout } = await execa('ava', ['--tap'], { cwd: projectFolder, reject: false, preferLocal: true })
  return [...counts, tapSuite('unit tests', stdout, seconds(started))]
}

/** A shell command that runs kernel tests and leaves what they say, and when they began and ended, in a folder. */
function kernelTests(files: readonly string[], folder: string): string {
  const ava = `node_modules/.bin/ava --config ava.kernel.config.js --tap ${files.join(' ')}`
  return `date +%s.%N >${folder}/started; ${ava} >${folder}/kernel.tap 2>&1; date +%s.%N >${folder}/ended`
}

/** The result of `kernelTests` in the folder. */
function kernelSuite(name: string, folder: string): TestCount {
  const began = Number(readIn(folder, 'started'))
  return tapSuite(
    name,
    readIn(folder, 'kernel.tap'),
    `${(Number(readIn(folder, 'ended')) - began).toFixed(1)} s`,
  )
}

/** What one kernel gets to do, one after the other: kernel tests, then scenarios. */
interface Strand {
  name: string
  tests: readonly string[]
  /** The others take too long for every day, or measure what a busy machine cannot hold. */
  scenarios: readonly string[]
}

/** Two kernels, one on each of two processors, with about as much to do. */
const strands: readonly Strand[] = [
  {
    name: 'netlink',
    tests: globSync('netlink/**/*.kernel.test.ts', { cwd: projectFolder }),
    scenarios: [
      'home-agent-by-home-server',
      'home-agent-by-foreign-server',
      'move-across-domains',
      'two-nodes-cross',
      'co-located',
    ],
  },
  {
    name: 'agents and lab',
    tests: globSync('{agent,netns-lab}/**/*.kernel.test.ts', { cwd: projectFolder }),
    scenarios: ['registration', 'stranger-node', 'stranger-relay', 'move-within-domain', 'ping-pong'],
  },
]

async function runStrand({ name, tests, scenarios }: Strand): Promise<TestCount[]> {
  const reportTo = join(buildFolder, 'test-report', name.replaceAll(' ', '-'))
  const progress = `${reportTo}.log`
  rmSync(reportTo, { recursive: true, force: true })
  mkdirSync(dirname(reportTo), { recursive: true })
  const before = kernelTests(tests, '"$SOJOURN_RUN_FOLDER"')
  try {
    await runScenarios({ scenarios, reportTo, before, output: createWriteStream(progress) })
  } catch (error) {
    console.log(`FAILED kernel of ${name}: ${describeError(error)}`)
    return [{ passed: 0, failed: 1 }]
  }
  const counts = [
    kernelSuite(`kernel tests of ${name}`, reportTo),
    ...scenarios.map((scenario) => scenarioSuite(scenario, reportTo)),
  ]
  if (counts.some(({ failed }) => failed > 0)) console.log(readFileSync(progress, 'utf8'))
  return counts
}

/** Counts the checks of a scenario from its report. */
function scenarioSuite(name: string, folder: string): TestCount {
  const text = readIn(folder, join(name, 'report.json'))
  if (text === '') {
    console.log(`FAILED scenario ${name}: it wrote no report`)
    return { passed: 0, failed: 1 }
  }
  const report: Report = JSON.parse(text)
  const checks = report.steps.flatMap((step) => step.checks)
  const passed = checks.filter((check) => check.holds).length
  // A scenario that broke off has no failed check, only `holds: false`.
  const failed = Math.max(checks.length - passed, report.holds ? 0 : 1)
  const result = failed === 0 ? 'ok    ' : 'FAILED'
  console.log(
    `${result} scenario ${name}: ${passed} of ${checks.length} checks hold (${report.durationSeconds.toFixed(1)} s)`,
  )
  return { passed, failed }
}

/** A file that a kernel has written; empty when it has not. */
function readIn(folder: string, name: string): string {
  const file = join(folder, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

// The database is tested over a real PostgreSQL too. First, because two strands that install packages get in each other's way.
const setUp = ['--quiet', '--with', 'postgresql']
const { exitCode: unprepared } = await execa('scripts/set-up.sh', setUp, {
  cwd: projectFolder,
  stdio: 'inherit',
  reject: false,
})
if (unprepared !== 0) process.exit(1)
const counts = (await Promise.all([nativeStrand(), ...strands.map(runStrand)])).flat()
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
