import { describeError } from '#core/error.ts'
import { DiameterError } from '#diameter/diameter-error.ts'
import { isSuccess } from '#diameter/handler.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { Session } from '../database/service-control-database.ts'
import type { Server } from './server.ts'

/**
 * Tells the foreign agent of a visit that is over to let go (Abort-Session-Request, RFC 6733, section 8.5):
 * again and again until it answers, ends the session itself, or the authorization runs out. A visit that was
 * taken up again meanwhile is left alone. `patienceMilliseconds`: after a deregistration the foreign agent
 * ends its session by itself.
 */
export function release(server: Server, sessionId: string, patienceMilliseconds = 0): void {
  server.retries.after(keyOf(sessionId), patienceMilliseconds, () => void attempt(server, sessionId))
}

/** As `release`, unless it is under way. */
export function releaseIfForgotten(server: Server, sessionId: string): void {
  if (!server.retries.waits(keyOf(sessionId))) release(server, sessionId)
}

async function attempt(server: Server, sessionId: string): Promise<void> {
  const { database, clock, log, live, retries } = server
  try {
    const visit = await database.session(sessionId)
    if (visit?.state === 'releasing') {
      await abort(server, visit)
      await database.endSession(sessionId, 'released', clock.now())
      log.info(
        { event: 'visit-released', nai: visit.nai, foreignAgent: visit.node },
        `${visit.node} let go of ${visit.nai}`,
      )
      live.publish({ kind: 'session', nai: visit.nai, node: visit.node, change: 'ended', cause: 'released' })
    }
    retries.done(keyOf(sessionId))
  } catch (error) {
    const reason = describeError(error)
    log.warn({ event: 'release-failed', sessionId, reason }, `a visit is not released yet: ${reason}`)
    retries.again(keyOf(sessionId), () => void attempt(server, sessionId))
  }
}

/**
 * @throws DiameterError when the agent did not comply; one that does not know the session (any more) has let
 * go.
 */
async function abort({ diameter }: Server, { sessionId, nai, node, realm }: Session): Promise<void> {
  const answer = await diameter.request('Abort-Session', {
    'Session-Id': sessionId,
    'Destination-Realm': realm,
    'Destination-Host': node,
    'User-Name': nai,
  })
  const code = answer.avps['Result-Code']
  if (isSuccess(answer) || code === resultCode.unknownSessionId) return
  throw new DiameterError('diameter/refused', `${node} keeps the session of ${nai}: Result-Code ${code}`)
}

function keyOf(sessionId: string): string {
  return `release ${sessionId}`
}
