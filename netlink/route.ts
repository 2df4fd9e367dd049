/** Routes (`RTM_*ROUTE`; linux/rtnetlink.h). */
import { familyOf } from './address-family.ts'
import type { Decoded } from './attribute.ts'
import { parsePrefix } from './ip-address.ts'
import type { IpProtocol } from './ip-protocol.ts'
import { command, MessageFormat, NLM_F, query, verbFlags } from './message.ts'
import {
  type RouteInput,
  type RouteType,
  RTM_ROUTE,
  routeAttributes,
  routeFlag,
  routeHeader,
  routeProtocol,
} from './route-attribute.ts'
import { encapsulationAttributes, type RouteEncapsulation } from './route-encapsulation.ts'
import { impliedTable, renderRoute, scopeByType } from './route-line.ts'
import { type RouteMetrics, routeMetricsValue } from './route-metric.ts'
import { gatewayAttributes, type NextHop, nextHopFlag, nextHopValue } from './route-nexthop.ts'
import type { Realms } from './route-realm.ts'

export { type RouteType, RTM_ROUTE, routeFlag, routeProtocol, routeTable } from './route-attribute.ts'

export const routeMessage = new MessageFormat(routeHeader, routeAttributes, renderRoute)
export type Route = Decoded<typeof routeMessage>

export interface RouteKey {
  /** `192.0.2.0/24`, a bare address, or `default`. */
  destination: string
  /** Family of a default route, where no gateway tells; inet when absent. */
  family?: 'inet' | 'inet6'
  /** For packets from this prefix only; IPv6. */
  source?: string
  tos?: number
  table?: number
  metric?: number
  type?: RouteType
  device?: string | number
  /** May be of the other family than the destination, which `family` then names for a default route. */
  gateway?: string
  /** A nexthop object, instead of gateway and device. */
  nexthopId?: number
  encapsulation?: RouteEncapsulation
  /** `routeProtocol`, or a number of the caller's own. */
  protocol?: number
}

export interface NewRoute extends RouteKey {
  preferredSource?: string
  scope?: 'global' | 'site' | 'link' | 'host' | 'nowhere'
  /** The gateway is on the device's link although no route says so. */
  onLink?: boolean
  /** Bytes. */
  mtu?: number
  metrics?: RouteMetrics
  realms?: Realms
  /** How this router is preferred; IPv6. */
  preference?: 'low' | 'medium' | 'high'
  /** When the kernel deletes the route; IPv6. */
  expiresSeconds?: number
  /** Several, instead of gateway and device. */
  nextHops?: readonly NextHop[]
}

/** Like `ip route add PREFIX ...`; refused with EEXIST where the table has the prefix with this metric. */
export function addRoute(route: NewRoute) {
  return command(routeMessage, RTM_ROUTE.NEW, verbFlags.add, newRouteValue(route))
}

/** Like `ip route replace PREFIX ...`. */
export function replaceRoute(route: NewRoute) {
  return command(routeMessage, RTM_ROUTE.NEW, verbFlags.replace, newRouteValue(route))
}

/** A route beside those with its prefix and metric, or one more next hop of theirs (IPv6). Like `ip route append PREFIX ...`. */
export function appendRoute(route: NewRoute) {
  return command(routeMessage, RTM_ROUTE.NEW, verbFlags.append, newRouteValue(route))
}

/** Refused with ENOENT where the table has no such route. Like `ip route change PREFIX ...`. */
export function changeRoute(route: NewRoute) {
  return command(routeMessage, RTM_ROUTE.NEW, verbFlags.change, newRouteValue(route))
}

/** Deletes the first route that has all the properties given; ESRCH where none has. Like `ip route delete PREFIX ...`. */
export function deleteRoute(route: RouteKey) {
  const place = placeOf(route)
  const scope = place.family === 'inet' ? 'nowhere' : 'global'
  const value = routeValue(route, place, { protocol: route.protocol, scope, type: route.type })
  return command(routeMessage, RTM_ROUTE.DELETE, 0, value)
}

export interface RouteQuestion {
  /** The route of the table that decides, instead of what comes of it. */
  fibMatch?: boolean
  mark?: number
  from?: string
  /** Where the packet comes in; it is one of this host's own when absent. */
  inputDevice?: string | number
  /** Where it must go out. */
  device?: string | number
  tos?: number
  userId?: number
  payloadProtocol?: IpProtocol
  sourcePort?: number
  destinationPort?: number
}

/** The way a packet would go. Like `ip route get [fibmatch] ADDRESS [from ADDRESS] [iif DEVICE] [mark MARK] ...`. */
export function getRoute(address: string, question: RouteQuestion = {}) {
  const { fibMatch = false, mark, from, inputDevice, device, tos, userId } = question
  const { payloadProtocol, sourcePort, destinationPort } = question
  const family = familyOf(address)
  // The kernel refuses this flag for IPv6, where answers have the table always.
  const lookUp = family === 'inet' ? routeFlag.LOOKUP_TABLE : 0
  const flags = lookUp | (fibMatch ? routeFlag.FIB_MATCH : 0)
  const bits = family === 'inet6' ? 128 : 32
  const sourceLength = from === undefined ? 0 : bits
  const value = {
    ...{ family, destinationLength: bits, sourceLength, tos, flags },
    destination: address,
    source: from,
    inputDevice,
    fwMark: mark,
    userId,
    payloadProtocol,
    sourcePort,
    destinationPort,
    device,
  } as const
  return query(routeMessage, RTM_ROUTE.GET, 0, value)
}

export interface RouteFilter {
  family?: 'inet' | 'inet6'
  table?: number
  protocol?: number
  type?: RouteType
  device?: string | number
}

/** The routes that a filter lets through, of all tables when it names none. Like `ip route show table all ...`. */
export function dumpRoutes({ family = 'inet', table, protocol, type, device }: RouteFilter = {}) {
  return query(routeMessage, RTM_ROUTE.GET, NLM_F.DUMP, { family, protocol, type, table, device })
}

function newRouteValue(route: NewRoute) {
  const { type = 'unicast', protocol = routeProtocol.boot, nextHops, mtu } = route
  const place = placeOf(route)
  const metrics = mtu === undefined ? route.metrics : { mtu, ...route.metrics }
  const header = { protocol, scope: route.scope ?? defaultScope(route, place.family), type }
  return routeValue(route, place, header, {
    flags: route.onLink ? nextHopFlag.ONLINK : 0,
    preferredSource: route.preferredSource,
    realms: route.realms,
    preference: route.preference,
    expiresSeconds: route.expiresSeconds,
    metrics: metrics && routeMetricsValue(metrics),
    nextHops: nextHops?.map((hop) => nextHopValue(hop, place.family)),
  })
}

/** As `ip` chooses it. */
function defaultScope({ type = 'unicast', gateway, nexthopId, nextHops }: NewRoute, family: string) {
  if (family === 'inet6') return 'global'
  return scopeByType(type, gateway === undefined && nexthopId === undefined && nextHops === undefined)
}

/** The prefix, which is parsed once, and the family that it or the gateway tells. */
function placeOf({ destination, family, gateway = '' }: RouteKey) {
  const prefix = destination === 'default' ? undefined : parsePrefix(destination)
  return { prefix, family: family ?? familyOf(prefix?.address ?? gateway) }
}

type DecidedHeader = Pick<RouteInput, 'protocol' | 'scope' | 'type'>
/** What only a new route has. */
type Settings = Pick<
  RouteInput,
  'flags' | 'preferredSource' | 'realms' | 'preference' | 'expiresSeconds' | 'metrics' | 'nextHops'
>

/** In one piece and always of one shape: routes come by the ten thousand. Attributes are in the order of `ip`. */
function routeValue(
  route: RouteKey,
  { prefix, family }: ReturnType<typeof placeOf>,
  { protocol, scope, type }: DecidedHeader,
  settings: Settings = {},
): RouteInput {
  const { table = impliedTable(route) } = route
  const source = route.source === undefined ? undefined : parsePrefix(route.source)
  const { encapsulation, encapsulationType } = encapsulationAttributes(route.encapsulation)
  const { gateway, via } = gatewayAttributes(route.gateway, family)
  return {
    family,
    destinationLength: prefix?.length ?? 0,
    sourceLength: source?.length ?? 0,
    tos: route.tos,
    shortTable: table > 255 ? 0 : table,
    protocol,
    scope,
    type,
    flags: settings.flags,
    destination: prefix?.address,
    source: source?.address,
    nexthopId: route.nexthopId,
    encapsulation,
    encapsulationType,
    gateway,
    via,
    table: table > 255 ? table : undefined,
    metric: route.metric,
    preferredSource: settings.preferredSource,
    realms: settings.realms,
    preference: settings.preference,
    expiresSeconds: settings.expiresSeconds,
    device: route.device,
    metrics: settings.metrics,
    nextHops: settings.nextHops,
  }
}
