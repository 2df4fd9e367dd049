import { encodeIpv4 } from '#core/ipv4.ts'
import { skbedit } from '#netlink/action-skbedit.ts'
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
import type {
  KernelObject,
  LinkObject,
  MarkedFilterObject,
  MarkingFilterObject,
  QdiscObject,
  RouteObject,
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
    case 'marking-filter': {
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
    case 'route': {
      const route = routeValue(object)
      return { add: addRoute(route), change: replaceRoute(route), remove: deleteRoute(route) }
    }
  }
}

function tunnelType({ encapsulation, local, remote }: LinkObject) {
  const tunnel = { local, remote, ttl: 64 }
  return encapsulation === 'ipip' ? ipip(tunnel) : gre(tunnel)
}

const qdiscTypes = { htb: () => htbQdisc(), fq_codel: () => fqCodel(), clsact }

export function qdiscKey({ device, parent, handle }: QdiscObject) {
  return { device, parent, ...(handle === undefined ? {} : { handle }) }
}

/**
 * The handle of a marking filter is the home address: one filter for it, whatever its mark, and found again
 * without a list.
 */
export function filterKey(object: MarkedFilterObject | MarkingFilterObject): FilterKey {
  const { device } = object
  const priority = owned.filterPriority
  if (object.kind === 'marked-filter')
    return { device, parent: object.parent, protocol: 'all', priority, kind: 'fw', handle: object.mark }
  const handle = encodeIpv4(object.homeAddress).readUInt32BE()
  return { device, parent: 'ingress', protocol: 'ip', priority, kind: 'flower', handle }
}

function filterType(object: MarkedFilterObject | MarkingFilterObject) {
  if (object.kind === 'marked-filter') return fw({ classId: object.classId, mask: object.mask })
  return flower({ destination: object.homeAddress, actions: [skbedit({ mark: object.mark })] })
}

function routeValue({ destination, device }: RouteObject) {
  return { destination, device, table: owned.routeTable, protocol: owned.routeProtocol }
}
