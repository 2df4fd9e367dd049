import test from 'ava'
import fc from 'fast-check'
import { countersAdded } from './cumulative-counter.ts'

/** The obvious way: all records in their order, each against the one before. */
function totalInOrder(counters: readonly number[]): number {
  return counters.reduce((total, counter, index) => {
    const before = counters[index - 1] ?? 0
    return total + (counter >= before ? counter - before : counter)
  }, 0)
}

test('the total is the same in any order of arrival, and never falls', (t) => {
  const counters = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 20 })
  const arrival = counters.chain((values) =>
    fc.tuple(fc.constant(values), fc.shuffledSubarray([...values.keys()], { minLength: values.length })),
  )
  fc.assert(
    fc.property(arrival, ([values, order]) => {
      const seen = new Map<number, number>()
      let total = 0
      for (const number of order) {
        const current = values[number] ?? 0
        const numbers = [...seen.keys()].sort((a, b) => a - b)
        const previous = numbers.findLast((other) => other < number)
        const next = numbers.find((other) => other > number)
        const added = countersAdded(
          previous === undefined ? undefined : seen.get(previous),
          current,
          next === undefined ? undefined : seen.get(next),
        )
        if (added < 0) return false
        total += added
        seen.set(number, current)
      }
      return total === totalInOrder(values)
    }),
  )
  t.pass()
})

test('a counter that began anew is counted from zero', (t) => {
  t.is(countersAdded(undefined, 100, undefined), 100)
  t.is(countersAdded(100, 250, undefined), 150)
  t.is(countersAdded(250, 40, undefined), 40)
})
