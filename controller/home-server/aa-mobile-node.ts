import { readSecret } from '#core/config.ts'
import type { AnswerBody, RequestContext } from '#diameter/handler.ts'
import { sameIdentity } from '#diameter/local-identity.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { failuresKept } from '../profile/event-admission.ts'
import { authenticate } from './authentication.ts'
import { signalInBackground } from './event-signals.ts'
import { register } from './registration.ts'
import type { Server } from './server.ts'

/**
 * Answers an AA-Mobile-Node-Request (RFC 4004, section 5.1). Before anything else the mobile node is
 * authenticated.
 */
export async function handleAaMobileNode(
  server: Server,
  { avps }: RequestMessage<'AA-Mobile-Node'>,
  { peer }: RequestContext,
): Promise<AnswerBody<'AA-Mobile-Node'>> {
  const nai = avps['User-Name']
  const subscriber = await server.database.subscriber(nai)
  const authentication = authenticate(avps, subscriber, readSecret)
  if (authentication.authentic) {
    const isDirect = sameIdentity(peer, avps['Origin-Host'])
    return server.queue.run(nai, () => register(server, avps, authentication, isDirect))
  }
  const { reason } = authentication
  server.log.warn(
    { event: 'authentication-rejected', nai, foreignAgent: avps['Origin-Host'], reason },
    `${nai} not authenticated: ${reason}`,
  )
  server.live.publish({
    kind: 'registration',
    nai,
    foreignAgent: avps['Origin-Host'],
    outcome: 'not-authenticated',
    reason,
  })
  // Not waited for: the time that the answer takes does not tell which names exist either. Nor does the memory fill.
  if (subscriber && server.queue.length(nai) < failuresKept)
    signalInBackground(server, subscriber.nai, { kind: 'authentication-failure' })
  // The same whatever the reason: nobody learns from outside which names exist.
  return { 'Result-Code': resultCode.authenticationRejected, 'Error-Message': 'authentication failed' }
}
