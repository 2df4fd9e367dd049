import { addClass, changeClass, deleteClass } from '#netlink/class.ts'
import { htbClass } from '#netlink/class-htb.ts'
import { addFilter, deleteFilter, type FilterKey, replaceFilter } from '#netlink/filter.ts'
import { flower } from '#netlink/filter-flower.ts'
import { fw } from '#netlink/filter-fw.ts'
import { addLink, deleteLink, setLink } from '#netlink/link.ts'
import { gre } from '#netlink/link-gre.ts'
import { ipip } from '#netlink/link-ipip.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { deleteNeighbour, replaceNeighbour } from '#netlink/neighbour.ts'
import { addQdisc, deleteQdisc, replaceQdisc } from '#netlink/qdisc.ts'
import { clsact } from '#netlink/qdisc-clsact.ts'
import { fqCodel } from '#netlink/qdisc-fq-codel.ts'
import { htbQdisc } from '#netlink/qdisc-htb.ts'
import { addRoute, deleteRoute, replaceRoute } from '#netlink/route.ts'
import { addRule, deleteRule } from '#netlink/rule.ts'
import type {
  KernelObject,
  LinkObject,
  MarkedFilterObject,
  PacketFilterObject,
  QdiscObject,
  ReverseRouteObject,
  RouteObject,
  RuleObject,
} from './kernel-object.ts'
import { owned } from './owned.ts'

/**
 * The messages that put an object into the kernel, give the one with its key its values without a gap, and
 * take it away.
 */
export interface ObjectMessages {
  add: NetlinkRequest
  change: NetlinkRequest
  remove: NetlinkRequest
}

export function messagesFor(object: KernelObject): ObjectMessages {
  switch (object.kind) {
    case 'link':
      return {
        add: addLink({ name: object.name, type: tunnelType(object), up: true }),
        change: setLink(object.name, { up: true }),
        remove: deleteLink(object.name),
      }
    case 'qdisc': {
      const qdisc = { ...qdiscKey(object), type: qdiscTypes[object.type]() }
      return { add: addQdisc(qdisc), change: replaceQdisc(qdisc), remove: deleteQdisc(qdiscKey(object)) }
    }
    case 'class': {
      const { device, parent, classId, settings } = object
      const value = { device, parent, classId, type: htbClass(settings) }
      return { add: addClass(value), change: changeClass(value), remove: deleteClass(value) }
    }
    case 'marked-filter':
    case 'packet-filter': {
      const filter = { ...filterKey(object), type: filterType(object) }
      return {
        add: addFilter(filter),
        change: replaceFilter(filter),
        remove: deleteFilter(filterKey(object)),
      }
    }
    case 'neighbour': {
      const { device, address, linkAddress } = object
      // The kernel may have asked for the address itself before, and keep what it heard or that nobody did.
      const replace = replaceNeighbour({ device, address, linkAddress, protocol: owned.routeProtocol })
      return { add: replace, change: replace, remove: deleteNeighbour({ device, address }) }
    }
    case 'route':
    case 'reverse-route': {
      const route = routeValue(object)
      return { add: addRoute(route), change: replaceRoute(route), remove: deleteRoute(route) }
    }
    case 'rule': {
      const rule = ruleValue(object)
      // It is never changed: mark and table are both of the group.
      return { add: addRule(rule), change: addRule(rule), remove: deleteRule(rule) }
    }
  }
}

/** The kernel takes the MTU from the way to the other end; fragments are left to the sender of the packet. */
function tunnelType({ encapsulation, local, remote, key, udp }: LinkObject) {
  const outer = { local, remote, ttl: 64, tos: inherit }
  const tunnel = udp === undefined ? outer : { ...outer, encapsulation: { type: 'fou', ...udp } as const }
  return encapsulation === 'ipip' ? ipip(tunnel) : gre({ ...tunnel, key })
}

/** As type of service of a tunnel: that of the packet inside. */
const inherit = 1

const qdiscTypes = { htb: () => htbQdisc(), fq_codel: () => fqCodel(), clsact }

export function qdiscKey({ device, parent, handle }: QdiscObject) {
  return { device, parent, ...(handle === undefined ? {} : { handle }) }
}

export function filterKey(object: MarkedFilterObject | PacketFilterObject): FilterKey {
  const { device, parent } = object
  if (object.kind === 'packet-filter') {
    const { protocol, priority, handle } = object
    return { device, parent, protocol, priority, kind: 'flower', handle }
  }
  const priority = owned.filterPriority
  return { device, parent, protocol: 'all', priority, kind: 'fw', handle: object.mark }
}

function filterType(object: MarkedFilterObject | PacketFilterObject) {
  if (object.kind === 'marked-filter') return fw({ classId: object.classId, mask: object.mask })
  return flower(object.fields)
}

function routeValue(object: RouteObject | ReverseRouteObject) {
  const { device } = object
  const protocol = owned.routeProtocol
  if (object.kind === 'reverse-route')
    return { destination: 'default', device, table: object.table, protocol }
  return { destination: object.destination, device, table: owned.routeTable, protocol }
}

function ruleValue({ mark: fwMark, mask: fwMask, table }: RuleObject) {
  return { priority: owned.reverseRulePriority, fwMark, fwMask, table, protocol: owned.routeProtocol }
}
