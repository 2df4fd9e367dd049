/** A Diameter session between an agent and the home server, which authorized the agent to serve a mobile node (RFC 4004). */
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { isSuccess } from '#diameter/handler.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { addressee } from './session-terms.ts'

export interface AuthorizedSession {
  sessionId: string
  /** The same over all visits of the node, so that their usage can be added up (RFC 4004, section 8.7). */
  acctMultiSessionId: string
  /** Who authorized, and is told of the end. The host is unknown when no answer came. */
  server: { host?: string; realm: string }
  authorizedUntilMilliseconds: number
  /** The server wants no word of the end. */
  isStateless?: boolean
  /** Bits of Session-Binding. */
  binding?: number
}

export const terminationCause = dictionary['Termination-Cause'].values
export type TerminationCause = keyof typeof terminationCause

/**
 * Tells the home server that a session is over (Session-Termination-Request). The session ends here whatever comes back, so a server
 * that cannot be reached is a warning. A server that keeps no state is told nothing.
 */
export async function terminateSession(
  { diameter, log }: { diameter: Pick<DiameterNode, 'request'>; log: Log },
  session: Pick<AuthorizedSession, 'sessionId' | 'server' | 'isStateless' | 'binding'>,
  nai: string,
  cause: TerminationCause,
): Promise<void> {
  if (session.isStateless) return
  const { sessionId } = session
  const server = addressee(session, 'STR')
  const about = { event: 'session-termination', nai, sessionId, cause }
  try {
    const answer = await diameter.request('Session-Termination', {
      'Session-Id': sessionId,
      'Destination-Realm': server.realm,
      ...(server.host === undefined ? {} : { 'Destination-Host': server.host }),
      'User-Name': nai,
      'Termination-Cause': terminationCause[cause],
    })
    if (isSuccess(answer)) log.debug(about, 'session terminated')
    else
      log.warn(
        { ...about, resultCode: answer.avps['Result-Code'] },
        'the home server refused the end of a session',
      )
  } catch (error) {
    log.warn(
      { ...about, reason: describeError(error) },
      'the home server was not told of the end of a session',
    )
  }
}
