import { octets, uint8, uint16 } from '../field.ts'
import { decodeFields, encodeFields } from '../layout.ts'
import { WireError } from '../wire-error.ts'
import { internetChecksum } from './checksum.ts'

/** Types that agent discovery (RFC 1256) and keepalives (RFC 792) use. */
export const icmpTypes = {
  echoReply: 0,
  echoRequest: 8,
  routerAdvertisement: 9,
  routerSolicitation: 10,
} as const

/** RFC 792 */
const message = { type: uint8, code: uint8, checksum: uint16, body: octets() }
const checksumOffset = 2

export interface IcmpMessage {
  type: number
  code: number
  /** What follows the checksum, from byte 4 of the message. */
  body: Buffer
}

/** @throws WireError wire/truncated, wire/malformed (wrong checksum) */
export function decodeIcmpMessage(bytes: Buffer): IcmpMessage {
  const { type, code, body } = decodeFields(message, bytes, 0, bytes.length)
  if (internetChecksum(bytes) !== 0)
    throw new WireError('wire/malformed', 'the ICMP checksum is wrong', { offset: checksumOffset })
  return { type, code, body }
}

/** @throws WireError wire/unencodable */
export function encodeIcmpMessage(fields: IcmpMessage): Buffer {
  const bytes = encodeFields(message, { ...fields, checksum: 0 })
  bytes.writeUInt16BE(internetChecksum(bytes), checksumOffset)
  return bytes
}
