import { decodeAddress, encodeAddress } from './address.ts'
import type { DataType } from './avp-table.ts'
import type { ValueOfType } from './avps.ts'

/** How a data format is read and written. `undefined` says that the bytes, or the value, do not fit it. */
export interface Format<Value> {
  /** Bytes that data of this format has at least; exactly, if `fixed`. */
  minimumBytes: number
  fixed: boolean
  decode(data: Buffer): Value | undefined
  encode(value: unknown): Buffer | undefined
}

type Formats = { [Type in DataType]: Format<ValueOfType[Type]> }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const text: Format<string> = {
  minimumBytes: 0,
  fixed: false,
  decode(data) {
    try {
      return utf8.decode(data)
    } catch {
      return undefined
    }
  },
  encode: (value) => (typeof value === 'string' && value.isWellFormed() ? Buffer.from(value) : undefined),
}

const ascii: Format<string> = {
  minimumBytes: 0,
  fixed: false,
  decode: (data) => (data.every((byte) => byte < 0x80) ? data.toString('latin1') : undefined),
  encode: (value) =>
    typeof value === 'string' && /^\p{ASCII}*$/u.test(value) ? Buffer.from(value, 'latin1') : undefined,
}

function integer(lowest: number, highest: number): Format<number> {
  return {
    minimumBytes: 4,
    fixed: true,
    decode: (data) => (lowest < 0 ? data.readInt32BE() : data.readUInt32BE()),
    encode(value) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > highest)
        return undefined
      const data = Buffer.alloc(4)
      data.writeUInt32BE(value >>> 0)
      return data
    },
  }
}

function longInteger(lowest: bigint, highest: bigint): Format<bigint> {
  return {
    minimumBytes: 8,
    fixed: true,
    decode: (data) => (lowest < 0n ? data.readBigInt64BE() : data.readBigUInt64BE()),
    encode(value) {
      if (typeof value !== 'bigint' || value < lowest || value > highest) return undefined
      const data = Buffer.alloc(8)
      data.writeBigUInt64BE(BigInt.asUintN(64, value))
      return data
    },
  }
}

function float(bytes: 4 | 8): Format<number> {
  return {
    minimumBytes: bytes,
    fixed: true,
    decode: (data) => (bytes === 4 ? data.readFloatBE() : data.readDoubleBE()),
    encode(value) {
      if (typeof value !== 'number') return undefined
      const data = Buffer.alloc(bytes)
      if (bytes === 4) data.writeFloatBE(value)
      else data.writeDoubleBE(value)
      return data
    },
  }
}

/** Seconds from 1900 to 1970. The 32 bits wrap in 2036: with the top bit clear they count from then (RFC 6733, section 4.3.1). */
const ntpEpoch = 2208988800
const unsigned32 = integer(0, 2 ** 32 - 1)

const time: Format<number> = {
  minimumBytes: 4,
  fixed: true,
  decode: (data) => data.readUInt32BE() + (data.readUInt8() < 0x80 ? 2 ** 32 : 0) - ntpEpoch,
  encode(value) {
    if (typeof value !== 'number') return undefined
    const seconds = Math.floor(value) + ntpEpoch
    if (!(seconds >= 2 ** 31 && seconds < 2 ** 32 + 2 ** 31)) return undefined
    return unsigned32.encode(seconds % 2 ** 32)
  },
}

const enumerated = integer(-(2 ** 31), 2 ** 31 - 1)

/** RFC 6733, sections 4.2 and 4.3. */
export const formats: Formats = {
  OctetString: {
    minimumBytes: 0,
    fixed: false,
    decode: (data) => data,
    encode: (value) => (Buffer.isBuffer(value) ? value : undefined),
  },
  UTF8String: text,
  DiameterIdentity: ascii,
  DiameterURI: ascii,
  IPFilterRule: ascii,
  Integer32: enumerated,
  Integer64: longInteger(-(2n ** 63n), 2n ** 63n - 1n),
  Unsigned32: unsigned32,
  Unsigned64: longInteger(0n, 2n ** 64n - 1n),
  Float32: float(4),
  Float64: float(8),
  Enumerated: enumerated,
  Address: {
    minimumBytes: 6,
    fixed: false,
    decode: decodeAddress,
    encode: (value) => (typeof value === 'string' ? encodeAddress(value) : undefined),
  },
  Time: time,
}
