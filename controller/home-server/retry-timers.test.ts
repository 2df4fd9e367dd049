import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { RetryTimers } from './retry-timers.ts'

test('the delay doubles up to a minute, and begins anew when the work was done', (t) => {
  const clock = new ManualClock()
  const start = clock.now()
  const retries = new RetryTimers(clock)
  const seconds: number[] = []
  const fail = (): void => {
    seconds.push((clock.now() - start) / 1000)
    retries.again('a', fail)
  }
  retries.again('a', fail)
  clock.advance(200_000)
  t.deepEqual(seconds, [2, 6, 14, 30, 62, 122, 182])
  retries.done('a')
  seconds.length = 0
  retries.again('a', fail)
  clock.advance(2000)
  t.deepEqual(seconds, [202])
})

test('keys do not disturb each other, and nothing happens after stop', (t) => {
  const clock = new ManualClock()
  const retries = new RetryTimers(clock)
  const done: string[] = []
  retries.again('a', () => done.push('a'))
  retries.after('b', 10, () => done.push('b'))
  clock.advance(10)
  t.deepEqual(done, ['b'])
  retries.stop()
  retries.again('c', () => done.push('c'))
  clock.advance(100_000)
  t.deepEqual(done, ['b'])
})
