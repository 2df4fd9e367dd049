import type { Connection } from './connection.ts'
import type { Session } from './service-control-database.ts'
import { findSession, listExpired, listOpen, markEnded, markReleasing } from './session-table.ts'
import { pruneRecords } from './usage-table.ts'

/** Duplicates of accounting records come within minutes; a day is on the safe side. */
const recordsKeptMilliseconds = 86_400_000

/** Ends a session; the visit that hangs on a home agent's session is left to be released. */
export function end(connection: Connection, sessionId: string, cause: string, at: number): Session[] {
  const session = findSession(connection, sessionId)
  if (!session || session.state === 'ended') return []
  markEnded(connection, sessionId, cause, at)
  if (session.role === 'foreign-agent') return []
  const visits = listOpen(connection, session.nai).filter(({ homeSessionId }) => homeSessionId === sessionId)
  for (const visit of visits) markReleasing(connection, visit.sessionId, cause, at)
  return visits
}

/**
 * Ends what is authorized no longer: home agents' sessions, and visits whose foreign agent could not be told
 * in time.
 */
export function expire(connection: Connection, at: number): Session[] {
  const cause = 'authorization expired'
  const expired = listExpired(connection, at)
  for (const { sessionId, state } of expired)
    if (state === 'releasing') markEnded(connection, sessionId, cause, at)
  pruneRecords(connection, at - recordsKeptMilliseconds)
  return expired
    .filter(({ role, state }) => role === 'home-agent' && state === 'open')
    .flatMap(({ sessionId }) => end(connection, sessionId, cause, at))
}
