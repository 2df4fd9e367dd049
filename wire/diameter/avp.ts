import { WireError } from '../wire-error.ts'
import { resultCode } from './result-code.ts'

/** An AVP whose data is not interpreted (RFC 6733, section 4). */
export interface RawAvp {
  code: number
  /** The flags as they came: V 0x80, M 0x40, P 0x20, and the reserved bits. */
  flags: number
  /** 0 without the V flag. */
  vendorId: number
  /** Without padding. */
  data: Buffer
  /** Where it began in the message that it came in; has no part in encoding. */
  offset?: number
}

export const avpFlag = { vendor: 0x80, mandatory: 0x40 } as const

const headerBytes = 8
const vendorBytes = 4
const longestAvp = 2 ** 24 - 1

/**
 * Splits AVPs that follow one another. `baseOffset`: where `bytes` begins in the message, for the offsets in errors.
 * @throws wire/truncated, wire/malformed with Result-Code 5014
 */
export function decodeAvps(bytes: Buffer, baseOffset = 0): RawAvp[] {
  const avps: RawAvp[] = []
  for (let at = 0; at < bytes.length; ) {
    const { avp, end } = decodeAvp(bytes, at, baseOffset)
    avps.push(avp)
    at = paddedLength(end)
  }
  return avps
}

function decodeAvp(bytes: Buffer, at: number, baseOffset: number): { avp: RawAvp; end: number } {
  const offset = baseOffset + at
  if (bytes.length - at < headerBytes)
    throw new WireError('wire/truncated', `${bytes.length - at} bytes are too few for the header of an AVP`, {
      offset,
      resultCode: resultCode.invalidAvpLength,
      failedAvp: emptyAvpOf(bytes.subarray(at)),
    })
  const code = bytes.readUInt32BE(at)
  const flags = bytes.readUInt8(at + 4)
  const length = bytes.readUIntBE(at + 5, 3)
  const hasVendor = (flags & avpFlag.vendor) !== 0
  const dataAt = at + headerBytes + (hasVendor ? vendorBytes : 0)
  const end = at + length
  if (end < dataAt || end > bytes.length)
    throw new WireError('wire/malformed', `AVP ${code} says a length of ${length}, which cannot be`, {
      offset,
      resultCode: resultCode.invalidAvpLength,
      failedAvp: encodeAvp({ code, flags: flags & ~avpFlag.vendor, vendorId: 0, data: Buffer.alloc(0) }),
    })
  const vendorId = hasVendor ? bytes.readUInt32BE(at + headerBytes) : 0
  return { avp: { code, flags, vendorId, data: bytes.subarray(dataAt, end), offset }, end }
}

/** RFC 6733, section 7.5: what there is of a header, the rest zeros, and the length of an AVP without data. */
function emptyAvpOf(header: Buffer): Buffer {
  const code = Buffer.concat([header, Buffer.alloc(4)]).readUInt32BE(0)
  return encodeAvp({ code, flags: 0, vendorId: 0, data: Buffer.alloc(0) })
}

/** One AVP with its padding. @throws wire/unencodable */
export function encodeAvp({ code, flags, vendorId, data }: RawAvp): Buffer {
  const hasVendor = (flags & avpFlag.vendor) !== 0
  const dataAt = headerBytes + (hasVendor ? vendorBytes : 0)
  const length = dataAt + data.length
  if (length > longestAvp)
    throw new WireError('wire/unencodable', `AVP ${code} would have ${length} bytes`, { offset: 0 })
  const bytes = Buffer.alloc(paddedLength(length))
  bytes.writeUInt32BE(code, 0)
  bytes.writeUInt8(flags, 4)
  bytes.writeUIntBE(length, 5, 3)
  if (hasVendor) bytes.writeUInt32BE(vendorId, headerBytes)
  data.copy(bytes, dataAt)
  return bytes
}

export function encodeAvps(avps: readonly RawAvp[]): Buffer {
  return Buffer.concat(avps.map(encodeAvp))
}

/** Padding brings each AVP to a multiple of four; it counts in the enclosing length, not in the AVP's own. */
function paddedLength(length: number): number {
  return (length + 3) & ~3
}
