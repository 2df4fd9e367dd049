import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import type { HtbClass } from '#netlink/class-htb.ts'
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
  /** The qdisc. All our classes stand at the top of theirs. */
  parent: number
  classId: number
  settings: HtbClass
}

/** Puts packets with a mark into a class. */
export interface MarkedFilterObject {
  kind: 'marked-filter'
  device: string
  parent: number
  mark: number
  mask: number
  classId: number
}

/** Marks the packets for a home address where they come in. */
export interface MarkingFilterObject {
  kind: 'marking-filter'
  device: string
  homeAddress: Ipv4Address
  mark: number
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

/** One thing in the kernel that the datapath makes. */
export type KernelObject =
  | LinkObject
  | QdiscObject
  | ClassObject
  | MarkedFilterObject
  | MarkingFilterObject
  | NeighbourObject
  | RouteObject

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
    case 'marking-filter':
      return `filter ${object.device} ingress ${object.homeAddress}`
    case 'neighbour':
      return `neighbour ${object.device} ${object.address}`
    case 'route':
      return `route ${object.destination}`
  }
}

function place(parent: number | string): string {
  return typeof parent === 'number' ? formatTcHandle(parent) : parent
}
