import type { AnswerBody } from '#diameter/handler.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { Server } from './server.ts'
import { release } from './visit-release.ts'

/** A foreign agent that saw the deregistration too ends its session within this time, without being told. */
const patienceMilliseconds = 2000

/**
 * Answers a Session-Termination-Request (RFC 6733, section 8.4). The home agent's ends everything of the
 * subscriber's session (RFC 4004, section 3); a foreign agent's ends only its visit.
 */
export async function handleSessionTermination(
  server: Server,
  { avps }: RequestMessage<'Session-Termination'>,
): Promise<AnswerBody<'Session-Termination'>> {
  const { database, clock, log, live } = server
  const sessionId = avps['Session-Id']
  const node = avps['Origin-Host'].toLowerCase()
  const session = await database.session(sessionId)
  if (session?.node !== node) {
    log.warn({ event: 'unknown-session', sessionId, node }, `${node} ended a session that it does not have`)
    return { 'Result-Code': resultCode.unknownSessionId }
  }
  const cause = terminationCause(avps['Termination-Cause'])
  for (const visit of await database.endSession(sessionId, cause, clock.now()))
    release(server, visit.sessionId, patienceMilliseconds)
  log.info(
    { event: 'session-ended', nai: session.nai, node, role: session.role, cause },
    `${node} ended its session of ${session.nai}: ${cause}`,
  )
  live.publish({ kind: 'session', nai: session.nai, node, change: 'ended', cause })
  return { 'Result-Code': resultCode.success, 'User-Name': session.nai }
}

function terminationCause(value: number): string {
  const names = Object.entries(dictionary['Termination-Cause'].values)
  return names.find(([, number]) => number === value)?.[0] ?? `Termination-Cause ${value}`
}
