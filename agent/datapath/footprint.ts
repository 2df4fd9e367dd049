import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'

/** What a subscriber, or one of its flows, may have in one direction. */
export interface Shaping {
  rateBitsPerSecond: number
  ceilBitsPerSecond: number
  /** 0 to 7; the lowest number borrows first. */
  priority: number
}

export interface Tunnel {
  encapsulation: 'ipip' | 'gre'
  local: Ipv4Address
  remote: Ipv4Address
  /** Of gre, for both directions (RFC 6245). Tunnels with different keys are different tunnels. */
  key?: number
  /** UDP around it, for a node behind an address translator. The kernel needs its driver `fou`. */
  udp?: { sourcePort: number; destinationPort: number }
}

/**
 * How the node hands over what is to be tunnelled back (RFC 3024, section 5): as it is, or in a tunnel of its
 * own that ends at `agentAddress`; then what it sends outside of that is forwarded as it is.
 */
export type ReverseTunnel = { style: 'direct' } | { style: 'encapsulating'; agentAddress: Ipv4Address }

export type Ports = number | { first: number; last: number }

/** Packets between a home address and its correspondents. What is absent may be anything. */
export interface Match {
  /** Ports need tcp, udp or sctp. */
  protocol?: 'tcp' | 'udp' | 'sctp' | 'icmp' | number
  /** An address or prefix: source of the downlink, destination of the uplink. */
  correspondent?: string
  sourcePort?: Ports
  destinationPort?: Ports
}

export interface PacketFilter {
  direction: 'downlink' | 'uplink'
  match: Match
  action: 'drop' | 'pass'
}

/** A part of the downlink with a reservation of its own, out of what the subscriber has. */
export interface Flow {
  /** The same flow has the same name before and after a change. */
  name: string
  match: Match
  shaping: Shaping
  /** 0 to 63; that of the subscriber when absent. */
  dscp?: number
  /** For routers between the agents. Refused: no tunnel of ours carries one. */
  flowLabel?: number
}

/** What a footprint may have at most: each place in the order is a list of filters of its own in the kernel. */
export const footprintLimits = { copies: 3, furtherTunnels: 4, filters: 16, flows: 16 } as const

/** All that the kernel has to know of one subscriber. */
export interface SubscriberFootprint {
  homeAddress: Ipv4Address
  tunnel: Tunnel
  downlink: Shaping
  /**
   * Where packets for the home address go. Home agent: into the tunnel. Foreign agent: out of the access
   * interface, to the node's link address.
   */
  delivery: { via: 'tunnel' } | { via: 'access'; interface: string; linkAddress: LinkAddress }
  /**
   * Foreign agent: what the node sends is tunnelled back. Home agent: what comes back with the home address as
   * source is accepted; all else that a tunnel brings is dropped, everything when this is absent.
   */
  reverseTunnel?: ReverseTunnel
  /** Foreign agent. Tunnelled back as it is, it is shaped where it leaves; otherwise what exceeds `ceil` is dropped. */
  uplink?: Shaping
  /**
   * Home agent: further care-of addresses of the same node, which get a copy of each packet (RFC 5944, section
   * 3.8.1.2, and for the time of a handover). Each copy has a class of its own behind its tunnel, so that the
   * subscriber's rate is not divided among copies; the counters leave them out.
   */
  alsoDeliverTo?: readonly Tunnel[]
  /**
   * Foreign agent: what these bring for the home address is treated as what `tunnel` brings: from the previous
   * foreign agent, for the time of a handover, or from correspondents that know the care-of address.
   */
  alsoAcceptFrom?: readonly Tunnel[]
  /**
   * Foreign agent: all for the home address goes into this one, to the node's next foreign agent, in classes of its own on the
   * uplink's line, or limited at `ceil` where there is no such line. What this tunnel brings is dropped meanwhile. The access link keeps
   * all it needs for `delivery`, which holds again when this is taken away; the counters count what went out there, as the
   * next foreign agent counts the rest.
   */
  forwardTo?: Tunnel
  /** 0 to 63, written to the downlink and copied to the outer header. */
  dscp?: number
  /** The first that matches decides; what none matches passes. */
  filters?: readonly PacketFilter[]
  /** The first that matches decides. */
  flows?: readonly Flow[]
}

/** What the kernel holds, read back from it: rates are whole bytes per second there. */
export interface Applied {
  downlink: Shaping
  /** Absent where the uplink has no class. */
  uplink?: Shaping
  /** By name; absent where there are none. */
  flows?: Readonly<Record<string, Shaping>>
}
