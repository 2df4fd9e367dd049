import type { Ipv4Address } from '#core/ipv4.ts'
import { limitedBroadcast } from '#core/ipv4.ts'
import { gact } from '#netlink/action-gact.ts'
import type { Flower } from '#netlink/filter-flower.ts'
import type { PacketFilterObject } from './kernel-object.ts'
import { owned } from './owned.ts'
import { dropTheRest } from './packet-filters.ts'

/** The link of a foreign agent to its visitors. */
export interface Access {
  interface: string
  /** The agent's own, where registrations and solicitations may be sent: that on the link, and the care-of address. */
  addresses: readonly Ipv4Address[]
}

/** Whom a node may solicit that does not know an agent yet (RFC 5944, sections 2.1.1 and 2.3). */
const anyAgent: readonly Ipv4Address[] = [limitedBroadcast, '224.0.0.2', '224.0.0.11']

const registration: Flower = { ipProtocol: 'udp', destinationPort: 434 }
const solicitation: Flower = { ipProtocol: 'icmp', icmpType: 10 }

/**
 * What the agent takes from nodes that it does not know: registrations and solicitations to itself. All other IPv4 that is not from
 * a registered visitor is dropped, lest one sends as another.
 */
export function accessFilters({ interface: device, addresses }: Access): PacketFilterObject[] {
  const destinations = [...new Set([...addresses, ...anyAgent])]
  const signalling = destinations.flatMap((destination) =>
    [registration, solicitation].map((message) => ({ ...message, destination })),
  )
  return [
    ...signalling.map(
      (fields, position): PacketFilterObject => ({
        kind: 'packet-filter',
        device,
        parent: 'ingress',
        protocol: 'ip',
        priority: owned.lists.signalling,
        handle: position + 1,
        fields: { ...fields, actions: [gact('pass')] },
      }),
    ),
    dropTheRest(device, 'ip'),
  ]
}
