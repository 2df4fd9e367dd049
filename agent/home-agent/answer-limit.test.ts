import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { AnswerLimit } from './answer-limit.ts'

test('each source once in a second', (t) => {
  const clock = new ManualClock()
  const limit = new AnswerLimit(clock)
  t.true(limit.allows('10.1.1.2'))
  clock.advance(999)
  t.false(limit.allows('10.1.1.2'))
  t.true(limit.allows('10.1.1.3'))
  clock.advance(1)
  t.true(limit.allows('10.1.1.2'))
})

test('a flood from ever new sources takes no more memory, and passes', (t) => {
  const clock = new ManualClock()
  const limit = new AnswerLimit(clock)
  const allowed = (from: number, count: number) =>
    Array.from({ length: count }, (_, number) => limit.allows(`source ${from + number}`)).filter(Boolean)
      .length
  t.is(allowed(0, 5000), 256)
  clock.advance(1000)
  t.is(allowed(5000, 10), 10)
})

test('a clock that is set back does not silence anybody', (t) => {
  const clock = new ManualClock()
  const limit = new AnswerLimit(clock)
  limit.allows('10.1.1.2')
  clock.advance(-3_600_000)
  t.true(limit.allows('10.1.1.2'))
})
