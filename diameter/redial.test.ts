import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { Redial } from './redial.ts'

/** A peer that is never there: when it was dialled, in milliseconds since the beginning. */
function unreachable() {
  const clock = new ManualClock(0)
  const dialled: number[] = []
  const redial: Redial = new Redial(clock, silentLog, () => {
    dialled.push(clock.now())
    redial.schedule()
  })
  redial.schedule()
  return { clock, dialled, redial }
}

function pauses(times: number[]): number[] {
  return times.map((time, index) => time - (times[index - 1] ?? 0))
}

test('the pauses grow to thirty seconds, each up to half shorter by chance', (t) => {
  const { clock, dialled } = unreachable()
  clock.advance(600_000)
  let longest = 100
  for (const pause of pauses(dialled)) {
    t.true(pause <= longest && pause >= longest / 2, `${pause} of ${longest}`)
    longest = Math.min(longest * 1.5, 30_000)
  }
  t.is(longest, 30_000)
  t.true(new Set(pauses(dialled).slice(-10)).size > 1)
})

test('a peer that opens only to close again does not make the pauses short', (t) => {
  const { clock, dialled, redial } = unreachable()
  clock.advance(300_000)
  redial.opened()
  clock.advance(1_000)
  dialled.length = 0
  redial.schedule()
  clock.advance(14_999)
  t.deepEqual(dialled, [])
  clock.advance(15_002)
  t.is(dialled.length, 1)
})

test('a peer that was open for long is dialled again at once', (t) => {
  const { clock, dialled, redial } = unreachable()
  clock.advance(300_000)
  redial.opened()
  clock.advance(30_000)
  dialled.length = 0
  redial.schedule()
  clock.advance(100)
  t.is(dialled.length, 1)
})

test('nothing is dialled after the stop', (t) => {
  const { clock, dialled, redial } = unreachable()
  redial.stop()
  redial.schedule()
  clock.advance(300_000)
  t.deepEqual(dialled, [])
})
