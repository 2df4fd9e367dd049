import { readSecret } from '#core/config.ts'
import type { AnswerBody } from '#diameter/handler.ts'
import type { RequestMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { authenticate } from './authentication.ts'
import { register } from './registration.ts'
import type { Server } from './server.ts'

/**
 * Answers an AA-Mobile-Node-Request (RFC 4004, section 5.1). Before anything else the mobile node is
 * authenticated.
 */
export async function handleAaMobileNode(
  server: Server,
  { avps }: RequestMessage<'AA-Mobile-Node'>,
): Promise<AnswerBody<'AA-Mobile-Node'>> {
  const nai = avps['User-Name']
  const subscriber = await server.database.subscriber(nai)
  const spi = avps['MIP-MN-AAA-Auth']['MIP-MN-AAA-SPI']
  const authentication = authenticate(nai, avps['MIP-Reg-Request'], spi, subscriber, readSecret)
  if (authentication.authentic) return server.queue.run(nai, () => register(server, avps, authentication))
  const { reason } = authentication
  server.log.warn(
    { event: 'authentication-rejected', nai, foreignAgent: avps['Origin-Host'], reason },
    `${nai} not authenticated: ${reason}`,
  )
  // The same whatever the reason: nobody learns from outside which names exist.
  return { 'Result-Code': resultCode.authenticationRejected, 'Error-Message': 'authentication failed' }
}
