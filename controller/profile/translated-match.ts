/**
 * Filters and flows that follow an address translator. Their author says who is meant as people outside of the translator say it: a
 * correspondent by his own address, a port of the subscriber as correspondents see it. The agents are inside, and meet packets whose
 * addresses are the others of the pair. Pure.
 */
import type { TranslatedAddress, TranslationMapping } from '#wire/diameter/translation-report.ts'
import type { ConditionSet, PartialProfile } from './control-condition.ts'
import type { Translation } from './facts.ts'
import type { Flow, PacketFilter } from './flow.ts'
import type { Direction, PacketMatch } from './packet-match.ts'

/** Of the base profile, and what is known of the translator. */
export interface TranslatedBase {
  filters: readonly PacketFilter[]
  flows: readonly Flow[]
  translation: Translation | undefined
}

/** The same, with lists in the place of the word. */
export function translatedSet(
  { filters, flows, ...rest }: ConditionSet,
  base: TranslatedBase,
): PartialProfile {
  const inside = (match: PacketMatch, direction: Direction) => seenInside(match, direction, base.translation)
  const translatedFilters = base.filters.map((filter) => ({
    ...filter,
    match: inside(filter.match, filter.direction),
  }))
  const translatedFlows = base.flows.map((flow) => ({ ...flow, match: inside(flow.match, 'downlink') }))
  return {
    ...rest,
    ...(filters && { filters: filters === 'translated' ? translatedFilters : filters }),
    ...(flows && { flows: flows === 'translated' ? translatedFlows : flows }),
  }
}

const protocolNumbers = { icmp: 1, tcp: 6, udp: 17, sctp: 132 } as const
const ownPort = { downlink: 'destinationPort', uplink: 'sourcePort' } as const

/** What does not stand in the translator's table stays as it is: a network, a range of ports, and what nobody translates. */
export function seenInside(
  match: PacketMatch,
  direction: Direction,
  { addresses = [], ports = [] }: Partial<Translation> = {},
): PacketMatch {
  const { source, destination, protocol } = match
  const name = ownPort[direction]
  const port = match[name]
  const mapped = typeof port === 'number' ? insidePort(protocol, port, ports) : undefined
  return {
    ...match,
    ...(source !== undefined && { source: insidePrefix(source, addresses) }),
    ...(destination !== undefined && { destination: insidePrefix(destination, addresses) }),
    ...(mapped !== undefined && { [name]: mapped }),
  }
}

function insidePrefix(prefix: string, addresses: readonly TranslatedAddress[]): string {
  const pair = addresses.find(({ outside }) => `${outside}/32` === prefix)
  return pair === undefined ? prefix : `${pair.inside}/32`
}

/** Of several addresses outside with that port, the first that the translator lists. */
function insidePort(
  protocol: PacketMatch['protocol'],
  port: number,
  ports: readonly TranslationMapping[],
): number | undefined {
  const number = typeof protocol === 'string' ? protocolNumbers[protocol] : protocol
  return ports.find((mapping) => mapping.protocol === number && mapping.outsidePort === port)?.insidePort
}
