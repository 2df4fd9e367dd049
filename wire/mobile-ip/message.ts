/** Every Mobile IP message (UDP port 434) as one table: a row per message, named by its document. */
import type { Field } from '../field.ts'
import { decodeFields, encodeFields, type Layout, minimumSize, type ValueOf } from '../layout.ts'
import { WireError } from '../wire-error.ts'
import { registrationExtensions } from './extension.ts'
import {
  decodeExtensions,
  type ExtensionOf,
  type ExtensionTable,
  encodeExtension,
  type Placement,
} from './extension-format.ts'
import { registrationReplyFields } from './registration-reply.ts'
import { registrationRequestFields } from './registration-request.ts'
import { revocationAcknowledgmentFields, revocationFields } from './revocation.ts'
import {
  bindingAcknowledgeFields,
  bindingIdentification,
  bindingRequestFields,
  bindingUpdateFields,
  bindingWarningFields,
  routeOptimizationExtensions,
} from './route-optimization.ts'
import { tunnelDataFields } from './tunnel-data.ts'

export interface MessageFormat {
  /** The first byte. */
  readonly type: number
  readonly fields: Layout
  /** Fields that only some messages of the type have, and whether one with `bytesLeft` behind its fields does. */
  readonly optional?: {
    readonly fields: Layout
    isPresent(value: Record<string, unknown>, bytesLeft: number): boolean
  }
  /** Absent where the fields take the whole message. */
  readonly extensions?: ExtensionTable
}

export const messageFormats = {
  // RFC 5944, sections 3.3 and 3.4
  'registration-request': { type: 1, fields: registrationRequestFields, extensions: registrationExtensions },
  'registration-reply': { type: 3, fields: registrationReplyFields, extensions: registrationExtensions },
  // RFC 3519, section 3.3
  'tunnel-data': { type: 4, fields: tunnelDataFields },
  // RFC 3543, sections 3.3 and 3.4
  'registration-revocation': { type: 7, fields: revocationFields, extensions: registrationExtensions },
  'registration-revocation-acknowledgment': {
    type: 15,
    fields: revocationAcknowledgmentFields,
    extensions: registrationExtensions,
  },
  // draft-ietf-mobileip-optim-11, section 4
  'binding-warning': { type: 16, fields: bindingWarningFields },
  'binding-request': { type: 17, fields: bindingRequestFields, extensions: routeOptimizationExtensions },
  'binding-update': {
    type: 18,
    fields: bindingUpdateFields,
    optional: {
      fields: bindingIdentification,
      isPresent: ({ flags }) =>
        typeof flags === 'object' && flags !== null && 'identificationPresent' in flags
          ? flags.identificationPresent === true
          : false,
    },
    extensions: routeOptimizationExtensions,
  },
  'binding-acknowledge': {
    type: 19,
    fields: bindingAcknowledgeFields,
    // No bit tells: one without identification is at its end, but for padding.
    optional: {
      fields: bindingIdentification,
      isPresent: (_, bytesLeft) => bytesLeft >= minimumSize(bindingIdentification),
    },
    extensions: routeOptimizationExtensions,
  },
} as const satisfies { readonly [type: string]: MessageFormat }

type Formats = typeof messageFormats
export type MobileIpMessageType = keyof Formats

type OptionalOf<Format> = Format extends { optional: { fields: infer Fields extends Layout } }
  ? Partial<ValueOf<Fields>>
  : unknown
type ExtensionsOf<Format, Place> = Format extends { extensions: infer Table extends ExtensionTable }
  ? { extensions: (ExtensionOf<Table> & Place)[] }
  : unknown

/** One message; as decoded, or (`Place` unknown) to encode, when its extensions have no place yet. */
export type MobileIpMessageOf<Type extends MobileIpMessageType, Place = Placement> = {
  type: Type
} & ValueOf<Formats[Type]['fields']> &
  OptionalOf<Formats[Type]> &
  ExtensionsOf<Formats[Type], Place>

/** Any message, discriminated by `type`. `MobileIpMessage<unknown>` is one to encode. */
export type MobileIpMessage<Place = Placement> = {
  [Type in MobileIpMessageType]: MobileIpMessageOf<Type, Place>
}[MobileIpMessageType]

const formatsByNumber = new Map(
  Object.entries(messageFormats).map(([type, format]): [number, [string, MessageFormat]] => [
    format.type,
    [type, format],
  ]),
)

/**
 * Decodes the UDP payload of any Mobile IP message.
 * @throws WireError wire/truncated, wire/malformed (also an unknown message type), wire/unknown-extension
 */
export function decodeMobileIpMessage(bytes: Buffer): MobileIpMessage {
  if (bytes.length === 0) throw new WireError('wire/truncated', 'the message is empty', { offset: 0 })
  const number = bytes.readUInt8(0)
  const found = formatsByNumber.get(number)
  if (found === undefined)
    throw new WireError('wire/malformed', `message type ${number} is not known`, { offset: 0 })
  const [type, { fields, optional, extensions }] = found
  const value: Record<string, unknown> = { type, ...decodeFields(fields, bytes, 1, bytes.length) }
  let end = takesRest(fields) ? bytes.length : 1 + minimumSize(fields)
  if (optional?.isPresent(value, bytes.length - end)) {
    Object.assign(value, decodeFields(optional.fields, bytes, end, bytes.length))
    end += minimumSize(optional.fields)
  }
  if (extensions) value.extensions = decodeExtensions(extensions, bytes, end)
  // Each part was read by the table that its type is inferred from; the compiler cannot follow that through the rows.
  return value as unknown as MobileIpMessage
}

/** The UDP payload of a message, its authenticators as they are given. @throws WireError wire/unencodable */
export function encodeMobileIpMessage(message: MobileIpMessage<unknown>): Buffer {
  const { type, fields, optional, extensions }: MessageFormat = messageFormats[message.type]
  const value: Record<string, unknown> = { ...message }
  const start = Buffer.concat([Buffer.of(type), encodeFields(fields, value)])
  const end = 'extensions' in message && extensions ? encodeAll(extensions, message.extensions) : []
  const middle = optional ? encodeOptional(optional, value, start.length, byteLength(end)) : []
  return Buffer.concat([start, ...middle, ...end])
}

function encodeAll(table: ExtensionTable, extensions: readonly ExtensionOf<ExtensionTable>[]): Buffer[] {
  return extensions.map((extension) => encodeExtension(table, extension))
}

/** A receiver must find the optional fields exactly when they are there. @throws WireError wire/unencodable */
function encodeOptional(
  { fields, isPresent }: NonNullable<MessageFormat['optional']>,
  value: Record<string, unknown>,
  offset: number,
  bytesBehind: number,
): Buffer[] {
  const names = Object.keys(fields)
  const given = names.some((name) => value[name] !== undefined)
  if (given !== isPresent(value, bytesBehind + (given ? minimumSize(fields) : 0)))
    throw new WireError(
      'wire/unencodable',
      `${names.join()} ${given ? 'is given, but its flag is clear' : 'is missing'}`,
      { offset },
    )
  return given ? [encodeFields(fields, value)] : []
}

function byteLength(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0)
}

function takesRest(fields: Layout): boolean {
  return Object.values(fields).some(({ size }: Field<unknown>) => typeof size !== 'number')
}
