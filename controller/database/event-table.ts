import { z } from 'zod'
import { failuresKept } from '../profile/event-admission.ts'
import type { SignalEvent } from '../profile/facts.ts'
import type { Connection } from './connection.ts'

export const eventStates = ['held', 'pending', 'applied', 'ignored'] as const

/** An event signal and what has become of it. */
export interface StoredEvent {
  nai: string
  event: SignalEvent
  state: (typeof eventStates)[number]
  /** When it was applied: milliseconds since 1970. */
  settledAt: number | undefined
}

const signal = z.intersection(
  z.object({ id: z.string(), at: z.number() }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('authentication-failure') }),
    z.object({ kind: z.literal('second-location'), foreignAgent: z.string() }),
    z.object({
      kind: z.literal('authorization-request'),
      requested: z.custom<Extract<SignalEvent, { requested: unknown }>['requested']>(
        (value) => typeof value === 'object' && value !== null,
      ),
      beyondGrant: z.boolean(),
    }),
    z.object({ kind: z.enum(['mapping-created', 'mapping-removed', 'rule-changed']) }),
  ]),
)
const row = z
  .object({
    nai: z.string(),
    document: z.string(),
    state: z.enum(eventStates),
    settledAt: z
      .number()
      .nullable()
      .transform((time) => time ?? undefined),
  })
  .transform(({ document, ...rest }): StoredEvent => ({ ...rest, event: signal.parse(JSON.parse(document)) }))

/** Returns whether it was new: the same id twice is the same event. */
export async function putEvent(connection: Connection, nai: string, event: SignalEvent): Promise<boolean> {
  const added = await connection.run(
    `INSERT INTO signal_event (id, nai, at, document, state) VALUES (?, ?, ?, ?, 'pending') ON CONFLICT (id) DO NOTHING`,
    event.id,
    nai,
    event.at,
    JSON.stringify(event),
  )
  if (added > 0 && event.kind === 'authentication-failure') await forgetFailures(connection, nai)
  return added > 0
}

/** Anybody can fail in the name of a subscriber, as often as he likes: only as many stay as a condition can count. */
async function forgetFailures(connection: Connection, nai: string): Promise<void> {
  // No text of an event can look so: its quotes are escaped.
  const failures = `nai = ? AND document LIKE '%"kind":"authentication-failure"%'`
  await connection.run(
    `DELETE FROM signal_event WHERE ${failures} AND id NOT IN
       (SELECT id FROM signal_event WHERE ${failures} ORDER BY at DESC, id DESC LIMIT ${failuresKept})`,
    nai,
    nai,
  )
}

/** Not yet applied, in the order of their time. */
export async function waitingEvents(connection: Connection, nai: string): Promise<SignalEvent[]> {
  const found = await connection.all(
    row,
    `SELECT * FROM signal_event WHERE nai = ? AND state IN ('held', 'pending') ORDER BY at, id`,
    nai,
  )
  return found.map(({ event }) => event)
}

/** Of all subscribers. */
export async function countWaiting(connection: Connection): Promise<number> {
  const counted = await connection.one(
    z.object({ waiting: z.number() }),
    `SELECT COUNT(*) AS waiting FROM signal_event WHERE state IN ('held', 'pending')`,
  )
  return counted?.waiting ?? 0
}

/** The newest first. */
export function listEvents(connection: Connection, nai: string, limit: number): Promise<StoredEvent[]> {
  return connection.all(
    row,
    'SELECT * FROM signal_event WHERE nai = ? ORDER BY at DESC, id DESC LIMIT ?',
    nai,
    limit,
  )
}

export async function holdEvents(connection: Connection, nai: string): Promise<void> {
  await connection.run(`UPDATE signal_event SET state = 'held' WHERE nai = ? AND state = 'pending'`, nai)
}

/** Notes that all which waited has been applied, except those that came too late. */
export async function markApplied(
  connection: Connection,
  nai: string,
  ignored: readonly string[],
  at: number,
): Promise<void> {
  for (const id of ignored)
    await connection.run(`UPDATE signal_event SET state = 'ignored', settled_at = ? WHERE id = ?`, at, id)
  await connection.run(
    `UPDATE signal_event SET state = 'applied', settled_at = ? WHERE nai = ? AND state IN ('held', 'pending')`,
    at,
    nai,
  )
}

/** Forgets what was applied before a time. An event that comes again after that counts as new. */
export async function pruneEvents(connection: Connection, settledBefore: number): Promise<void> {
  await connection.run('DELETE FROM signal_event WHERE settled_at < ?', settledBefore)
}
