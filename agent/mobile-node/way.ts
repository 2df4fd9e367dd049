/** What the kernel of a mobile node has to hold so that its home address works at a point of attachment. Pure. */
import { createHash } from 'node:crypto'
import type { Ipv4Address } from '#core/ipv4.ts'
import { deleteAddress, replaceAddress } from '#netlink/address.ts'
import { addLink, deleteLink } from '#netlink/link.ts'
import { gre } from '#netlink/link-gre.ts'
import { ipip } from '#netlink/link-ipip.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { deleteNeighbour, replaceNeighbour } from '#netlink/neighbour.ts'
import { deleteRoute, type NewRoute, replaceRoute } from '#netlink/route.ts'
import { addRule, deleteRule, type RuleKey } from '#netlink/rule.ts'
import { changeTunnel } from '#netlink/tunnel.ts'
import { owned } from '../datapath/owned.ts'
import type { HeardAgent } from './agent-discovery.ts'
import type { Way } from './registration-state.ts'

/** Marks what is ours among the kernel's routes, rules and neighbours. */
export const protocol = owned.routeProtocol
/** Tunnels of the node are `sj-n*`. */
export const tunnelPrefix = `${owned.linkPrefix}n`
export const mainTable = 254

/** Behind a default route without a metric, which the host's owner made; before those of DHCP clients. */
const defaultRouteMetric = 1
/** What the node sends from its care-of address goes by the host's own routes; all else looks up ours first. */
export const rulePriorities = { careOfAddress: 4346, ours: 4347 } as const

/** One thing in the kernel. Rows with one `id` take each other's place. */
export interface Row {
  id: string
  add: NetlinkRequest
  remove: NetlinkRequest
  /** For one that is there already, where `add` would be refused; `nothing` where it never changes. */
  change?: NetlinkRequest | 'nothing'
}

/** The interface, and the router of the visited link that its owner's default route names. */
export interface Place {
  device: string
  gateway: Ipv4Address | undefined
}

/** In the order in which the kernel can take them. */
export function rowsOf(way: Way, place: Place): Row[] {
  const { point } = way
  switch (point.kind) {
    case 'foreign-agent':
      return throughForeignAgent(way, point.agent, place)
    case 'co-located':
      return throughOwnAddress(way, point.careOfAddress, place)
    case 'home':
      return atHome(way, point.agent, place)
  }
}

export function homeAddressRow(homeAddress: Ipv4Address, device: string): Row {
  const address = { address: `${homeAddress}/32`, device }
  return {
    id: `address ${homeAddress} ${device}`,
    add: replaceAddress(address),
    remove: deleteAddress(address),
  }
}

/** The agent is reached by its link-layer address, for nothing of this network is the node's (RFC 5944, section 3.7.2.2). */
function throughForeignAgent(way: Way, { address, linkAddress }: HeardAgent, { device }: Place): Row[] {
  const { homeAddress, terms } = way
  const agent = [
    homeAddressRow(homeAddress, device),
    {
      id: `neighbour ${address}`,
      add: replaceNeighbour({ address, device, linkAddress, state: 'permanent', protocol }),
      remove: deleteNeighbour({ address, device }),
    },
    routeRow({ destination: address, device, preferredSource: homeAddress }),
  ]
  const byDefault = { destination: 'default', preferredSource: homeAddress, metric: defaultRouteMetric }
  if (terms.reverseTunnel !== 'encapsulating')
    return [...agent, routeRow({ ...byDefault, gateway: address, device, onLink: true })]
  const tunnel = tunnelRow(way, homeAddress, address)
  return [...agent, tunnel, routeRow({ ...byDefault, device: tunnel.name })]
}

function throughOwnAddress(way: Way, careOfAddress: Ipv4Address, { device, gateway }: Place): Row[] {
  const { homeAddress, homeAgent, terms } = way
  const tunnel = tunnelRow(way, careOfAddress, homeAgent)
  const rows = [tunnel, homeAddressRow(homeAddress, tunnel.name)]
  const byDefault = { destination: 'default', preferredSource: homeAddress, table: owned.routeTable }
  const back =
    terms.reverseTunnel !== undefined
      ? { ...byDefault, device: tunnel.name }
      : gateway !== undefined && { ...byDefault, device, gateway, onLink: true }
  if (!back) return rows // the host has no way out but its link
  return [
    ...rows,
    routeRow(back),
    ruleRow({ priority: rulePriorities.careOfAddress, from: `${careOfAddress}/32`, table: mainTable }),
    ruleRow({ priority: rulePriorities.ours, table: owned.routeTable }),
  ]
}

/** As any host of the home link. */
function atHome({ homeAddress }: Way, { address, prefix, router }: HeardAgent, { device }: Place): Row[] {
  const link = {
    destination: prefix ?? address,
    device,
    preferredSource: homeAddress,
    scope: 'link',
  } as const
  const byDefault = { destination: 'default', preferredSource: homeAddress, metric: defaultRouteMetric }
  return [
    homeAddressRow(homeAddress, device),
    routeRow(link),
    routeRow({ ...byDefault, gateway: router, device, onLink: true }),
  ]
}

function tunnelRow({ terms, greKeyToHomeAgent }: Way, local: Ipv4Address, remote: Ipv4Address) {
  const { encapsulation, greKey } = terms
  const outer = { local, remote, ttl: 64, tos: inherit }
  // The peer may know nothing of keys: then none is used either way (RFC 6245, section 4).
  const key =
    greKeyToHomeAgent === undefined || greKey === undefined
      ? undefined
      : { input: greKey, output: greKeyToHomeAgent }
  const type = encapsulation === 'ipip' ? ipip({ ...outer, mode: 'ipip' }) : gre({ ...outer, key })
  const all = JSON.stringify([encapsulation, local, remote, key?.input])
  const digest = createHash('sha256').update(all).digest().subarray(0, digestBytes)
  const name = `${tunnelPrefix}${digest.toString('base64url')}`
  return {
    name,
    id: `tunnel ${name}`,
    add: addLink({ name, type, up: true }),
    change: changeTunnel(name, type),
    remove: deleteLink(name),
  }
}

/** As type of service of a tunnel: that of the packet inside. */
const inherit = 1
/** Fills the 15 characters that a name may have. */
const digestBytes = 8

function routeRow(route: NewRoute): Row {
  const { destination, device, table = mainTable } = route
  return {
    id: routeId(destination, table),
    add: replaceRoute({ ...route, protocol }),
    remove: deleteRoute({
      destination,
      family: 'inet',
      table,
      protocol,
      ...(device !== undefined && { device }),
    }),
  }
}

/** Of one prefix and metric a table holds one route, whatever its device. */
export function routeId(destination: string, table: number): string {
  return `route ${destination} ${table}`
}

function ruleRow(rule: RuleKey): Row {
  const own = { ...rule, protocol }
  return { id: ruleId(rule), add: addRule(own), change: 'nothing', remove: deleteRule(own) }
}

export function ruleId({ priority, from = 'all', table }: RuleKey): string {
  return `rule ${priority} ${from} ${table}`
}
