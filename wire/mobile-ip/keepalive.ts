/**
 * The keepalive of a UDP tunnel (RFC 3519, section 4.9): an ICMP echo request through the tunnel keeps the NAT's mapping, the answer
 * tells that it is kept.
 */
import type { Ipv4Address } from '#core/ipv4.ts'
import { octets, uint16 } from '../field.ts'
import { decodeIcmpMessage, encodeIcmpMessage, icmpTypes } from '../ip/icmp.ts'
import { decodeIpv4Packet, encodeIpv4Packet, ipProtocols } from '../ip/ipv4.ts'
import { decodeFields, encodeFields, type ValueOf } from '../layout.ts'
import type { MobileIpMessageOf } from './message.ts'
import { tunnelDataNextHeaders } from './tunnel-data.ts'

/** RFC 792, after the checksum. */
const echo = { identifier: uint16, sequence: uint16, data: octets() }

export interface Keepalive extends ValueOf<typeof echo> {
  kind: 'request' | 'reply'
  /** Of a request: the home address, or the care-of address where the foreign agent sends it. */
  source: Ipv4Address
  destination: Ipv4Address
}

const timeToLive = 64
const types = { request: icmpTypes.echoRequest, reply: icmpTypes.echoReply } as const

/** The tunnel data message that carries a keepalive. @throws WireError wire/unencodable */
export function keepaliveMessage(keepalive: Keepalive): MobileIpMessageOf<'tunnel-data'> {
  const { kind, source, destination, ...fields } = keepalive
  const payload = encodeIcmpMessage({ type: types[kind], code: 0, body: encodeFields(echo, fields) })
  const packet = encodeIpv4Packet({ source, destination, protocol: ipProtocols.icmp, timeToLive, payload })
  return { type: 'tunnel-data', nextHeader: tunnelDataNextHeaders.ipip, packet }
}

/**
 * The keepalive that a tunnel data message carries, or undefined where it carries another packet.
 * @throws WireError wire/truncated, wire/malformed where it is no sound packet
 */
export function keepaliveOf({
  nextHeader,
  packet,
}: Pick<MobileIpMessageOf<'tunnel-data'>, 'nextHeader' | 'packet'>): Keepalive | undefined {
  if (nextHeader !== tunnelDataNextHeaders.ipip) return undefined
  const { source, destination, protocol, payload } = decodeIpv4Packet(packet)
  if (protocol !== ipProtocols.icmp) return undefined
  const { type, code, body } = decodeIcmpMessage(payload)
  const kind = type === types.request ? 'request' : type === types.reply ? 'reply' : undefined
  if (kind === undefined || code !== 0) return undefined
  return { kind, source, destination, ...decodeFields(echo, body, 0, body.length) }
}

/** The answer of the home agent, which is the request with its ends exchanged. */
export function keepaliveReply({ source, destination, ...request }: Keepalive): Keepalive {
  return { ...request, kind: 'reply', source: destination, destination: source }
}
