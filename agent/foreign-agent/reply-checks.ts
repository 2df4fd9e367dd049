/** What a foreign agent asks of a reply before it believes and forwards it (RFC 5944, section 3.7.3.1). Pure. */
import { describeError } from '#core/error.ts'
import { unspecifiedAddress } from '#core/ipv4.ts'
import { verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { identificationLow } from '#wire/mobile-ip/identification.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { WireError } from '#wire/wire-error.ts'
import type { AgentAssociations } from '../revocation/agent-association.ts'

/** The reply in `bytes`, or why they hold none. */
export function decodeReply(bytes: Buffer): RegistrationReply | { unreadable: string } {
  try {
    const message = decodeRegistration(bytes)
    return message.type === 'registration-reply' ? message : { unreadable: 'a request where a reply is due' }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { unreadable: describeError(error) }
  }
}

/** Whether a reply belongs to a request: the low half of the identification, and the home address unless one was asked for. */
export function isReplyTo(
  reply: Pick<RegistrationReply, 'identification' | 'homeAddress'>,
  request: Pick<RegistrationRequest, 'identification' | 'homeAddress'>,
): boolean {
  const isOfNode = request.homeAddress === unspecifiedAddress || reply.homeAddress === request.homeAddress
  return isOfNode && identificationLow(reply.identification) === identificationLow(request.identification)
}

/** With which code the node is told that its home agent's reply is not what it should be, or undefined. */
export function refuseReply(reply: RegistrationReply, request: RegistrationRequest): ReplyCode | undefined {
  // RFC 2794, section 4.
  const named = findExtension(request.extensions, 'mobile-node-nai')
  if (named && findExtension(reply.extensions, 'mobile-node-nai')?.nai !== named.nai) return 97
  if (reply.homeAgent === unspecifiedAddress) return 98
  if (reply.homeAddress === unspecifiedAddress) return 99
  // RFC 4721, section 3.4.
  const returned = findExtension(reply.extensions, 'challenge')?.challenge
  const sent = findExtension(request.extensions, 'challenge')?.challenge
  if (returned && sent && !returned.equals(sent)) return 109
  return undefined
}

/**
 * Whether the home agent itself has made the reply: exactly one foreign-home authentication with a key that this agent shares with it
 * (RFC 5944, section 3.7.3.1).
 */
export function isFromHomeAgent(
  bytes: Buffer,
  { homeAgent, extensions }: RegistrationReply,
  associations: Pick<AgentAssociations, 'withIncomingSpi'>,
): boolean {
  const [proof, ...more] = extensions.filter(({ kind }) => kind === 'foreign-home-authentication')
  if (proof?.kind !== 'foreign-home-authentication' || more.length > 0) return false
  const association = associations.withIncomingSpi(homeAgent, proof.spi)
  return association !== undefined && verifyExtension(bytes, proof, association.incoming)
}
