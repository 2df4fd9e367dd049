import { isDeepStrictEqual } from 'node:util'
import { getClass, type TrafficClass } from '#netlink/class.ts'
import { type HtbClass, htbClass, readHtbClass } from '#netlink/class-htb.ts'
import { type Filter, getFilter } from '#netlink/filter.ts'
import { flower } from '#netlink/filter-flower.ts'
import { interfaceFlag } from '#netlink/interface-flag.ts'
import { getLink, type Link } from '#netlink/link.ts'
import { greFlag } from '#netlink/link-gre.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { getNeighbour, type Neighbour } from '#netlink/neighbour.ts'
import { getQdisc, type Qdisc } from '#netlink/qdisc.ts'
import { getRoute, type Route } from '#netlink/route.ts'
import type { KernelObject } from './kernel-object.ts'
import { filterKey, qdiscKey } from './kernel-object-message.ts'
import { owned } from './owned.ts'
import { packetFilterTerms } from './packet-filter-terms.ts'

/** What the kernel holds of an object. It fills in fields that we do not set, and those are not compared. */
export type Held = Readonly<Record<string, unknown> & { index?: number; settings?: HtbClass | undefined }>

/** Asks for one object; the answer is what is held of it. */
export function readBack(object: KernelObject): NetlinkRequest<Held> {
  switch (object.kind) {
    case 'link':
      return reading(getLink(object.name), heldLink)
    case 'qdisc':
      return reading(getQdisc(qdiscKey(object)), heldQdisc)
    case 'class':
      return reading(getClass(object), heldClass)
    case 'marked-filter':
    case 'packet-filter':
      return reading(getFilter(filterKey(object)), heldFilter)
    case 'neighbour':
      return reading(getNeighbour(object), heldNeighbour)
    case 'route':
      return reading(getRoute(object.destination, { fibMatch: true }), heldRoute)
    case 'rule':
    case 'reverse-route':
      // Rules cannot be asked for one by one: what they do tells that they are there.
      return reading(getRoute(object.probe, { fibMatch: true, mark: object.mark }), heldRoute)
  }
}

/** What must be held of an object. `indexOf` knows the interfaces that routes and copies name. */
export function expected(object: KernelObject, indexOf: (device: string) => unknown): Held {
  switch (object.kind) {
    case 'link': {
      const { encapsulation: kind, local, remote, key, udp } = object
      return { kind, local, remote, up: true, key, destinationPort: udp?.destinationPort }
    }
    case 'qdisc':
      return object.handle === undefined
        ? { kind: object.type }
        : { kind: object.type, handle: object.handle }
    case 'class': {
      const { priority, quantumBytes, ...settings } =
        readHtbClass(htbClass(object.settings).options.htb) ?? object.settings
      const parent = (object.parent & 0xffff) === 0 ? 'root' : object.parent
      return { parent, ...settings, ...(object.inner ? {} : { priority, quantumBytes }) }
    }
    case 'marked-filter':
      return { classId: object.classId, mask: object.mask }
    case 'packet-filter':
      return { packetFilter: packetFilterTerms(flower(object.fields).options.flower, indexOf) }
    case 'neighbour':
      return { linkAddress: object.linkAddress.toLowerCase(), state: 'permanent' }
    case 'route':
      return { table: owned.routeTable, protocol: owned.routeProtocol, device: indexOf(object.device) }
    case 'rule':
      return { table: object.table }
    case 'reverse-route':
      return { table: object.table, protocol: owned.routeProtocol, device: indexOf(object.device) }
  }
}

/** Asks for the index of an interface, by which routes name it in answers. */
export function readIndex(device: string): NetlinkRequest<Held> {
  return reading(getLink(device), ({ index }) => ({ index }))
}

/** The first field that is held otherwise than it should be, in words; undefined when all are right. */
export function difference(wanted: Held, held: Held): string | undefined {
  for (const [field, value] of Object.entries(wanted))
    if (!isDeepStrictEqual(held[field], value))
      return `${field} should be ${show(value)} and is ${show(held[field])}`
  return undefined
}

function show(value: unknown): string {
  return value === undefined ? 'absent' : String(value)
}

function reading<Answer>(
  request: NetlinkRequest<Answer>,
  read: (answer: Answer) => Held,
): NetlinkRequest<Held> {
  return { ...request, answer: (reply) => read(request.answer(reply)) }
}

function heldLink({ flags, info }: Link): Held {
  const { ipip, gre } = info?.data ?? {}
  const { local, remote, encapsulationType, encapsulationDestinationPort } = ipip ?? gre ?? {}
  const key = (gre?.inputFlags ?? 0) & greFlag.KEY ? gre?.inputKey : undefined
  // Without encapsulation the kernel says port 0.
  const hasPort = encapsulationType !== undefined && encapsulationType !== 'none'
  const destinationPort = hasPort ? encapsulationDestinationPort : undefined
  return { kind: info?.kind, local, remote, up: (flags & interfaceFlag.UP) !== 0, key, destinationPort }
}

function heldQdisc({ kind, handle }: Qdisc): Held {
  return { kind, handle }
}

function heldClass({ parent, options }: TrafficClass): Held {
  const settings = readHtbClass(options?.htb ?? {})
  return { parent, ...settings, settings }
}

function heldFilter({ options }: Filter): Held {
  return { ...options?.fw, packetFilter: options?.flower && packetFilterTerms(options.flower) }
}

function heldNeighbour({ linkAddress, state }: Neighbour): Held {
  return { linkAddress, state }
}

function heldRoute({ table, shortTable, protocol, device }: Route): Held {
  return { table: table ?? shortTable, protocol, device }
}
