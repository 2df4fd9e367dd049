/** The kinds of field that a layout is made of; all integers are big endian. */
import {
  decodeIpv4,
  decodeLinkAddress,
  encodeIpv4,
  encodeLinkAddress,
  type Ipv4Address,
  isIpv4Address,
  type LinkAddress,
} from '#core/ipv4.ts'
import { WireError } from './wire-error.ts'

/** Where a field stands, for the message of an error. */
export interface Place {
  field: string
  offset: number
}

/** What a value looks like, for those who print or read it in another form than bytes. */
export type FieldShape =
  | 'number'
  | 'number-list'
  | 'bigint'
  | 'ipv4-address'
  | 'ipv4-address-list'
  | 'link-address'
  | 'octets'
  | 'text'
  | 'flags'
  | 'reserved'

export interface Field<Value> {
  readonly shape: FieldShape
  /** Of flags: their names. */
  readonly flagNames?: readonly string[]
  /** Bytes that the field takes. The last field of a layout may take the rest: at least `minimum` bytes. */
  readonly size: number | { readonly minimum: number }
  /** `bytes` holds exactly the field. */
  decode(bytes: Buffer, place: Place): Value
  encode(value: Value, place: Place): Buffer
}

function unencodable({ field, offset }: Place, why: string): WireError {
  return new WireError('wire/unencodable', `${field} ${why}`, { offset })
}

function unsigned(size: 1 | 2 | 4): Field<number> {
  return {
    shape: 'number',
    size,
    decode: (bytes) => bytes.readUIntBE(0, size),
    encode(value, place) {
      if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * size))
        throw unencodable(place, `takes ${size} bytes, ${value} does not fit`)
      const bytes = Buffer.alloc(size)
      bytes.writeUIntBE(value, 0, size)
      return bytes
    },
  }
}

export const uint8 = unsigned(1)
export const uint16 = unsigned(2)
export const uint32 = unsigned(4)

export const int32: Field<number> = {
  shape: 'number',
  size: 4,
  decode: (bytes) => bytes.readInt32BE(),
  encode(value, place) {
    if ((value | 0) !== value) throw unencodable(place, `is a signed 32-bit number, ${value} does not fit`)
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  },
}

export const uint64: Field<bigint> = {
  shape: 'bigint',
  size: 8,
  decode: (bytes) => bytes.readBigUInt64BE(),
  encode(value, place) {
    if (BigInt.asUintN(64, value) !== value) throw unencodable(place, `takes 8 bytes, ${value} does not fit`)
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(value)
    return bytes
  },
}

export const ipv4Address: Field<Ipv4Address> = {
  shape: 'ipv4-address',
  size: 4,
  decode: (bytes) => decodeIpv4(bytes),
  encode(value, place) {
    if (!isIpv4Address(value)) throw unencodable(place, `is not an IPv4 address: "${value}"`)
    return encodeIpv4(value)
  },
}

/** IPv4 addresses up to the end. */
export const ipv4AddressList: Field<Ipv4Address[]> = {
  shape: 'ipv4-address-list',
  size: { minimum: 0 },
  decode(bytes, { field, offset }) {
    if (bytes.length % 4 !== 0)
      throw new WireError('wire/malformed', `${field} takes ${bytes.length} bytes, no multiple of 4`, {
        offset,
      })
    return Array.from({ length: bytes.length / 4 }, (_, index) => decodeIpv4(bytes, 4 * index))
  },
  encode: (value, place) => Buffer.concat(value.map((address) => ipv4Address.encode(address, place))),
}

export const linkAddress: Field<LinkAddress> = {
  shape: 'link-address',
  size: 6,
  decode: (bytes) => decodeLinkAddress(bytes),
  encode: (value) => encodeLinkAddress(value),
}

/** Small numbers up to the end, one a byte. */
export const uint8List: Field<number[]> = {
  shape: 'number-list',
  size: { minimum: 0 },
  decode: (bytes) => [...bytes],
  encode: (value, place) => Buffer.concat(value.map((number) => uint8.encode(number, place))),
}

/** What is left, at least `minimum` bytes. */
export function octets(minimum = 0): Field<Buffer> {
  return {
    shape: 'octets',
    size: { minimum },
    decode: (bytes) => bytes,
    encode(value, place) {
      if (value.length < minimum)
        throw unencodable(place, `takes at least ${minimum} bytes, got ${value.length}`)
      return value
    },
  }
}

/** UTF-8 up to the end, not empty. */
export const text: Field<string> = {
  shape: 'text',
  size: { minimum: 1 },
  decode(bytes, { field, offset }) {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    } catch (cause) {
      throw new WireError('wire/malformed', `${field} is not UTF-8`, { offset, cause })
    }
  },
  encode(value, place) {
    if (value.length === 0 || !value.isWellFormed()) throw unencodable(place, 'must be text, not empty')
    return Buffer.from(value)
  },
}

/** Named bits of one field; the other bits are sent as zero and ignored on reception. */
export function bits<Masks extends { readonly [name: string]: number }>(
  size: 1 | 2,
  masks: Masks,
): Field<{ [Name in keyof Masks]: boolean }> {
  const whole = unsigned(size)
  return {
    shape: 'flags',
    flagNames: Object.keys(masks),
    size,
    decode(bytes, place) {
      const value = whole.decode(bytes, place)
      const flags = Object.entries(masks).map(([name, mask]) => [name, (value & mask) !== 0])
      return Object.fromEntries(flags) as { [Name in keyof Masks]: boolean }
    },
    encode: (value, place) =>
      whole.encode(
        Object.entries(masks).reduce((sum, [name, mask]) => (value[name] ? sum | mask : sum), 0),
        place,
      ),
  }
}

/** Sent as zero and ignored on reception. */
export function reserved(size: number): Field<void> {
  return { shape: 'reserved', size, decode: () => undefined, encode: () => Buffer.alloc(size) }
}
