import test from 'ava'
import { accountingEvents, accountingStates, type RealtimeRequired, step } from './accounting-machine.ts'

const grant: RealtimeRequired[] = ['DELIVER_AND_GRANT', 'GRANT_AND_STORE', 'GRANT_AND_LOSE']

/** RFC 6733, section 8.2, written a second time: state, event, then what follows for each of `grant` in order. */
const rows = `
Idle      | service started    | PendingS send start
PendingS  | answered           | Open
PendingS  | refused            | Idle disconnect | Idle disconnect | Open
PendingS  | unsent, stored     | Idle disconnect | Open            | Open
PendingS  | unsent, not stored | Idle disconnect | Idle disconnect | Open
PendingS  | service ended      | PendingL send stop
Open      | interim interval   | PendingI send interim
Open      | service ended      | PendingL send stop
PendingI  | answered           | Open
PendingI  | refused            | Idle disconnect | Idle disconnect | Open
PendingI  | unsent, stored     | Idle disconnect | Open            | Open
PendingI  | unsent, not stored | Idle disconnect | Idle disconnect | Open
PendingI  | service ended      | PendingL send stop
PendingL  | answered           | Idle
PendingL  | refused            | Idle
PendingL  | unsent, stored     | Idle
PendingL  | unsent, not stored | Idle`

const wanted = new Map(
  rows
    .trim()
    .split('\n')
    .map((line) => {
      const [state = '', event = '', ...outcomes] = line.split('|').map((cell) => cell.trim())
      return [`${state} ${event}`, outcomes] as const
    }),
)

test('every state and event does what RFC 6733 says, and the others nothing', (t) => {
  for (const state of accountingStates)
    for (const event of accountingEvents)
      for (const [index, realtime] of grant.entries()) {
        const outcomes = wanted.get(`${state} ${event}`) ?? [state]
        const { next, actions } = step(state, event, realtime)
        t.is(
          [next, ...actions].join(' '),
          outcomes[index] ?? outcomes[0] ?? '',
          `${state} ${event} ${realtime}`,
        )
      }
})

test('every row names a state and an event that exist', (t) => {
  for (const key of wanted.keys())
    t.true(
      accountingStates.some((state) => accountingEvents.some((event) => key === `${state} ${event}`)),
      key,
    )
})
