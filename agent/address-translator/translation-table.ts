/** What the kernel's connections say of translation. Pure. */
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Connection, ConnectionTuple } from '#netlink/connection.ts'
import type { TranslationMapping } from '#wire/diameter/translation-report.ts'
import { isWithin } from '../route-optimization/network.ts'
import { addressesOf, isInPool, type Pool, type TranslationRules } from './config.ts'
import { connectionMark } from './translation-filters.ts'

/** A host inside, and what one of its ports is outside. Of ICMP, the identifier is the port. */
export interface Mapping extends TranslationMapping {
  insideAddress: Ipv4Address
}

interface End {
  address: Ipv4Address
  port: number
}

/** The mappings of hosts inside, each once, in a fixed order. */
export function mappingsOf(connections: readonly Connection[]): Mapping[] {
  const found = new Map<string, Mapping>()
  for (const connection of connections) {
    const mapping = mappingOf(connection)
    if (mapping) found.set(Object.values(mapping).join(' '), mapping)
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, mapping]) => mapping)
}

/** Undefined for a connection that is not ours, or whose addresses stay as they are. */
function mappingOf({ original, reply, mark }: Connection): Mapping | undefined {
  const sent = original && endsOf(original)
  const answered = reply && endsOf(reply)
  if (mark !== connectionMark || !sent || !answered) return undefined
  const begunInside = differ(sent.source, answered.destination)
  if (!begunInside && !differ(sent.destination, answered.source)) return undefined
  const [inside, outside] = begunInside
    ? [sent.source, answered.destination]
    : [answered.source, sent.destination]
  return {
    insideAddress: inside.address,
    protocol: sent.protocol,
    insidePort: inside.port,
    outsideAddress: outside.address,
    outsidePort: outside.port,
  }
}

function endsOf({
  addresses,
  protocol,
}: ConnectionTuple): { source: End; destination: End; protocol: number } | undefined {
  const { source, destination } = addresses ?? {}
  if (source === undefined || destination === undefined) return undefined
  const { number, icmpId, sourcePort = icmpId ?? 0, destinationPort = icmpId ?? 0 } = protocol ?? {}
  return {
    source: { address: source, port: sourcePort },
    destination: { address: destination, port: destinationPort },
    protocol: protocolNumber(number),
  }
}

const protocolNumbers = { icmp: 1, tcp: 6, udp: 17, gre: 47, 'ipv6-icmp': 58, sctp: 132 } as const

function protocolNumber(protocol: keyof typeof protocolNumbers | number = 0): number {
  return typeof protocol === 'number' ? protocol : protocolNumbers[protocol]
}

function differ(a: End, b: End): boolean {
  return a.address !== b.address || a.port !== b.port
}

/** What part of a pool's ports is taken, of the protocol that has the most: 0 to 1. */
export function poolUsed({ ports, ...range }: Pool, mappings: readonly Mapping[]): number {
  const taken = new Map<number, Set<string>>()
  for (const { protocol, outsideAddress, outsidePort } of mappings)
    if (isInPool(outsideAddress, range))
      taken.getOrInsertComputed(protocol, () => new Set()).add(`${outsideAddress}:${outsidePort}`)
  const most = Math.max(0, ...[...taken.values()].map(({ size }) => size))
  return Math.min(1, most / (addressesOf(range).length * (ports.last - ports.first + 1)))
}

/** Whether the rules would translate a connection of ours otherwise now. */
export function isStale(connection: Connection, rules: TranslationRules): boolean {
  const mapping = mappingOf(connection)
  if (mapping === undefined) return false
  const { insideAddress, outsideAddress, outsidePort } = mapping
  const own = rules.hosts.find(({ inside }) => inside === insideAddress)
  if (own) return own.outside !== outsideAddress
  const isMasqueraded = rules.masquerade.some(({ network }) => isWithin(insideAddress, [network]))
  const isOfPool = rules.pools.some(
    ({ ports, ...pool }) =>
      isInPool(outsideAddress, pool) && outsidePort >= ports.first && outsidePort <= ports.last,
  )
  return !(isMasqueraded && isOfPool)
}
