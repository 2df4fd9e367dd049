import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'

/** What a subscriber may have of the downlink. */
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
}

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
}

/** What the kernel holds, read back from it: rates are whole bytes per second there. */
export interface Applied {
  downlink: Shaping
}
