import { encodeIpv4 } from '#core/ipv4.ts'
import { deleteClass, dumpClasses } from '#netlink/class.ts'
import { deleteFilter, dumpFilters, type Filter, type FilterKey, getFilter } from '#netlink/filter.ts'
import { deleteLink, dumpLinks } from '#netlink/link.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { deleteNeighbour, dumpNeighbours } from '#netlink/neighbour.ts'
import { deleteRoute, dumpRoutes } from '#netlink/route.ts'
import { deleteRule, dumpRules } from '#netlink/rule.ts'
import { formatTcHandle, tcHandle } from '#netlink/tc-handle.ts'
import { linesOf } from './base.ts'
import type { ClassId, ClassIds } from './class-id.ts'
import type { Shaper } from './desired-state.ts'
import type { SubscriberFootprint } from './footprint.ts'
import type { Kernel } from './kernel.ts'
import type { Leg } from './leg.ts'
import { isOwnedList, owned } from './owned.ts'
import { filterList, flowList } from './packet-filters.ts'
import { tunnelName } from './tunnel-name.ts'

/** Where the classes behind a tunnel are told of: by filters at one place of its interface, and on a line. */
interface Place {
  tunnel: string
  parent: 'ingress' | 'egress'
  line: string
}

function placesOf(
  { tunnel, alsoDeliverTo = [], forwardTo, delivery }: SubscriberFootprint,
  { shapedInterface: line, uplink }: Shaper,
): Place[] {
  const parent = delivery.via === 'tunnel' ? 'egress' : 'ingress'
  const served = [tunnel, ...alsoDeliverTo].map((way): Place => ({ tunnel: tunnelName(way), parent, line }))
  return forwardTo && uplink
    ? [...served, { tunnel: tunnelName(forwardTo), parent: 'egress', line: uplink.interface }]
    : served
}

/**
 * The classes that a subscriber has from a former process, by the marks that the kernel's filters set; they are given out to it.
 */
export async function findLegs(
  kernel: Kernel,
  shaper: Shaper,
  footprint: SubscriberFootprint,
  classIds: ClassIds,
): Promise<Map<string, Leg>> {
  const { flows = [], homeAddress } = footprint
  const handle = encodeIpv4(homeAddress).readUInt32BE()
  const legs = new Map<string, Leg>()
  for (const place of placesOf(footprint, shaper)) {
    const { tunnel: device, parent, line } = place
    const marking = (priority: number): FilterKey => ({
      ...{ device, parent, protocol: 'ip', priority, kind: 'flower', handle },
    })
    const marked = async (priority: number) => markOf(await filter(kernel, marking(priority)))
    const own = await marked(owned.lists.entry)
    if (own === undefined || !classIds.reserve(device, own)) continue
    const key = {
      ...({ device: line, parent: tcHandle(own.group), protocol: 'all', kind: 'fw' } as const),
      ...{ priority: owned.filterPriority, handle: own.number },
    }
    const target = (await filter(kernel, key))?.options?.fw?.classId
    const rest = target === undefined ? undefined : { group: own.group, number: target & 0xffff }
    if (rest === undefined || rest.number === own.number || !classIds.reserve(device, rest)) {
      classIds.release(own)
      continue
    }
    const named = new Map<string, ClassId>()
    for (const [position, flow] of flows.entries()) {
      const id = await marked(flowList(position, flow.match))
      if (id !== undefined && classIds.reserve(device, id)) named.set(flow.name, id)
    }
    const first = firstPacketFilter(footprint, place)
    const isOther = first !== undefined && (await filter(kernel, first)) !== undefined
    legs.set(device, { own, rest, flows: named, turn: isOther ? 1 : 0 })
  }
  return legs
}

/** Where the subscriber's first packet filter is, if they are in the other place. */
function firstPacketFilter(
  { filters = [], delivery, homeAddress }: SubscriberFootprint,
  { tunnel, parent }: Place,
): FilterKey | undefined {
  const downlink = filters.find(({ direction }) => direction === 'downlink')
  const first = downlink ?? filters[0]
  if (first === undefined) return undefined
  return {
    device: delivery.via === 'access' && !downlink ? delivery.interface : tunnel,
    parent: downlink ? parent : 'ingress',
    protocol: 'ip',
    priority: filterList(1, 0, first.match),
    kind: 'flower',
    handle: encodeIpv4(homeAddress).readUInt32BE(),
  }
}

async function filter(kernel: Kernel, key: FilterKey): Promise<Filter | undefined> {
  // Where the interface is missing too there is no filter.
  const [found] = await kernel.transaction([getFilter(key)])
  return found?.ok ? found.reply : undefined
}

function markOf(found: Filter | undefined): ClassId | undefined {
  const marks = found?.options?.flower?.actions?.flatMap(({ options }) => options?.skbedit?.mark ?? [])
  const mark = marks?.[0]
  return mark === undefined ? undefined : { group: (mark & ~owned.uplinkMark) >>> 16, number: mark & 0xffff }
}

/** Removals of what bears our names and numbers and nobody holds, children first. @param holds tells by the object's key */
export async function strangers(
  kernel: Kernel,
  shaper: Shaper,
  holds: (key: string) => boolean,
): Promise<NetlinkRequest<void>[]> {
  const all = <Item>(request: NetlinkRequest<Item>) => Array.fromAsync(kernel.dump(request))
  const { routeProtocol: protocol, rootHandle } = owned
  const rules = (await all(dumpRules())).flatMap(({ priority, fwMark, fwMask, table }) =>
    priority === owned.reverseRulePriority && fwMark !== undefined && !holds(`rule ${fwMark}`)
      ? [
          deleteRule({
            priority,
            fwMark,
            ...(fwMask !== undefined && { fwMask }),
            ...(table !== undefined && { table }),
          }),
        ]
      : [],
  )
  const routes = (await all(dumpRoutes({ protocol }))).flatMap((route) => {
    const { destination, destinationLength, table = route.shortTable } = route
    const { first, last } = owned.reverseTables
    if (table !== owned.routeTable && (table < first || table > last)) return []
    const isHeld =
      destination === undefined ? holds(`route default table ${table}`) : holds(`route ${destination}`)
    const prefix = destination === undefined ? 'default' : `${destination}/${destinationLength}`
    return isHeld || route.protocol !== protocol
      ? []
      : [deleteRoute({ destination: prefix, table, protocol })]
  })
  const device = shaper.shapedInterface
  const neighbours = (await all(dumpNeighbours({ device }))).flatMap(({ address = '', protocol: maker }) =>
    maker === protocol && !holds(`neighbour ${device} ${address}`)
      ? [deleteNeighbour({ device, address })]
      : [],
  )
  const links = (await all(dumpLinks())).flatMap(({ name = '' }) =>
    name.startsWith(owned.linkPrefix) ? [name] : [],
  )
  const kept = links.filter((name) => holds(`link ${name}`))
  const filters: NetlinkRequest<void>[] = []
  const places = [
    ...kept.flatMap((name) => [
      { device: name, parent: 'ingress' } as const,
      { device: name, parent: 'egress' } as const,
    ]),
    ...(shaper.access ? [{ device: shaper.access.interface, parent: 'ingress' } as const] : []),
  ]
  const { signalling, end } = owned.lists
  for (const place of places)
    for (const { handle, priority, protocol: etherType, kind } of await all(dumpFilters(place))) {
      const isBase =
        place.device === shaper.access?.interface && (priority === signalling || priority === end)
      const isOurs = place.device !== shaper.access?.interface || isOwnedList(priority)
      // A list is told of before its filters, with handle 0.
      if (handle === 0 || kind !== 'flower' || isBase || !isOurs) continue
      if (!holds(`filter ${place.device} ${place.parent} ${priority} ${handle}`))
        filters.push(
          deleteFilter({ ...place, protocol: etherType === 'all' ? 'all' : 'ip', priority, kind, handle }),
        )
    }
  const classes: NetlinkRequest<void>[] = []
  for (const { interface: line } of linesOf(shaper)) {
    const found = await all(dumpClasses({ device: line }))
    const groups = found.filter(({ classId }) => classId >>> 16 === rootHandle >>> 16)
    for (const parent of [rootHandle, ...groups.map(({ classId }) => tcHandle(classId & 0xffff))])
      for (const { handle, kind } of await all(dumpFilters({ device: line, parent })))
        if (handle !== 0 && kind === 'fw' && !holds(`filter ${line} ${formatTcHandle(parent)} ${handle}`))
          filters.push(
            deleteFilter({
              device: line,
              parent,
              protocol: 'all',
              priority: owned.filterPriority,
              kind,
              handle,
            }),
          )
    const depth = (entry: (typeof found)[number]) =>
      groups.includes(entry) ? 0 : entry.parent === 'root' ? 1 : 2
    classes.push(
      ...found
        .filter((entry) => !holds(`class ${line} ${formatTcHandle(entry.classId)}`))
        .sort((one, other) => depth(other) - depth(one))
        .map(({ classId }) => deleteClass({ device: line, classId })),
    )
  }
  const gone = links.filter((name) => !kept.includes(name))
  return [...rules, ...routes, ...neighbours, ...filters, ...classes, ...gone.map((name) => deleteLink(name))]
}
