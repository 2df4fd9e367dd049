/**
 * The types that rows of attribute tables and fields of structures can have. A type reads one payload and writes one; `Input` is
 * what may be written where that is more than what is read (an interface by its name instead of its index).
 */
import { decodeIp, encodeIp, ipv4Bits } from './ip-address.ts'
import type { MessageWriter } from './message-writer.ts'
import { malformed } from './netlink-error.ts'

/** The attributes of the same nest that were read before this one. */
export type Siblings = Readonly<Record<string, unknown>>

export interface AttributeType<Value, Input = Value> {
  /** Reads the payload `bytes[start, end)`; what it returns must not share memory with `bytes`. @throws netlink/malformed */
  read(bytes: Buffer, start: number, end: number, siblings: Siblings): Value
  /** Appends the payload, without padding. @throws RangeError when the value does not fit */
  write(writer: MessageWriter, value: Input): void
  /** The kernel's names of the attributes around `offset`, for a type that consists of attributes. */
  locate?(bytes: Buffer, start: number, end: number, offset: number, siblings: Siblings): string | undefined
  /** Whether the attribute is sent with NLA_F_NESTED. Most of rtnetlink is older than that flag. */
  readonly nestedFlag?: boolean
}

/** A type whose payload has one length, so that it can also be a field of a structure. */
export interface FixedType<Value, Input = Value> extends AttributeType<Value, Input> {
  readonly size: number
  /** The same as `write`, into `writer.bytes` from `offset` on, which was reserved: how structures write most of their fields. */
  put?(writer: MessageWriter, offset: number, value: Input): void
}

function fixed<Value, Input = Value>(
  size: number,
  get: (bytes: Buffer, offset: number) => Value,
  put: (bytes: Buffer, offset: number, value: Input, writer: MessageWriter) => void,
): FixedType<Value, Input> & Required<Pick<FixedType<Value, Input>, 'put'>> {
  return {
    size,
    read(bytes, start, end) {
      if (end - start < size) throw malformed(`payload of ${end - start} bytes where ${size} are due`)
      return get(bytes, start)
    },
    write(writer, value) {
      const offset = writer.reserve(size)
      put(writer.bytes, offset, value, writer)
    },
    put(writer, offset, value) {
      put(writer.bytes, offset, value, writer)
    },
  }
}

export const u8 = fixed<number>(
  1,
  (bytes, offset) => bytes.readUInt8(offset),
  (bytes, offset, value) => bytes.writeUInt8(value, offset),
)
export const s8 = fixed<number>(
  1,
  (bytes, offset) => bytes.readInt8(offset),
  (bytes, offset, value) => bytes.writeInt8(value, offset),
)
export const u16 = fixed<number>(
  2,
  (bytes, offset) => bytes.readUInt16LE(offset),
  (bytes, offset, value) => bytes.writeUInt16LE(value, offset),
)
export const s16 = fixed<number>(
  2,
  (bytes, offset) => bytes.readInt16LE(offset),
  (bytes, offset, value) => bytes.writeInt16LE(value, offset),
)
export const u32 = fixed<number>(
  4,
  (bytes, offset) => bytes.readUInt32LE(offset),
  (bytes, offset, value) => bytes.writeUInt32LE(value, offset),
)
export const s32 = fixed<number>(
  4,
  (bytes, offset) => bytes.readInt32LE(offset),
  (bytes, offset, value) => bytes.writeInt32LE(value, offset),
)
export const u64 = fixed<bigint>(
  8,
  (bytes, offset) => bytes.readBigUInt64LE(offset),
  (bytes, offset, value) => bytes.writeBigUInt64LE(value, offset),
)
export const s64 = fixed<bigint>(
  8,
  (bytes, offset) => bytes.readBigInt64LE(offset),
  (bytes, offset, value) => bytes.writeBigInt64LE(value, offset),
)
/** Integers in network order. */
export const be16 = fixed<number>(
  2,
  (bytes, offset) => bytes.readUInt16BE(offset),
  (bytes, offset, value) => bytes.writeUInt16BE(value, offset),
)
export const be32 = fixed<number>(
  4,
  (bytes, offset) => bytes.readUInt32BE(offset),
  (bytes, offset, value) => bytes.writeUInt32BE(value, offset),
)
export const be64 = fixed<bigint>(
  8,
  (bytes, offset) => bytes.readBigUInt64BE(offset),
  (bytes, offset, value) => bytes.writeBigUInt64BE(value, offset),
)

/** A byte that is 0 or 1. */
export const bool8 = fixed<boolean>(
  1,
  (bytes, offset) => bytes.readUInt8(offset) !== 0,
  (bytes, offset, value) => bytes.writeUInt8(value ? 1 : 0, offset),
)

/** The index of an interface. It may be written by name: the socket then asks the kernel for the index. */
export const interfaceIndex = fixed<number, number | string>(
  4,
  (bytes, offset) => bytes.readInt32LE(offset),
  (_bytes, offset, value, writer) => {
    const index = writer.interfaceIndex(value)
    writer.bytes.writeInt32LE(index, offset)
  },
)

/** A descriptor of a network namespace. It may be written as a path such as `/run/netns/a1`, which is opened for the send. */
export const namespaceDescriptor = fixed<number, number | string>(
  4,
  (bytes, offset) => bytes.readUInt32LE(offset),
  (_bytes, offset, value, writer) => {
    writer.bytes.writeUInt32LE(writer.namespaceDescriptor(value), offset)
  },
)

/** A number with names for its known values, as `{ unicast: 1, local: 2 }`; an unknown value stays a number. */
export function choice<const Names extends Record<string, number>>(
  number: FixedType<number>,
  names: Names,
): FixedType<(keyof Names & string) | number> {
  const byNumber = new Map<number, keyof Names & string>()
  for (const name in names) if (!byNumber.has(names[name] ?? -1)) byNumber.set(names[name] ?? -1, name)
  const numberOf = (value: (keyof Names & string) | number): number => {
    const plain = typeof value === 'number' ? value : names[value]
    if (plain !== undefined) return plain
    throw new RangeError(`"${String(value)}" is none of ${Object.keys(names).join(', ')}`)
  }
  const put = number.put?.bind(number)
  return {
    size: number.size,
    read(bytes, start, end, siblings) {
      const value = number.read(bytes, start, end, siblings)
      return byNumber.get(value) ?? value
    },
    write: (writer, value) => number.write(writer, numberOf(value)),
    ...(put && { put: (writer, offset, value) => put(writer, offset, numberOf(value)) }),
  }
}

/** Names that were read, for they repeat in a dump: one for each hash. */
const shortTexts: string[] = new Array(256).fill('')

/** Short ASCII: the name that has this hash, if it is the same, or a new one. */
function shortText(bytes: Buffer, start: number, end: number, hash: number): string {
  const known = shortTexts[hash] ?? ''
  let same = known.length === end - start
  for (let at = start; same && at < end; at++) same = known.charCodeAt(at - start) === bytes[at]
  if (same) return known
  const made = bytes.toString('latin1', start, end)
  shortTexts[hash] = made
  return made
}

/** Text that ends with a NUL byte. */
export const text: AttributeType<string> = {
  read(bytes, start, end) {
    let nul = start
    let codes = 0
    let hash = 0
    for (; nul < end && bytes[nul] !== 0; nul++) {
      const code = bytes[nul] ?? 0
      codes |= code
      hash = (hash * 31 + code) | 0
    }
    if (codes > 127 || nul - start > 16) return bytes.toString('utf8', start, nul)
    return shortText(bytes, start, nul, hash & (shortTexts.length - 1))
  },
  write(writer, value) {
    writer.appendText(value)
    writer.reserve(1)
  },
}

/** Text without a NUL byte at its end, which is accepted all the same. */
export const unterminatedText: AttributeType<string> = {
  read: text.read,
  write: (writer, value) => writer.appendText(value),
}

/** A copy of `bytes[start, end)` that shares no memory with it. */
export function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start)
  bytes.copy(copy, 0, start, end)
  return copy
}

/** Bytes as they are. */
export const raw: AttributeType<Buffer> = {
  read: copyOf,
  write: (writer, value) => writer.append(value),
}

/** An attribute without payload, which says something by being there. */
export const present: AttributeType<true> = { read: () => true, write: () => {} }

/** An IPv4 or IPv6 address in text, told apart by length; other lengths are hexadecimal. */
export const ipAddress: AttributeType<string> = {
  read: (bytes, start, end) => decodeIp(bytes.subarray(start, end)),
  write(writer, value) {
    const bits = ipv4Bits(value)
    if (bits === undefined) return writer.append(encodeIp(value))
    const offset = writer.reserve(4)
    writer.bytes.writeUInt32BE(bits, offset)
  },
}

/** A link-layer address of any length as hexadecimal bytes with colons (an ipip device has one of four bytes). */
export const linkAddress: AttributeType<string> = {
  read: (bytes, start, end) => bytes.toString('hex', start, end).replace(/..(?=.)/g, '$&:'),
  write(writer, value) {
    if (!/^([0-9a-f]{2}(:|$))+$/i.test(value)) throw new RangeError(`not a link-layer address: "${value}"`)
    writer.append(Buffer.from(value.replaceAll(':', ''), 'hex'))
  },
}
