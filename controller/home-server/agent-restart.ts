import { describeError } from '#core/error.ts'
import type { Server } from './server.ts'
import { release } from './visit-release.ts'

/**
 * Ends the sessions of an agent that has come back without them (RFC 6733, section 8.16): what it had set up for its users is gone,
 * though it could not say so. Visits that hang on a home agent's session are released.
 */
export async function endSessionsOf(server: Server, agent: string): Promise<void> {
  const { database, clock, log, live } = server
  const node = agent.toLowerCase()
  try {
    const lost = (await database.openSessions()).filter((session) => session.node === node)
    for (const { sessionId, nai, role } of lost) {
      for (const visit of await database.endSession(sessionId, 'agent restarted', clock.now()))
        release(server, visit.sessionId)
      log.info(
        { event: 'session-ended', nai, node, role, cause: 'agent restarted' },
        `${node} has restarted without its session of ${nai}`,
      )
      live.publish({ kind: 'session', nai, node, change: 'ended', cause: 'agent restarted' })
    }
  } catch (error) {
    log.error(
      { event: 'agent-restart', node, reason: describeError(error) },
      'sessions of a restarted agent could not be ended',
    )
  }
}
