/** What a foreign agent takes out of the messages that it relays, and adds to them (RFC 5944, sections 3.7.2.3 and 3.7.3.2). Pure. */
import { type MobilitySecurityAssociation, sealExtension } from '#wire/mobile-ip/authentication.ts'
import { type Extension, type ExtensionKind, registrationExtensions } from '#wire/mobile-ip/extension.ts'
import { encodeExtension } from '#wire/mobile-ip/extension-format.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'

/** Up to the last of these a request is not touched: the home network verifies it. */
const requestProofs: readonly ExtensionKind[] = ['mobile-home-authentication', 'mobile-aaa-authentication']

/** In a reply these are between the two agents. */
const betweenAgents: readonly ExtensionKind[] = [
  'foreign-home-authentication',
  'challenge',
  'revocation-support',
  'gre-key',
]

/**
 * The request as it goes on: without what the node says to this agent alone, with `additions`, and, where there is an association
 * with the home agent, its proof at the end.
 */
export function relayedRequest(
  bytes: Buffer,
  { extensions }: RegistrationRequest,
  additions: readonly Extension[],
  association?: MobilitySecurityAssociation,
): Buffer {
  const proven = extensions.findLast(({ kind }) => requestProofs.includes(kind))
  const message = append(bytes.subarray(0, proven?.end), additions)
  return association ? sealExtension(message, 'foreign-home-authentication', association) : message
}

/** The reply as the node gets it: as far as its home agent vouches, with `additions`, and the proof of this agent at the end. */
export function relayedReply(
  bytes: Buffer,
  { extensions }: RegistrationReply,
  additions: readonly Extension[],
  association?: MobilitySecurityAssociation,
): Buffer {
  const proven = extensions.find(({ kind }) => kind === 'mobile-home-authentication')
  const end = proven?.end ?? extensions.find(({ kind }) => betweenAgents.includes(kind))?.offset
  const message = append(bytes.subarray(0, end), additions)
  return association ? sealExtension(message, 'mobile-foreign-authentication', association) : message
}

function append(message: Buffer, additions: readonly Extension[]): Buffer {
  return Buffer.concat([
    message,
    ...additions.map((extension) => encodeExtension(registrationExtensions, extension)),
  ])
}
