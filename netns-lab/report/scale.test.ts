import test from 'ava'
import fc from 'fast-check'
import { formatNumber, linearScale, niceDomain, niceStep, niceTicks } from './scale.ts'

test('ticks are multiples of 1, 2 or 5 inside of the interval', (t) => {
  t.deepEqual(niceTicks([0, 25], 5), [0, 5, 10, 15, 20, 25])
  t.deepEqual(niceTicks([9, 54], 11), [10, 15, 20, 25, 30, 35, 40, 45, 50])
  t.deepEqual(niceTicks([-120, 180], 4), [-100, 0, 100])
  t.deepEqual(niceTicks([0, 0.3], 3), [0, 0.1, 0.2, 0.3])
  t.deepEqual(niceTicks([4880, 5180], 5), [4900, 5000, 5100])
})

test('any interval gets ticks that lie in it, evenly, and not many more than asked for', (t) => {
  fc.assert(
    fc.property(
      fc.double({ min: -1e4, max: 1e4, noNaN: true }),
      fc.double({ min: 0.05, max: 1e6, noNaN: true }),
      fc.integer({ min: 1, max: 12 }),
      (from, span, count) => {
        const ticks = niceTicks([from, from + span], count)
        const step = niceStep(span, count)
        // Ticks are rounded to 12 digits.
        const slack = step * 1e-6 + (Math.abs(from) + span) * 1e-11
        return (
          ticks.length <= count + 1 &&
          ticks.every((tick) => tick >= from - slack && tick <= from + span + slack) &&
          ticks.every((tick, index) => index === 0 || Math.abs(tick - (ticks[index - 1] ?? 0) - step) < slack)
        )
      },
    ),
  )
  t.pass()
})

test('an axis ends on a tick that is not below the maximum', (t) => {
  t.deepEqual(niceDomain(20.06, 5), [0, 25])
  t.deepEqual(niceDomain(20, 5), [0, 20])
  t.deepEqual(niceDomain(0, 5), [0, 1])
})

test('a scale maps ends to ends, and survives a domain without extent', (t) => {
  const scale = linearScale([10, 20], [100, 300])
  t.deepEqual([scale(10), scale(15), scale(20)], [100, 200, 300])
  t.is(linearScale([3, 3], [40, 90])(3), 40)
})

test('numbers are written with the digits that count', (t) => {
  const written = [0, 46, 10_000, 1234.5, 96.42, 19.04, 3.8, 0.0123, -12.5].map(formatNumber)
  t.deepEqual(written, ['0', '46', '10,000', '1,235', '96.4', '19.0', '3.8', '0.0123', '−12.5'])
})
