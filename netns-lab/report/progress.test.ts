import test from 'ava'
import { Progress } from './progress.ts'
import { failingReport } from './sample-report.fixture.ts'

function terminal(width: number, color = false) {
  const written: string[] = []
  const progress = new Progress({ write: (text) => written.push(text), color, width })
  return { progress, text: () => written.join('') }
}

test('a check that holds is one aligned line, one that fails says expected and seen below each other', (t) => {
  const { progress, text } = terminal(100)
  progress.checked({
    id: 'a',
    what: 'Goodput',
    expected: '3.82 Mbit/s ± 5 %',
    seen: '3.81 Mbit/s',
    holds: true,
  })
  progress.checked({ id: 'b', what: 'Objects left', expected: '0', seen: '2 routes', holds: false })
  t.is(
    text(),
    `     ✓ Goodput                                             3.81 Mbit/s  (expected 3.82 Mbit/s ± 5 %)
     ✗ Objects left
       expected  0
       seen      2 routes
`,
  )
})

test('evidence shows the decisive lines, or the first ones', (t) => {
  const output = Array.from({ length: 8 }, (_, index) => `class htb 1:${index}`).join('\n')
  const { progress, text } = terminal(100)
  progress.evidenceRecorded({ host: 'ha', command: 'tc class show', output }, /1:[37]/)
  progress.evidenceRecorded({ host: 'ha', command: 'tc class show', output }, undefined)
  progress.evidenceRecorded({ host: 'ha', command: 'ip route', output: '\n' }, undefined)
  t.is(
    text(),
    `     ha$ tc class show
       class htb 1:3
       class htb 1:7
     ha$ tc class show
       class htb 1:0
       class htb 1:1
       class htb 1:2
       class htb 1:3
       … 4 more lines
     ha$ ip route
       (printed nothing)
`,
  )
})

test('evidence never leaves the width of the terminal, nor carries its control sequences', (t) => {
  const { progress, text } = terminal(60)
  progress.evidenceRecorded(
    { host: 'ha', command: 'x'.repeat(200), output: `\u001b[2J${'y'.repeat(200)}` },
    undefined,
  )
  for (const line of text().split('\n')) t.true(line.length <= 60, line)
  t.false(text().includes('\u001b'))
})

test('the end lists the figures, what failed and the verdict', (t) => {
  const { progress, text } = terminal(100)
  progress.finished(failingReport)
  for (const figure of failingReport.figures) t.true(text().includes(figure.what), figure.what)
  t.true(text().endsWith(' ✗   2 of 23 checks fail (8 steps, 74.3 s)\n'))
  t.true(
    text().includes(' ✗   Goodput of mn1 after the change (An operator switches mn1 to gold in mid-stream)'),
  )
})

test('colour comes only when asked for', (t) => {
  for (const color of [false, true]) {
    const { progress, text } = terminal(100, color)
    progress.started(failingReport)
    progress.finished(failingReport)
    t.is(text().includes('\u001b['), color)
  }
})
