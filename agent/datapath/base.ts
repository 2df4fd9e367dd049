import { deleteFilterList, dumpFilters } from '#netlink/filter.ts'
import { deleteLink, dumpLinks, getLink } from '#netlink/link.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { deleteNeighbour, dumpNeighbours } from '#netlink/neighbour.ts'
import type { NetlinkError } from '#netlink/netlink-error.ts'
import { addQdisc, deleteQdisc, dumpQdiscs, type Qdisc } from '#netlink/qdisc.ts'
import { clsact } from '#netlink/qdisc-clsact.ts'
import { htbQdisc } from '#netlink/qdisc-htb.ts'
import { deleteRoute, dumpRoutes } from '#netlink/route.ts'
import { addRule, deleteRule, dumpRules } from '#netlink/rule.ts'
import type { Result } from '#netlink/socket.ts'
import { accessFilters } from './access-filters.ts'
import { DatapathError } from './datapath-error.ts'
import type { Shaper } from './desired-state.ts'
import { isMissing, type Kernel } from './kernel.ts'
import { messagesFor } from './kernel-object-message.ts'
import { isOwnedList, owned } from './owned.ts'
import type { Line } from './shaping.ts'

/**
 * Removes what a former process left, children first: what bears our names and numbers (`owned`), on the
 * interfaces named, and nothing else. @throws datapath/rejected
 */
export async function prune(kernel: Kernel, shaper: Shaper): Promise<void> {
  const lines = linesOf(shaper)
  const deletions = [
    ...(await ourRules(kernel)),
    ...(await ourRoutes(kernel)),
    ...(await ourNeighbours(kernel, shaper.shapedInterface)),
    ...(shaper.access ? await ourPacketFilters(kernel, shaper.access.interface) : []),
    ...(await Promise.all(lines.map((line) => ourQdiscs(kernel, line.interface)))).flat(),
    ...(await ourLinks(kernel)),
  ]
  assertDone(await kernel.transaction(deletions), 'what a former process left cannot be removed', isMissing)
}

/** Makes what all subscribers share and what stays when the last has left; what is there already stays. @throws datapath/rejected */
export async function layBase(kernel: Kernel, shaper: Shaper): Promise<void> {
  const { rulePriority: priority, routeTable: table, routeProtocol: protocol, rootHandle: handle } = owned
  const exists = ({ errno }: NetlinkError) => errno === 'EEXIST'
  const shared = [
    addRule({ priority, table, protocol }),
    // Others may have filters there too, so it may be there, and it is never removed.
    ...(shaper.access
      ? [addQdisc({ device: shaper.access.interface, parent: 'clsact', type: clsact() })]
      : []),
  ]
  assertDone(await kernel.transaction(shared), 'the datapath has no base to stand on', exists)
  const own: NetlinkRequest<void>[] = shaper.access
    ? accessFilters(shaper.access).map((filter) => messagesFor(filter).change)
    : []
  for (const { interface: device } of linesOf(shaper))
    if ((await ourQdiscs(kernel, device)).length === 0)
      own.push(addQdisc({ device, parent: 'root', handle, type: htbQdisc() }))
  assertDone(await kernel.transaction(own), 'the datapath has no base to stand on', () => false)
}

/** The interfaces that shape what they send. */
export function linesOf({ shapedInterface, shapedRateBitsPerSecond, uplink }: Shaper): Line[] {
  const downlink = { interface: shapedInterface, rateBitsPerSecond: shapedRateBitsPerSecond }
  return uplink ? [downlink, uplink] : [downlink]
}

function assertDone(
  results: readonly Result[],
  what: string,
  isFine: (error: NetlinkError) => boolean,
): void {
  for (const result of results)
    if (!result.ok && !isFine(result.error))
      throw new DatapathError('datapath/rejected', what, { cause: result.error })
}

async function ourRoutes(kernel: Kernel): Promise<NetlinkRequest<void>[]> {
  const { routeTable, reverseTables, routeProtocol: protocol } = owned
  // Asked for a table that never had a route, the kernel refuses.
  const routes = await Array.fromAsync(kernel.dump(dumpRoutes({ protocol })))
  const isOurs = (table: number) =>
    table === routeTable || (table >= reverseTables.first && table <= reverseTables.last)
  return routes.flatMap(({ destination, destinationLength, table: longTable, shortTable, ...route }) => {
    const table = longTable ?? shortTable
    if (!isOurs(table) || route.protocol !== protocol) return []
    const prefix = destination === undefined ? 'default' : `${destination}/${destinationLength}`
    return [deleteRoute({ destination: prefix, table, protocol })]
  })
}

async function ourNeighbours(kernel: Kernel, device: string): Promise<NetlinkRequest<void>[]> {
  const neighbours = await Array.fromAsync(kernel.dump(dumpNeighbours({ device })))
  return neighbours
    .filter(({ protocol }) => protocol === owned.routeProtocol)
    .map(({ address = '' }) => deleteNeighbour({ device, address }))
}

async function ourRules(kernel: Kernel): Promise<NetlinkRequest<void>[]> {
  const rules = await Array.fromAsync(kernel.dump(dumpRules()))
  return rules
    .flatMap(({ priority = 0 }) => priority)
    .filter((priority) => priority >= owned.reverseRulePriority && priority <= owned.lastRulePriority)
    .map((priority) => deleteRule({ priority }))
}

/** Our lists of filters; those of others stay. */
async function ourPacketFilters(kernel: Kernel, device: string): Promise<NetlinkRequest<void>[]> {
  if (!(await qdiscsOf(kernel, device)).some(({ parent }) => parent === 'clsact')) return []
  const place = { device, parent: 'ingress' } as const
  const filters = await Array.fromAsync(kernel.dump(dumpFilters(place)))
  // The drop at the end goes last: meanwhile nothing slips in.
  return [...new Set(filters.map(({ priority }) => priority))]
    .filter(isOwnedList)
    .sort((one, other) => one - other)
    .map((priority) => deleteFilterList({ ...place, protocol: 'ip', priority }))
}

/** Only the root: all classes, filters and child qdiscs go with it. */
async function ourQdiscs(kernel: Kernel, device: string): Promise<NetlinkRequest<void>[]> {
  return (await qdiscsOf(kernel, device))
    .filter(({ parent, handle }) => parent === 'root' && handle === owned.rootHandle)
    .map(({ handle }) => deleteQdisc({ device, parent: 'root', handle }))
}

/** The kernel tells those of all interfaces, whichever is asked for. */
async function qdiscsOf(kernel: Kernel, device: string): Promise<Qdisc[]> {
  const [link] = await kernel.transaction([getLink(device)])
  if (!link?.ok)
    throw new DatapathError('datapath/rejected', `no interface ${device}`, { cause: link?.error })
  const qdiscs = await Array.fromAsync(kernel.dump(dumpQdiscs({ device })))
  return qdiscs.filter((qdisc) => qdisc.device === link.reply.index)
}

async function ourLinks(kernel: Kernel): Promise<NetlinkRequest<void>[]> {
  const links = await Array.fromAsync(kernel.dump(dumpLinks()))
  return links.flatMap(({ name = '' }) => (name.startsWith(owned.linkPrefix) ? [deleteLink(name)] : []))
}
