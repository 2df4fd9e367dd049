/**
 * Netlink messages: `struct nlmsghdr` (linux/netlink.h), a family header such as `struct rtmsg`, attributes. A `MessageFormat` is
 * the layout of one kernel object's messages; a `NetlinkRequest` is one message to send, as plain values, encoded by the socket.
 */
import type {
  AttributeRows,
  AttributeTable,
  DecodedAttributes,
  Encodable,
  EncodableAttributes,
} from './attribute.ts'
import type { MessageWriter } from './message-writer.ts'
import { malformed } from './netlink-error.ts'
import type { Struct, StructInput, StructValue } from './struct.ts'

export const NLM_F = {
  REQUEST: 0x1,
  MULTI: 0x2,
  ACK: 0x4,
  ECHO: 0x8,
  DUMP_INTR: 0x10,
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
  DUMP: 0x300,
} as const

export const NLMSG = { NOOP: 1, ERROR: 2, DONE: 3, OVERRUN: 4 } as const

/** What `ip` and `tc` call the flags of a message that makes something. */
export const verbFlags = {
  add: NLM_F.CREATE | NLM_F.EXCL,
  replace: NLM_F.CREATE | NLM_F.REPLACE,
  change: NLM_F.REPLACE,
  append: NLM_F.CREATE | NLM_F.APPEND,
  set: 0,
} as const
export type Verb = keyof typeof verbFlags

/** The verb with these flags; `prepend` and the like, which have no name here, read as `add`. */
export function verbOf(flags: number): Verb {
  const meant = flags & (NLM_F.CREATE | NLM_F.EXCL | NLM_F.REPLACE | NLM_F.APPEND)
  const verbs: Verb[] = ['add', 'replace', 'change', 'append', 'set']
  return verbs.find((verb) => verbFlags[verb] === meant) ?? 'add'
}

/** What the format of an object's messages must be able to do, whatever the object. */
export interface AnyMessageFormat {
  read(bytes: Buffer, start?: number, end?: number): object
  write(writer: MessageWriter, value: object): void
  locate(bytes: Buffer, start: number, end: number, offset: number): string | undefined
  render(type: number, flags: number, value: object): string
}

/** What a message of this header and these attributes can be made of. */
export type MessageInput<Header, Attributes> = Encodable<Header> & Encodable<Attributes>

type StructFields = ConstructorParameters<typeof Struct>[1]

/** The layout of the messages of one kernel object. Header fields and attributes of a message are keys of one flat object. */
export class MessageFormat<Fields extends StructFields, Rows extends AttributeRows>
  implements AnyMessageFormat
{
  readonly header: Struct<Fields>
  readonly attributes: AttributeTable<Rows>
  /** The `ip` or `tc` line that says the same as a message. */
  readonly render: (
    type: number,
    flags: number,
    value: StructInput<Fields> & EncodableAttributes<Rows>,
  ) => string

  constructor(
    header: Struct<Fields>,
    attributes: AttributeTable<Rows>,
    render: (type: number, flags: number, value: StructInput<Fields> & EncodableAttributes<Rows>) => string,
  ) {
    this.header = header
    this.attributes = attributes
    this.render = render
  }

  /** Decodes what follows the nlmsghdr. @throws netlink/malformed */
  read(bytes: Buffer, start = 0, end = bytes.length): StructValue<Fields> & DecodedAttributes<Rows> {
    const value = this.header.read(bytes, start, end)
    this.attributes.readInto(value, bytes, start + this.header.size, end)
    // The header's value has become the message's: its attributes were added.
    return value as StructValue<Fields> & DecodedAttributes<Rows>
  }

  /** Encodes what follows the nlmsghdr. @throws wire/unencodable */
  write(writer: MessageWriter, value: StructInput<Fields> & EncodableAttributes<Rows>): void {
    this.header.write(writer, value)
    this.attributes.writeOthers(writer, value, this.header.fields)
  }

  /** Names the attribute at `offset`, for the extended acknowledgement. */
  locate(bytes: Buffer, start: number, end: number, offset: number): string | undefined {
    return this.attributes.locate(bytes, start + this.header.size, end, offset)
  }
}

/** One message to send. The socket adds sequence number, NLM_F_REQUEST and NLM_F_ACK, and encodes it. */
export interface NetlinkRequest<Answer = unknown> {
  readonly type: number
  /** Of generic netlink: the family, whose number the socket asks for and puts in the place of `type`. */
  readonly family?: string
  readonly flags: number
  readonly format: AnyMessageFormat
  readonly value: object
  /** Makes the answer from the last message that came before the acknowledgement, if one came: what follows its nlmsghdr. */
  answer(reply: Buffer | undefined, start?: number, end?: number): Answer
  /** The `ip` or `tc` line that says the same. */
  render(): string
}

/** A message that changes something; its answer is the bare acknowledgement. */
export function command<Fields extends StructFields, Rows extends AttributeRows>(
  format: MessageFormat<Fields, Rows>,
  type: number,
  flags: number,
  value: StructInput<Fields> & EncodableAttributes<Rows>,
): NetlinkRequest<void> {
  return { type, flags, format, value, answer: nothing, render: renderRequest }
}

function nothing(): void {}

/** Shared by all requests, which come by the ten thousand. */
function renderRequest(this: NetlinkRequest): string {
  return this.format.render(this.type, this.flags, this.value)
}

/** A message that asks for one object (`NLM_F.DUMP` in `flags`: for all), answered in the same format. */
export function query<Fields extends StructFields, Rows extends AttributeRows>(
  format: MessageFormat<Fields, Rows>,
  type: number,
  flags: number,
  value: StructInput<Fields> & EncodableAttributes<Rows>,
): NetlinkRequest<StructValue<Fields> & DecodedAttributes<Rows>> {
  return {
    type,
    flags,
    format,
    value,
    answer(reply, start, end) {
      if (reply === undefined) throw malformed(`"${this.render()}" was acknowledged without an answer`)
      return format.read(reply, start, end)
    },
    render: renderRequest,
  }
}

export const messageHeaderBytes = 16

/** Appends a whole message, nlmsghdr included. @throws wire/unencodable */
export function writeMessage(
  writer: MessageWriter,
  request: NetlinkRequest,
  sequence: number,
  flags: number,
): void {
  const start = writer.reserve(messageHeaderBytes)
  request.format.write(writer, request.value)
  const type = request.family === undefined ? request.type : writer.familyNumber(request.family)
  writer.bytes.writeUInt32LE(writer.length - start, start)
  writer.bytes.writeUInt16LE(type, start + 4)
  writer.bytes.writeUInt16LE(request.flags | flags, start + 6)
  writer.bytes.writeUInt32LE(sequence, start + 8)
  writer.align()
}

export interface ReceivedMessage {
  type: number
  flags: number
  sequence: number
  /** What follows the nlmsghdr: `bytes[from, to)`. */
  from: number
  to: number
  /** Where the message behind it starts. */
  next: number
}

/** The message at `offset` of a datagram that ends at `end`. @throws netlink/malformed */
export function messageAt(bytes: Buffer, offset: number, end: number): ReceivedMessage {
  const length = end - offset < messageHeaderBytes ? 0 : bytes.readUInt32LE(offset)
  if (length < messageHeaderBytes || offset + length > end)
    throw malformed(`message of ${length} bytes where ${end - offset} are left`)
  return {
    type: bytes.readUInt16LE(offset + 4),
    flags: bytes.readUInt16LE(offset + 6),
    sequence: bytes.readUInt32LE(offset + 8),
    from: offset + messageHeaderBytes,
    to: offset + length,
    next: offset + ((length + 3) & ~3),
  }
}

/** Walks over the messages of one datagram. @throws netlink/malformed */
export function* messagesIn(bytes: Buffer, end = bytes.length): Generator<ReceivedMessage> {
  for (let offset = 0; offset < end; ) {
    const message = messageAt(bytes, offset, end)
    yield message
    offset = message.next
  }
}
