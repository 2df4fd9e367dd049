import type { Ipv4Address } from '#core/ipv4.ts'
import { ipv4Address, uint8, uint16 } from '../field.ts'
import { decodeFields, encodeFields, minimumSize } from '../layout.ts'
import { WireError } from '../wire-error.ts'
import { internetChecksum } from './checksum.ts'

/** linux/in.h */
export const ipProtocols = { icmp: 1, ipip: 4, tcp: 6, udp: 17, gre: 47 } as const

/** RFC 791, section 3.1 */
const header = {
  versionAndHeaderWords: uint8,
  typeOfService: uint8,
  totalLength: uint16,
  identification: uint16,
  flagsAndFragmentOffset: uint16,
  timeToLive: uint8,
  protocol: uint8,
  checksum: uint16,
  source: ipv4Address,
  destination: ipv4Address,
}
const headerBytes = minimumSize(header)
const checksumOffset = 10
const dontFragment = 0x4000
const fragmentMask = 0x3fff // more fragments, and the offset

export interface Ipv4Packet {
  source: Ipv4Address
  destination: Ipv4Address
  protocol: number
  timeToLive: number
  typeOfService: number
  identification: number
  payload: Buffer
}

/**
 * Decodes an IPv4 packet. Options are skipped, bytes behind the total length (Ethernet padding) are dropped.
 * @throws WireError wire/truncated, wire/malformed (wrong header checksum, or a fragment: those are not reassembled here)
 */
export function decodeIpv4Packet(bytes: Buffer): Ipv4Packet {
  const { versionAndHeaderWords, totalLength, flagsAndFragmentOffset, checksum, ...fields } = decodeFields(
    header,
    bytes,
    0,
    bytes.length,
  )
  const ownHeaderBytes = 4 * (versionAndHeaderWords & 0x0f)
  if (versionAndHeaderWords >> 4 !== 4 || ownHeaderBytes < headerBytes)
    throw new WireError('wire/malformed', 'the packet has no IPv4 header', { offset: 0 })
  if (totalLength > bytes.length || ownHeaderBytes > bytes.length)
    throw new WireError('wire/truncated', `the packet ends before its length, ${totalLength} bytes`, {
      offset: 2,
    })
  if (totalLength < ownHeaderBytes)
    throw new WireError('wire/malformed', 'the packet is shorter than its header', { offset: 2 })
  if (internetChecksum(bytes.subarray(0, ownHeaderBytes)) !== 0)
    throw new WireError('wire/malformed', `the header checksum ${checksum} is wrong`, {
      offset: checksumOffset,
    })
  if ((flagsAndFragmentOffset & fragmentMask) !== 0)
    throw new WireError('wire/malformed', 'the packet is a fragment', { offset: 6 })
  const { source, destination, protocol, timeToLive, typeOfService, identification } = fields
  const payload = bytes.subarray(ownHeaderBytes, totalLength)
  return { source, destination, protocol, timeToLive, typeOfService, identification, payload }
}

/**
 * An IPv4 packet without options, never to be fragmented on its way.
 * @throws WireError wire/unencodable
 */
export function encodeIpv4Packet({
  payload,
  typeOfService = 0,
  identification = 0,
  ...fields
}: Omit<Ipv4Packet, 'typeOfService' | 'identification'> & Partial<Ipv4Packet>): Buffer {
  const bytes = encodeFields(header, {
    ...fields,
    versionAndHeaderWords: 0x40 | (headerBytes / 4),
    typeOfService,
    totalLength: headerBytes + payload.length,
    identification,
    flagsAndFragmentOffset: dontFragment,
    checksum: 0,
  })
  bytes.writeUInt16BE(internetChecksum(bytes), checksumOffset)
  return Buffer.concat([bytes, payload])
}
