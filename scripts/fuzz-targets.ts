/** What `fuzz-wire.ts` attacks: a row per decoder, with the packets that it begins from. */

import { decodeMessage, encodeMessage } from '#wire/diameter/message.ts'
import { decodeRawMessage, encodeRawMessage } from '#wire/diameter/raw-message.ts'
import { diameterMessages, malformedDiameterMessages } from '#wire/golden/diameter-vectors.ts'
import { readVectors } from '#wire/golden/vectors.ts'
import { internetChecksum } from '#wire/ip/checksum.ts'
import { decodeEthernetFrame, encodeEthernetFrame, etherTypes } from '#wire/ip/ethernet.ts'
import { decodeIcmpMessage, encodeIcmpMessage } from '#wire/ip/icmp.ts'
import { decodeIpv4Packet, encodeIpv4Packet } from '#wire/ip/ipv4.ts'
import { decodeUdpDatagram, encodeUdpDatagram } from '#wire/ip/udp.ts'
import { decodeAgentAdvertisement, encodeAgentAdvertisement } from '#wire/mobile-ip/agent-advertisement.ts'
import { decodeAgentSolicitation, encodeAgentSolicitation } from '#wire/mobile-ip/agent-solicitation.ts'
import { decodeMobileIpMessage, encodeMobileIpMessage } from '#wire/mobile-ip/message.ts'

export interface Target {
  name: string
  seeds: readonly Buffer[]
  /** Decodes a packet; what comes back encodes the value, decodes that, and gives both values. */
  decode(bytes: Buffer): () => [unknown, unknown]
  /** Sets checksum or length right in place, so that the fault goes deeper. */
  repair?(bytes: Buffer): void
}

function target<Value>(
  name: string,
  seeds: readonly Buffer[],
  decode: (bytes: Buffer) => Value,
  encode: (value: Value) => Buffer,
  repair?: (bytes: Buffer) => void,
): Target {
  const roundTrip = (bytes: Buffer) => {
    const value = decode(bytes)
    return (): [Value, Value] => [value, decode(encode(value))]
  }
  return { name, seeds, decode: roundTrip, ...(repair && { repair }) }
}

const bytesOf = (vectors: readonly { bytes: Buffer }[]): Buffer[] => vectors.map(({ bytes }) => bytes)
const icmp = bytesOf(readVectors('icmp-agent-advertisement'))
const mobileIp = bytesOf([...readVectors('mip'), ...readVectors('mip-malformed')])
const diameter = bytesOf([...diameterMessages, ...malformedDiameterMessages])
const endpoints = { source: '192.0.2.1', destination: '198.51.100.2' }
const datagrams = mobileIp.map((payload) =>
  encodeUdpDatagram({ sourcePort: 434, destinationPort: 434, payload }, endpoints),
)
const packets = datagrams.map((payload) =>
  encodeIpv4Packet({ ...endpoints, protocol: 17, timeToLive: 64, payload }),
)
const hosts = { destination: '02:00:00:00:00:01', source: '02:00:00:00:00:0a' }
const frames = packets.map((payload) =>
  encodeEthernetFrame({ ...hosts, etherType: etherTypes.ipv4, payload }),
)

export const targets: readonly Target[] = [
  target('mobile-ip', mobileIp, decodeMobileIpMessage, encodeMobileIpMessage),
  target('agent-advertisement', icmp, decodeAgentAdvertisement, encodeAgentAdvertisement, icmpChecksum),
  target('agent-solicitation', icmp, decodeAgentSolicitation, encodeAgentSolicitation, icmpChecksum),
  target('diameter', diameter, decodeMessage, encodeMessage, diameterLength),
  target('diameter raw', diameter, decodeRawMessage, encodeRawMessage, diameterLength),
  target('icmp', icmp, decodeIcmpMessage, encodeIcmpMessage, icmpChecksum),
  target('ipv4', packets, decodeIpv4Packet, encodeIpv4Packet, ipv4Checksum),
  target('udp', datagrams, decodeDatagram, (datagram) => encodeUdpDatagram(datagram, endpoints)),
  target('ethernet', frames, decodeEthernetFrame, encodeEthernetFrame),
]

/** Whether the checksum is right is said of the bytes, not of the value. */
function decodeDatagram(bytes: Buffer) {
  const { checksum: _, ...datagram } = decodeUdpDatagram(bytes, endpoints)
  return datagram
}

function setChecksum(bytes: Buffer, covered: Buffer, offset: number): void {
  if (bytes.length < offset + 2) return
  bytes.writeUInt16BE(0, offset)
  bytes.writeUInt16BE(internetChecksum(covered), offset)
}

function icmpChecksum(bytes: Buffer): void {
  setChecksum(bytes, bytes, 2)
}

function ipv4Checksum(bytes: Buffer): void {
  setChecksum(bytes, bytes.subarray(0, 4 * ((bytes[0] ?? 0) & 0x0f)), 10)
}

function diameterLength(bytes: Buffer): void {
  if (bytes.length >= 4) bytes.writeUIntBE(bytes.length, 1, 3)
}
