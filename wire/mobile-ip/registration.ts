import { decodeFields, encodeFields, minimumSize } from '../layout.ts'
import { WireError } from '../wire-error.ts'
import { type Extension, type PlacedExtension, registrationExtensions } from './extension.ts'
import { decodeExtensions, encodeExtension } from './extension-format.ts'
import { type RegistrationReply, registrationReplyFields } from './registration-reply.ts'
import { type RegistrationRequest, registrationRequestFields } from './registration-request.ts'

/** UDP port of registration messages (RFC 5944, section 3). */
export const registrationPort = 434

/** The first byte of a message. Revocation (7, 15), tunnel data (4) and route optimization (16 to 19) are other formats. */
const messageTypes = { request: 1, reply: 3 } as const

/** A request or a reply, as decoded or (`Registration<Extension>`) to encode. */
export type Registration<Content extends Extension = PlacedExtension> =
  | RegistrationRequest<Content>
  | RegistrationReply<Content>

/**
 * Decodes the UDP payload of a Registration Request or Reply (RFC 5944, sections 3.3 and 3.4).
 * @throws WireError wire/truncated, wire/malformed (also another message type), wire/unknown-extension
 */
export function decodeRegistration(bytes: Buffer): Registration {
  const type = bytes[0]
  const decodeExtensionsAfter = (fields: Parameters<typeof minimumSize>[0]) =>
    decodeExtensions(registrationExtensions, bytes, 1 + minimumSize(fields))

  switch (type) {
    case messageTypes.request:
      return {
        type: 'registration-request',
        ...decodeFields(registrationRequestFields, bytes, 1, bytes.length),
        extensions: decodeExtensionsAfter(registrationRequestFields),
      }
    case messageTypes.reply:
      return {
        type: 'registration-reply',
        ...decodeFields(registrationReplyFields, bytes, 1, bytes.length),
        extensions: decodeExtensionsAfter(registrationReplyFields),
      }
    case undefined:
      throw new WireError('wire/truncated', 'the registration message is empty', { offset: 0 })
    default:
      throw new WireError('wire/malformed', `message type ${type} is no registration request or reply`, {
        offset: 0,
      })
  }
}

/** The UDP payload of a message, its authenticators as they are given. @throws WireError wire/unencodable */
export function encodeRegistration(message: Registration<Extension>): Buffer {
  const extensions = message.extensions.map((extension) => encodeExtension(registrationExtensions, extension))
  switch (message.type) {
    case 'registration-request':
      return Buffer.concat([
        Buffer.of(messageTypes.request),
        encodeFields(registrationRequestFields, message),
        ...extensions,
      ])
    case 'registration-reply':
      return Buffer.concat([
        Buffer.of(messageTypes.reply),
        encodeFields(registrationReplyFields, message),
        ...extensions,
      ])
  }
}
