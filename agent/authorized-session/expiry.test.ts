import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { Expiry } from './expiry.ts'

function setUp() {
  const clock = new ManualClock()
  const expired: string[] = []
  return { clock, expired, expiry: new Expiry(clock, (nai) => expired.push(nai)) }
}

test('each end is reported once, and only the latest one of a subscriber', (t) => {
  const { clock, expired, expiry } = setUp()
  expiry.set('mn1', clock.now() + 1000)
  expiry.set('mn2', clock.now() + 2000)
  expiry.set('mn1', clock.now() + 3000)
  clock.advance(2500)
  t.deepEqual(expired, ['mn2'])
  clock.advance(10_000)
  t.deepEqual(expired, ['mn2', 'mn1'])
})

test('an end that has passed already is reported at once', (t) => {
  const { clock, expired, expiry } = setUp()
  expiry.set('mn1', clock.now() - 5000)
  clock.advance(0)
  t.deepEqual(expired, ['mn1'])
})

test('a cleared end and the ends of a closed list are not reported', (t) => {
  const { clock, expired, expiry } = setUp()
  expiry.set('mn1', clock.now() + 1000)
  expiry.set('mn2', clock.now() + 1000)
  expiry.clear('mn1')
  expiry.close()
  clock.advance(5000)
  t.deepEqual(expired, [])
})
