import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { type ReportListener, ReportRecorder } from './report.ts'
import { sampleReport } from './sample-report.fixture.ts'

const { scenario, title, kernel, topology } = sampleReport
const subject = { scenario, title, kernel, topology }
const check = { id: 'rate', what: 'Goodput', expected: '4', seen: '4', holds: true }

test('a step lasts until the next one starts, and the report until it is finished', (t) => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1))
  const recorder = new ReportRecorder(subject, clock)
  clock.advance(500)
  recorder.step('a', 'First')
  t.true(recorder.check(check))
  clock.advance(1250)
  recorder.step('b', 'Second')
  recorder.evidence({ host: 'ha', command: 'ip route', output: '' })
  clock.advance(250)
  const report = recorder.finish()
  t.is(report.startedAt, '2026-01-01T00:00:00.000Z')
  t.is(report.durationSeconds, 2)
  t.deepEqual(report.steps, [
    { id: 'a', title: 'First', atSeconds: 0.5, durationSeconds: 1.25, checks: [check], evidence: [] },
    {
      id: 'b',
      title: 'Second',
      atSeconds: 1.75,
      durationSeconds: 0.25,
      checks: [],
      evidence: [{ host: 'ha', command: 'ip route', output: '' }],
    },
  ])
  t.true(report.holds)
})

test('a report holds only if something was checked and every check holds', (t) => {
  const empty = new ReportRecorder(subject, new ManualClock())
  empty.step('a', 'First')
  t.false(empty.finish().holds)
  const failing = new ReportRecorder(subject, new ManualClock())
  failing.step('a', 'First')
  failing.check(check)
  t.false(failing.check({ ...check, seen: '3', holds: false }))
  t.false(failing.finish().holds)
})

test('a check outside of a step is a fault of the scenario', (t) => {
  const recorder = new ReportRecorder(subject, new ManualClock())
  t.throws(() => recorder.check(check), { message: 'check "rate" was recorded outside of a step' })
})

test('listeners hear of everything in order', (t) => {
  const heard: string[] = []
  const listener: ReportListener = {
    started: (about) => heard.push(`started ${about.scenario}`),
    stepStarted: (step) => heard.push(`step ${step.id}`),
    activity: (text) => heard.push(`activity ${text}`),
    checked: (one) => heard.push(`check ${one.id}`),
    evidenceRecorded: (evidence, decisive) => heard.push(`evidence ${evidence.command} ${decisive?.source}`),
    figureRecorded: (figure) => heard.push(`figure ${figure.id}`),
    handoverRecorded: (handover) => heard.push(`handover ${handover.node}`),
    stepEnded: (step) => heard.push(`end ${step.id}`),
    finished: (report) => heard.push(`finished ${report.holds}`),
  }
  const recorder = new ReportRecorder(subject, new ManualClock(), [listener])
  recorder.step('a', 'First')
  recorder.activity('waiting')
  recorder.evidence({ host: 'ha', command: 'tc', output: '' }, /htb/)
  recorder.check(check)
  recorder.figure({ id: 'gap', what: 'Gap', value: 1, unit: 'ms' })
  recorder.step('b', 'Second')
  for (const handover of sampleReport.handovers) recorder.handover(handover)
  recorder.finish()
  t.deepEqual(heard, [
    'started tour',
    'step a',
    'activity waiting',
    'evidence tc htb',
    'check rate',
    'figure gap',
    'end a',
    'step b',
    'handover mn1',
    'end b',
    'finished true',
  ])
})
