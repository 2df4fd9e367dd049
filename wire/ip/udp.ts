import { encodeIpv4, type Ipv4Address } from '#core/ipv4.ts'
import { uint16 } from '../field.ts'
import { decodeFields, encodeFields, minimumSize } from '../layout.ts'
import { WireError } from '../wire-error.ts'
import { internetChecksum, onesComplementSum } from './checksum.ts'
import { ipProtocols } from './ipv4.ts'

/** RFC 768 */
const header = { sourcePort: uint16, destinationPort: uint16, length: uint16, checksum: uint16 }
const headerBytes = minimumSize(header)
const checksumOffset = 6

/** Addresses of the packet that carries the datagram: the checksum covers them. */
export interface UdpEndpoints {
  source: Ipv4Address
  destination: Ipv4Address
}

/**
 * - `absent`: zero, the sender computed none;
 * - `partial`: the sum over the pseudo header only. Linux leaves it so for the network card to finish (CHECKSUM_PARTIAL in
 *   linux/skbuff.h), and a veth has no card: a packet that never left the machine is read in this state and is sound;
 * - `wrong`: the datagram must be discarded.
 */
export type UdpChecksum = 'valid' | 'partial' | 'absent' | 'wrong'

export interface UdpDatagram {
  sourcePort: number
  destinationPort: number
  payload: Buffer
}

/** @throws WireError wire/truncated, wire/malformed */
export function decodeUdpDatagram(
  bytes: Buffer,
  endpoints: UdpEndpoints,
): UdpDatagram & { checksum: UdpChecksum } {
  const { sourcePort, destinationPort, length, checksum } = decodeFields(header, bytes, 0, bytes.length)
  if (length > bytes.length)
    throw new WireError('wire/truncated', `the datagram ends before its length, ${length} bytes`, {
      offset: 4,
    })
  if (length < headerBytes)
    throw new WireError('wire/malformed', `a datagram of ${length} bytes is shorter than its header`, {
      offset: 4,
    })
  const datagram = bytes.subarray(0, length)
  const payload = datagram.subarray(headerBytes)
  return { sourcePort, destinationPort, payload, checksum: judgeChecksum(datagram, checksum, endpoints) }
}

function judgeChecksum(datagram: Buffer, checksum: number, endpoints: UdpEndpoints): UdpChecksum {
  if (checksum === 0) return 'absent'
  const pseudo = pseudoHeader(endpoints, datagram.length)
  if (internetChecksum(pseudo, datagram) === 0) return 'valid'
  return checksum === onesComplementSum(pseudo) ? 'partial' : 'wrong'
}

/** A datagram with its checksum. @throws WireError wire/unencodable */
export function encodeUdpDatagram({ payload, ...ports }: UdpDatagram, endpoints: UdpEndpoints): Buffer {
  const length = headerBytes + payload.length
  const bytes = Buffer.concat([encodeFields(header, { ...ports, length, checksum: 0 }), payload])
  const checksum = internetChecksum(pseudoHeader(endpoints, length), bytes)
  bytes.writeUInt16BE(checksum === 0 ? 0xffff : checksum, checksumOffset) // zero would say "absent"
  return bytes
}

function pseudoHeader({ source, destination }: UdpEndpoints, length: number): Buffer {
  return Buffer.concat([
    encodeIpv4(source),
    encodeIpv4(destination),
    Buffer.of(0, ipProtocols.udp, length >> 8, length & 0xff),
  ])
}
