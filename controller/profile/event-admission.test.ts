import test from 'ava'
import { admitEvents } from './event-admission.ts'
import { initialState, type SignalEvent } from './facts.ts'

const failures = (from: number, count: number): SignalEvent[] =>
  Array.from({ length: count }, (_, index) => {
    return { id: `e${from + index}`, at: from + index, kind: 'authentication-failure' }
  })

test('a flood of events leaves as many behind as can be needed', (t) => {
  let state = initialState
  for (let from = 0; from < 5000; from += 500) {
    const { fresh, applied, failures: kept } = admitEvents(state, failures(from, 500), 10_000)
    t.is(fresh.length, 500)
    state = { ...state, applied, failures: kept }
  }
  t.is(Object.keys(state.applied).length, 1000)
  t.is(Object.keys(state.failures).length, 100)
  t.deepEqual([state.failures.e4999, state.failures.e4900, state.failures.e4899], [4999, 4900, undefined])
  const again = admitEvents(state, [...failures(100, 1), ...failures(4500, 1)], 10_000)
  t.deepEqual([again.fresh, again.ignored], [[], ['e100']], 'what is forgotten is not taken for new')
})
