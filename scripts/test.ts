/**
 * Every test, in two strands side by side: on this machine types, lint, import directions and unit tests; in one boot of a kernel that
 * has the drivers, the kernel tests and the fast scenarios, two of them with programs that are not ours (brought in by set-up). Ends with `N passed, N failed`; exit 1 if anything failed or nothing ran.
 */
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { describeError } from '#core/error.ts'
import { projectFolder } from '../netns-lab/program.ts'
import type { Report } from '../netns-lab/report/report.ts'
import { runScenarios } from '../netns-lab/run-scenario.ts'
import { countTap, type TestCount } from './tap.ts'

/** One after the other in one boot; the others take too long for every day. */
const scenarios = ['registration', 'stranger-node', 'stranger-relay'] as const
const buildFolder = join(projectFolder, 'build')
const testReport = join(buildFolder, 'test-report')
const progress = join(buildFolder, 'test-scenario.log')
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

async function kernelStrand(): Promise<TestCount[]> {
  rmSync(testReport, { recursive: true, force: true })
  mkdirSync(buildFolder, { recursive: true })
  const started = performance.now()
  const kernelTests =
    'node_modules/.bin/ava --config ava.kernel.config.js --tap >"$SOJOURN_RUN_FOLDER/kernel.tap" 2>&1'
  const before = `date +%s.%N >"$SOJOURN_RUN_FOLDER/started"; ${kernelTests}; date +%s.%N >"$SOJOURN_RUN_FOLDER/ended"`
  try {
    await runScenarios({ scenarios, reportTo: testReport, before, output: createWriteStream(progress) })
  } catch (error) {
    console.log(`FAILED kernel: ${describeError(error)}`)
    return [{ passed: 0, failed: 1 }]
  }
  const kernelSeconds = (Number(readReport('ended')) - Number(readReport('started'))).toFixed(1)
  const counts = [
    tapSuite('kernel tests', readReport('kernel.tap'), `${kernelSeconds} s`),
    ...scenarios.map(scenarioSuite),
  ]
  if (counts.some(({ failed }) => failed > 0)) console.log(readFileSync(progress, 'utf8'))
  console.log(`       (kernel in all ${seconds(started)})`)
  return counts
}

/** Counts the checks of a scenario from its report. */
function scenarioSuite(name: string): TestCount {
  const text = readReport(join(name, 'report.json'))
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

/** A file that the kernel's strand has written; empty when it has not. */
function readReport(name: string): string {
  const file = join(testReport, name)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

const counts = (await Promise.all([nativeStrand(), kernelStrand()])).flat()
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
