/** Packets of a file that tcpdump has written, for captures of so many that tshark would take longer than the story. Pure. */

import { LabError } from '../lab-error.ts'

/** Bytes before the network layer, by the link type of the file: Ethernet, and two kinds of "any interface". */
const linkHeaders: Readonly<Record<number, number>> = { 1: 14, 113: 16, 276: 20 }
const fileHeader = 24
const recordHeader = 16

/** The network layer of each packet, as far as it was kept. @throws lab/command */
export function networkPackets(file: Buffer): Buffer[] {
  const linkHeader = linkHeaders[file.length < fileHeader ? -1 : file.readUInt32LE(20)]
  if (linkHeader === undefined)
    throw new LabError('lab/command', 'a capture is empty or of an unknown link type')
  const packets: Buffer[] = []
  for (let at = fileHeader; at + recordHeader <= file.length; ) {
    const length = file.readUInt32LE(at + 8)
    const begin = at + recordHeader
    packets.push(file.subarray(begin + linkHeader, begin + length))
    at = begin + length
  }
  return packets
}

export const protocols = { ipip: 4, tcp: 6, udp: 17 } as const

export interface Ipv4Packet {
  dscp: number
  identification: number
  protocol: number
  /** Of header and payload, in bytes, whatever was kept. */
  length: number
  payload: Buffer
}

/** RFC 791, section 3.1. */
export function ipv4Packet(bytes: Buffer): Ipv4Packet {
  return {
    dscp: bytes.readUInt8(1) >> 2,
    length: bytes.readUInt16BE(2),
    identification: bytes.readUInt16BE(4),
    protocol: bytes.readUInt8(9),
    payload: bytes.subarray((bytes.readUInt8(0) & 0xf) * 4),
  }
}
