import test from 'ava'
import { ManualClock } from './clock.ts'
import { SenderLimit } from './sender-limit.ts'

test('a sender has one answer in an interval, whatever others have', (t) => {
  const clock = new ManualClock()
  const limit = new SenderLimit(clock, 1000)
  t.deepEqual([limit.admits('a'), limit.admits('a'), limit.admits('b')], [true, false, true])
  clock.advance(999)
  t.false(limit.admits('a'))
  clock.advance(1)
  t.deepEqual([limit.admits('a'), limit.admits('a')], [true, false])
})

test('a flood of invented senders is turned away until the interval is over', (t) => {
  const clock = new ManualClock()
  const limit = new SenderLimit(clock, 1000)
  const admitted = Array.from({ length: 5000 }, (_, index) => limit.admits(`invented ${index}`))
  t.is(admitted.filter(Boolean).length, 1024)
  clock.advance(1000)
  t.true(limit.admits('a'))
})

test('who asks it can set how many there may be', (t) => {
  const clock = new ManualClock()
  const limit = new SenderLimit(clock, 1000, 256)
  const admitted = (from: number, count: number) =>
    Array.from({ length: count }, (_, number) => limit.admits(`source ${from + number}`)).filter(Boolean)
      .length
  t.is(admitted(0, 5000), 256)
  clock.advance(1000)
  t.is(admitted(5000, 10), 10)
})

test('a clock that is set back does not silence anybody', (t) => {
  const clock = new ManualClock()
  const limit = new SenderLimit(clock, 1000)
  limit.admits('10.1.1.2')
  clock.advance(-3_600_000)
  t.true(limit.admits('10.1.1.2'))
})
