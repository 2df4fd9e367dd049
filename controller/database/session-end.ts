import { chargeTime } from './balance.ts'
import type { Connection } from './connection.ts'
import { pruneEvents } from './event-table.ts'
import type { Session } from './service-control-database.ts'
import { findSession, listExpired, listOpen, markEnded, markReleasing } from './session-table.ts'
import { pruneRecords } from './usage-table.ts'

/** Duplicates of accounting records come within minutes; a day is on the safe side. */
const recordsKeptMilliseconds = 86_400_000
/** For people who ask what has happened. */
const eventsKeptMilliseconds = 7 * 86_400_000

/** Ends a session; the visit that hangs on a home agent's session is left to be released. */
export async function end(
  connection: Connection,
  sessionId: string,
  cause: string,
  at: number,
): Promise<Session[]> {
  const session = await findSession(connection, sessionId)
  if (!session || session.state === 'ended') return []
  if (session.role === 'home-agent' && session.state === 'open') await chargeTime(connection, session.nai, at)
  await markEnded(connection, sessionId, cause, at)
  if (session.role === 'foreign-agent') return []
  const visits = (await listOpen(connection, session.nai)).filter(
    ({ homeSessionId }) => homeSessionId === sessionId,
  )
  for (const visit of visits) await markReleasing(connection, visit.sessionId, cause, at)
  return visits
}

/**
 * Ends what is authorized no longer: home agents' sessions, and visits whose foreign agent could not be told
 * in time.
 */
export async function expire(connection: Connection, at: number): Promise<Session[]> {
  const cause = 'authorization expired'
  const expired = await listExpired(connection, at)
  const visits: Session[] = []
  for (const { sessionId, role, state } of expired)
    if (state === 'releasing') await markEnded(connection, sessionId, cause, at)
    else if (role === 'home-agent') visits.push(...(await end(connection, sessionId, cause, at)))
  await pruneRecords(connection, at - recordsKeptMilliseconds)
  await pruneEvents(connection, at - eventsKeptMilliseconds)
  return visits
}
