/**
 * The client's accounting state machine (RFC 6733, section 8.2) as a table, for one session. Where we deviate:
 * - every record is stored before it is sent (`record-queue.ts`), so `Failure to send` comes with the record in the store, or, when the
 *   disk takes no more, without; `Store ... record` is done already;
 * - PendingB, the delivery of stored records, is the queue's; PendingE is absent: Mobile IPv4 has no one-time events;
 * - DELIVER_AND_GRANT with a record that is stored but not delivered, for which the RFC has no row, disconnects.
 */
export const accountingStates = ['Idle', 'PendingS', 'Open', 'PendingI', 'PendingL'] as const
export type AccountingState = (typeof accountingStates)[number]

export const accountingEvents = [
  'service started',
  'service ended',
  'interim interval',
  'answered',
  'refused',
  'unsent, stored',
  'unsent, not stored',
] as const
export type AccountingEvent = (typeof accountingEvents)[number]

/** Accounting-Realtime-Required (RFC 6733, section 9.8.7). */
export type RealtimeRequired = 'DELIVER_AND_GRANT' | 'GRANT_AND_STORE' | 'GRANT_AND_LOSE'

export type AccountingAction = 'send start' | 'send interim' | 'send stop' | 'disconnect'

type Outcome = readonly [next: AccountingState, ...AccountingAction[]]
type Row = Readonly<Partial<Record<AccountingEvent, Outcome | ((realtime: RealtimeRequired) => Outcome)>>>

/** Start and interim records: what their failure means for the service. */
const failures: Row = {
  refused: (realtime) => (realtime === 'GRANT_AND_LOSE' ? ['Open'] : ['Idle', 'disconnect']),
  'unsent, stored': (realtime) => (realtime === 'DELIVER_AND_GRANT' ? ['Idle', 'disconnect'] : ['Open']),
  'unsent, not stored': (realtime) => (realtime === 'GRANT_AND_LOSE' ? ['Open'] : ['Idle', 'disconnect']),
}

const rows: Readonly<Record<AccountingState, Row>> = {
  Idle: { 'service started': ['PendingS', 'send start'] },
  PendingS: { answered: ['Open'], 'service ended': ['PendingL', 'send stop'], ...failures },
  Open: { 'interim interval': ['PendingI', 'send interim'], 'service ended': ['PendingL', 'send stop'] },
  PendingI: { answered: ['Open'], 'service ended': ['PendingL', 'send stop'], ...failures },
  PendingL: {
    answered: ['Idle'],
    refused: ['Idle'],
    'unsent, stored': ['Idle'],
    'unsent, not stored': ['Idle'],
  },
}

/** An event for which the RFC has no row changes nothing. */
export function step(
  state: AccountingState,
  event: AccountingEvent,
  realtime: RealtimeRequired,
): { next: AccountingState; actions: readonly AccountingAction[] } {
  const row = rows[state][event]
  const [next, ...actions] = typeof row === 'function' ? row(realtime) : (row ?? [state])
  return { next, actions }
}
