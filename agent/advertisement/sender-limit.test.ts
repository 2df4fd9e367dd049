import test from 'ava'
import { ManualClock } from '#core/clock.ts'
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
