/** Which packets a rule of a service profile means, as an RFC 5777 Classifier says it. */
import { decodeIpv4, encodeIpv4, isIpv4Address } from '#core/ipv4.ts'
import type { AvpValue } from './avps.ts'
import { dictionary } from './dictionary.ts'

export type Direction = 'downlink' | 'uplink'
export type Ports = number | { first: number; last: number }

/** Packets between the home address and a correspondent. What is absent may be anything. */
export interface PacketMatch {
  /** Ports need tcp, udp or sctp. These four are told by their names, never by their numbers. */
  protocol?: 'tcp' | 'udp' | 'sctp' | 'icmp' | number
  /** An IPv4 address or prefix: source of the downlink, destination of the uplink. */
  correspondent?: string
  sourcePort?: Ports
  destinationPort?: Ports
}

type Classifier = AvpValue<'Classifier'>
type Spec = AvpValue<'From-Spec'>

const protocolNumbers = { icmp: 1, tcp: 6, udp: 17, sctp: 132 } as const
const withPorts: readonly PacketMatch['protocol'][] = ['tcp', 'udp', 'sctp']

/** OUT is towards the managed terminal (RFC 5777, section 4.1.4). */
export const directions: Readonly<Record<Direction, number>> = {
  downlink: dictionary.Direction.values.OUT,
  uplink: dictionary.Direction.values.IN,
}

/** The members of a Classifier. */
export function encodeMatch(match: PacketMatch, direction: Direction): Omit<Classifier, 'Classifier-ID'> {
  const { protocol, correspondent, sourcePort, destinationPort } = match
  const far = correspondent === undefined ? {} : encodeCorrespondent(correspondent)
  const from: Spec = { ...(direction === 'downlink' && far), ...encodePorts(sourcePort) }
  const to: Spec = { ...(direction === 'uplink' && far), ...encodePorts(destinationPort) }
  return {
    ...(protocol !== undefined && {
      Protocol: typeof protocol === 'number' ? protocol : protocolNumbers[protocol],
    }),
    Direction: directions[direction],
    ...(Object.keys(from).length > 0 && { 'From-Spec': [from] }),
    ...(Object.keys(to).length > 0 && { 'To-Spec': [to] }),
  }
}

/**
 * Reads a Classifier. One that asks for more than a PacketMatch can say is refused: taken without that it would mean other packets.
 * @returns why not, as text, for one that cannot be served
 */
export function decodeMatch(classifier: Classifier): { direction: Direction; match: PacketMatch } | string {
  const {
    'Classifier-ID': _,
    Protocol,
    Direction,
    'From-Spec': from = [],
    'To-Spec': to = [],
    ...rest
  } = classifier
  const direction = (['downlink', 'uplink'] as const).find((name) => directions[name] === Direction)
  if (direction === undefined) return 'its Direction is neither IN nor OUT'
  const [beyond] = Object.keys(rest)
  if (beyond !== undefined) return notServed(beyond)
  if (from.length > 1 || to.length > 1) return 'more than one From-Spec or To-Spec is not served'
  const source = decodeSpec(from[0] ?? {})
  const destination = decodeSpec(to[0] ?? {})
  if (typeof source === 'string') return source
  if (typeof destination === 'string') return destination
  const [far, own] = direction === 'downlink' ? [source, destination] : [destination, source]
  if (own.address !== undefined) return "it names an address at the subscriber's own end"
  const protocol = decodeProtocol(Protocol)
  if (protocol === null) return `Protocol ${Protocol} is none`
  const match: PacketMatch = {
    ...(protocol !== undefined && { protocol }),
    ...(far.address !== undefined && { correspondent: far.address }),
    ...(source.ports !== undefined && { sourcePort: source.ports }),
    ...(destination.ports !== undefined && { destinationPort: destination.ports }),
  }
  if ((source.ports ?? destination.ports) !== undefined && !withPorts.includes(protocol))
    return 'ports need the protocol TCP, UDP or SCTP'
  return { direction, match }
}

function encodeCorrespondent(correspondent: string): Spec {
  const [address = '', length] = correspondent.split('/')
  if (length === undefined) return { 'IP-Address': [address] }
  return { 'IP-Address-Mask': [{ 'IP-Address': address, 'IP-Mask-Bit-Mask-Width': Number(length) }] }
}

function encodePorts(ports: Ports | undefined): Spec {
  if (ports === undefined) return {}
  if (typeof ports === 'number') return { Port: [ports] }
  return { 'Port-Range': [{ 'Port-Start': ports.first, 'Port-End': ports.last }] }
}

function decodeProtocol(number: number | undefined): PacketMatch['protocol'] | null {
  if (number === undefined) return undefined
  if (number < 0 || number > 255) return null
  const named = Object.entries(protocolNumbers).find(([, value]) => value === number)
  return named ? (named[0] as keyof typeof protocolNumbers) : number
}

function decodeSpec(spec: Spec): { address?: string; ports?: Ports } | string {
  const {
    'IP-Address': addresses = [],
    'IP-Address-Mask': prefixes = [],
    Port: single = [],
    ...others
  } = spec
  const { 'Port-Range': ranges = [], ...rest } = others
  const [beyond] = Object.keys(rest)
  if (beyond !== undefined) return notServed(beyond)
  if (addresses.length + prefixes.length > 1 || single.length + ranges.length > 1)
    return 'more than one address or port at one end is not served'
  const address = addresses[0] ?? decodePrefix(prefixes[0])
  if (address !== undefined && !isIpv4Address(address.split('/')[0] ?? '')) return `${address} is not IPv4`
  const ports = single[0] ?? decodeRange(ranges[0])
  const { first, last } = typeof ports === 'object' ? ports : { first: ports ?? 1, last: ports ?? 1 }
  if (!(first >= 1 && first <= last && last <= 65_535)) return `${first} to ${last} are no ports`
  return { ...(address !== undefined && { address }), ...(ports !== undefined && { ports }) }
}

/** A length beyond 32 makes it no IPv4 prefix; bits behind the length mean nothing. */
function decodePrefix(prefix: AvpValue<'IP-Address-Mask'> | undefined): string | undefined {
  if (prefix === undefined) return undefined
  const { 'IP-Address': address, 'IP-Mask-Bit-Mask-Width': length } = prefix
  if (!isIpv4Address(address) || length > 32) return `(${address}/${length})`
  const mask = length === 0 ? 0 : (-1 << (32 - length)) >>> 0
  const network = Buffer.alloc(4)
  network.writeUInt32BE((encodeIpv4(address).readUInt32BE() & mask) >>> 0)
  return `${decodeIpv4(network)}/${length}`
}

/** An absent end is open (RFC 5777, section 4.1.7.15). */
function decodeRange(range: AvpValue<'Port-Range'> | undefined): Ports | undefined {
  if (range === undefined) return undefined
  return { first: range['Port-Start'] ?? 1, last: range['Port-End'] ?? 65_535 }
}

/** @param member a name in the dictionary, or `unknown` for what it lacks */
function notServed(member: string): string {
  return member === 'unknown' ? 'it has an AVP that is not known here' : `${member} is not served`
}
