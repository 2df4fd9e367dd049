import { deleteFilterList } from '#netlink/filter.ts'
import { deleteLink, dumpLinks } from '#netlink/link.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { deleteNeighbour, dumpNeighbours } from '#netlink/neighbour.ts'
import type { NetlinkError } from '#netlink/netlink-error.ts'
import { addQdisc, deleteQdisc, dumpQdiscs } from '#netlink/qdisc.ts'
import { clsact } from '#netlink/qdisc-clsact.ts'
import { htbQdisc } from '#netlink/qdisc-htb.ts'
import { deleteRoute, dumpRoutes } from '#netlink/route.ts'
import { addRule, deleteRule, dumpRules } from '#netlink/rule.ts'
import type { Result } from '#netlink/socket.ts'
import { DatapathError } from './datapath-error.ts'
import type { Shaper } from './desired-state.ts'
import { isMissing, type Kernel } from './kernel.ts'
import { owned } from './owned.ts'

/**
 * Removes what a former process left, children first: what bears our names and numbers (`owned`), on the
 * interfaces named, and nothing else. @throws datapath/rejected
 */
export async function prune(kernel: Kernel, { shapedInterface, markIngress }: Shaper): Promise<void> {
  const deletions = [
    ...(await ourRoutes(kernel)),
    ...(await ourNeighbours(kernel, shapedInterface)),
    ...(await ourRules(kernel)),
    ...markIngress.map((device) =>
      deleteFilterList({ device, parent: 'ingress', protocol: 'ip', priority: owned.filterPriority }),
    ),
    ...(await ourQdiscs(kernel, shapedInterface)),
    ...(await ourLinks(kernel)),
  ]
  assertDone(await kernel.transaction(deletions), 'what a former process left cannot be removed', isMissing)
}

/** Makes what all subscribers share and what stays when the last has left. @throws datapath/rejected */
export async function layBase(kernel: Kernel, { shapedInterface, markIngress }: Shaper): Promise<void> {
  const { rulePriority: priority, routeTable: table, routeProtocol: protocol, rootHandle: handle } = owned
  const base = [
    addRule({ priority, table, protocol }),
    addQdisc({ device: shapedInterface, parent: 'root', handle, type: htbQdisc() }),
  ]
  assertDone(await kernel.transaction(base), 'the datapath has no base to stand on', () => false)
  const places = markIngress.map((device) => addQdisc({ device, parent: 'clsact', type: clsact() }))
  // Others may have filters there too, so it may be there, and it is never removed.
  const exists = ({ errno }: NetlinkError) => errno === 'EEXIST'
  assertDone(await kernel.transaction(places), 'packets cannot be marked', exists)
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
  const { routeTable: table, routeProtocol: protocol } = owned
  // Asked for a table that never had a route, the kernel refuses.
  const routes = await Array.fromAsync(kernel.dump(dumpRoutes({ protocol })))
  return routes
    .filter((route) => (route.table ?? route.shortTable) === table && route.protocol === protocol)
    .map(({ destination = '', destinationLength }) =>
      deleteRoute({ destination: `${destination}/${destinationLength}`, table, protocol }),
    )
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
    .filter((priority) => priority >= owned.rulePriority && priority <= owned.lastRulePriority)
    .map((priority) => deleteRule({ priority }))
}

/** Only the root: all classes, filters and child qdiscs go with it. */
async function ourQdiscs(kernel: Kernel, device: string): Promise<NetlinkRequest<void>[]> {
  const qdiscs = await Array.fromAsync(kernel.dump(dumpQdiscs({ device })))
  return qdiscs
    .filter(({ parent, handle }) => parent === 'root' && handle === owned.rootHandle)
    .map(({ handle }) => deleteQdisc({ device, parent: 'root', handle }))
}

async function ourLinks(kernel: Kernel): Promise<NetlinkRequest<void>[]> {
  const links = await Array.fromAsync(kernel.dump(dumpLinks()))
  return links.flatMap(({ name = '' }) => (name.startsWith(owned.linkPrefix) ? [deleteLink(name)] : []))
}
