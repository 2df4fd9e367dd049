import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import type { HtbClass } from '#netlink/class-htb.ts'
import type { Flower } from '#netlink/filter-flower.ts'
import { formatTcHandle } from '#netlink/tc-handle.ts'
import type { Tunnel } from './footprint.ts'

/** A tunnel interface. It is never changed: its name says all of it. */
export type LinkObject = { kind: 'link'; name: string } & Tunnel

export interface QdiscObject {
  kind: 'qdisc'
  type: 'htb' | 'fq_codel' | 'clsact'
  device: string
  /** A class, or a fixed place. */
  parent: number | 'root' | 'clsact'
  /** Absent: the kernel chooses. */
  handle?: number
}

export interface ClassObject {
  kind: 'class'
  device: string
  /** The qdisc, or the class above. */
  parent: number
  classId: number
  settings: HtbClass
  /** Whether classes stand below it; then the kernel keeps the first priority and quantum that it had. */
  inner?: boolean
}

/** Puts packets with a mark into a class. */
export interface MarkedFilterObject {
  kind: 'marked-filter'
  device: string
  parent: number
  /** What the mark has where the mask has ones. */
  mark: number
  mask: number
  classId: number
}

/** Does something with the packets that match, where they come in or go out. */
export interface PacketFilterObject {
  kind: 'packet-filter'
  device: string
  parent: 'ingress' | 'egress'
  protocol: 'ip' | 'all'
  /** The list. */
  priority: number
  handle: number
  fields: Flower
}

export interface NeighbourObject {
  kind: 'neighbour'
  device: string
  address: Ipv4Address
  linkAddress: LinkAddress
}

/** Of one address, in our table. */
export interface RouteObject {
  kind: 'route'
  destination: Ipv4Address
  device: string
}

/** Sends packets of a group's uplink to the group's table. */
export interface RuleObject {
  kind: 'rule'
  mark: number
  mask: number
  table: number
  /** An address that is not this host's own, to ask the kernel for its way. */
  probe: Ipv4Address
}

/** The only route of a group's table. */
export interface ReverseRouteObject {
  kind: 'reverse-route'
  table: number
  device: string
  /** A mark with which the rule leads to the table. */
  mark: number
  probe: Ipv4Address
}

/** One thing in the kernel that the datapath makes. */
export type KernelObject =
  | LinkObject
  | QdiscObject
  | ClassObject
  | MarkedFilterObject
  | PacketFilterObject
  | NeighbourObject
  | RouteObject
  | RuleObject
  | ReverseRouteObject

/** Two objects with one key cannot be in the kernel at once: the one takes the place of the other. */
export function keyOf(object: KernelObject): string {
  switch (object.kind) {
    case 'link':
      return `link ${object.name}`
    case 'qdisc':
      return `qdisc ${object.device} ${place(object.parent)}`
    case 'class':
      return `class ${object.device} ${formatTcHandle(object.classId)}`
    case 'marked-filter':
      return `filter ${object.device} ${place(object.parent)} ${object.mark}`
    case 'packet-filter':
      return `filter ${object.device} ${object.parent} ${object.priority} ${object.handle}`
    case 'neighbour':
      return `neighbour ${object.device} ${object.address}`
    case 'route':
      return `route ${object.destination}`
    case 'rule':
      return `rule ${object.mark}`
    case 'reverse-route':
      return `route default table ${object.table}`
  }
}

function place(parent: number | string): string {
  return typeof parent === 'number' ? formatTcHandle(parent) : parent
}
