import { WireError } from '../wire-error.ts'
import type { Extension, PlacedExtension } from './extension.ts'
import { decodeMobileIpMessage, encodeMobileIpMessage } from './message.ts'
import type { RegistrationReply } from './registration-reply.ts'
import type { RegistrationRequest } from './registration-request.ts'

/** UDP port of registration messages (RFC 5944, section 3), and of every other Mobile IP message. */
export const registrationPort = 434

/** A request or a reply, as decoded or (`Registration<Extension>`) to encode. */
export type Registration<Content extends Extension = PlacedExtension> =
  | RegistrationRequest<Content>
  | RegistrationReply<Content>

/**
 * Decodes the UDP payload of a Registration Request or Reply (RFC 5944, sections 3.3 and 3.4).
 * @throws WireError wire/truncated, wire/malformed (also another message type), wire/unknown-extension
 */
export function decodeRegistration(bytes: Buffer): Registration {
  const message = decodeMobileIpMessage(bytes)
  if (message.type === 'registration-request' || message.type === 'registration-reply') return message
  throw new WireError('wire/malformed', `a ${message.type} is no registration request or reply`, {
    offset: 0,
  })
}

/** The UDP payload of a message, its authenticators as they are given. @throws WireError wire/unencodable */
export function encodeRegistration(message: Registration<Extension>): Buffer {
  return encodeMobileIpMessage(message)
}
