/** Routes (`RTM_*ROUTE`; linux/rtnetlink.h). */
import { addressFamily, familyOf, familyOption } from './address-family.ts'
import { attributes, type Decoded } from './attribute.ts'
import { choice, interfaceIndex, ipAddress, u8, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { parsePrefix } from './ip-address.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query, verbFlags, verbOf } from './message.ts'
import { routeScope } from './route-scope.ts'
import { struct } from './struct.ts'

export const RTM_ROUTE = { NEW: 24, DELETE: 25, GET: 26 } as const

/** `rtm_flags` */
export const routeFlag = { ONLINK: 4, LOOKUP_TABLE: 0x1000, FIB_MATCH: 0x2000 } as const

const routeTypes = {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
} as const
export type RouteType = keyof typeof routeTypes

const routeHeader = struct('rtmsg', {
  family: addressFamily,
  destinationLength: u8,
  sourceLength: u8,
  tos: u8,
  /** The table, in requests where it is below 256; in answers `table` has it always. */
  shortTable: u8,
  protocol: u8,
  scope: routeScope,
  type: choice(u8, routeTypes),
  /** `routeFlag` */
  flags: u32,
})

const routeMetrics = attributes({
  mtu: [2, 'RTAX_MTU', u32],
  advertisedMss: [8, 'RTAX_ADVMSS', u32],
})

const routeAttributes = attributes({
  /** Absent for the default route. */
  destination: [1, 'RTA_DST', ipAddress],
  source: [2, 'RTA_SRC', ipAddress],
  inputDevice: [3, 'RTA_IIF', interfaceIndex],
  device: [4, 'RTA_OIF', interfaceIndex],
  gateway: [5, 'RTA_GATEWAY', ipAddress],
  metric: [6, 'RTA_PRIORITY', u32],
  preferredSource: [7, 'RTA_PREFSRC', ipAddress],
  metrics: [8, 'RTA_METRICS', routeMetrics],
  table: [15, 'RTA_TABLE', u32],
  fwMark: [16, 'RTA_MARK', u32],
  nexthopId: [30, 'RTA_NH_ID', u32],
})

type RouteInput = MessageInput<typeof routeHeader, typeof routeAttributes>
export const routeMessage = new MessageFormat(routeHeader, routeAttributes, renderRoute)
export type Route = Decoded<typeof routeMessage>

/** The tables that every kernel has. */
export const routeTable = { default: 253, main: 254, local: 255 } as const
/** `rtm_protocol`: who made the route. `ip` is "boot"; the kernel itself is "kernel". */
export const routeProtocol = { kernel: 2, boot: 3, static: 4 } as const

export interface RouteKey {
  /** `192.0.2.0/24`, a bare address, or `default`. */
  destination: string
  /** Family of a default route, where no gateway tells; inet when absent. */
  family?: 'inet' | 'inet6'
  table?: number
  metric?: number
  type?: RouteType
  device?: string | number
  gateway?: string
  /** `routeProtocol`, or a number of the caller's own. */
  protocol?: number
}

export interface NewRoute extends RouteKey {
  preferredSource?: string
  scope?: 'global' | 'link' | 'host'
  /** The gateway is on the device's link although no route says so. */
  onLink?: boolean
  /** Bytes. */
  mtu?: number
}

/** Like `ip route add PREFIX ...`; refused with EEXIST where the table has the prefix with this metric. */
export function addRoute(route: NewRoute) {
  return command(routeMessage, RTM_ROUTE.NEW, verbFlags.add, newRouteValue(route))
}

/** Like `ip route replace PREFIX ...`. */
export function replaceRoute(route: NewRoute) {
  return command(routeMessage, RTM_ROUTE.NEW, verbFlags.replace, newRouteValue(route))
}

/** Deletes the first route that has all the properties given; ESRCH where none has. Like `ip route delete PREFIX ...`. */
export function deleteRoute(route: RouteKey) {
  const value = routeValue(route, { protocol: route.protocol, scope: 'nowhere', type: route.type })
  return command(routeMessage, RTM_ROUTE.DELETE, 0, value)
}

/**
 * The way a packet would go. Like `ip route get ADDRESS [mark MARK]`; with `fibMatch` the route of the table that decides it.
 */
export function getRoute(
  address: string,
  { fibMatch = false, mark }: { fibMatch?: boolean; mark?: number } = {},
) {
  const flags = routeFlag.LOOKUP_TABLE | (fibMatch ? routeFlag.FIB_MATCH : 0)
  const family = familyOf(address)
  const destinationLength = family === 'inet6' ? 128 : 32
  const value = { family, destinationLength, flags, destination: address, fwMark: mark } as const
  return query(routeMessage, RTM_ROUTE.GET, 0, value)
}

export interface RouteFilter {
  family?: 'inet' | 'inet6'
  table?: number
  protocol?: number
  device?: string | number
}

/** The routes that a filter lets through, of all tables when it names none. Like `ip route show table all ...`. */
export function dumpRoutes({ family = 'inet', table, protocol, device }: RouteFilter = {}) {
  return query(routeMessage, RTM_ROUTE.GET, NLM_F.DUMP, { family, protocol, device, table })
}

function newRouteValue(route: NewRoute) {
  const { type = 'unicast', protocol = routeProtocol.boot, onLink = false, preferredSource, mtu } = route
  const scope = route.scope ?? defaultScope(route)
  const { device, ...value } = routeValue(route, { protocol, scope, type })
  const metrics = mtu === undefined ? undefined : { mtu }
  return { ...value, flags: onLink ? routeFlag.ONLINK : 0, preferredSource, device, metrics }
}

/** As `ip` chooses it. */
function defaultScope({ type = 'unicast', gateway }: NewRoute) {
  if (type === 'local') return 'host'
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return 'link'
  return type === 'unicast' && gateway === undefined ? 'link' : 'global'
}

type DecidedHeader = Pick<RouteInput, 'protocol' | 'scope' | 'type'>

function routeValue(route: RouteKey, { protocol, scope, type }: DecidedHeader) {
  const { destination, table = routeTable.main, gateway, metric, device } = route
  const prefix = destination === 'default' ? undefined : parsePrefix(destination)
  const family = route.family ?? familyOf(prefix?.address ?? gateway ?? '')
  const longTable = table > 255
  const shortTable = longTable ? 0 : table
  return {
    ...{ family, destinationLength: prefix?.length ?? 0, shortTable, protocol, scope, type },
    destination: prefix?.address,
    gateway,
    table: longTable ? table : undefined,
    metric,
    device,
  }
}

function renderRoute(type: number, flags: number, value: RouteInput): string {
  const ip = ['ip', familyOption(value.family), 'route']
  const table = value.table ?? value.shortTable ?? 0
  const device = option('dev', deviceName(value.device))
  if (type === RTM_ROUTE.GET && flags & NLM_F.DUMP)
    return commandLine(ip, 'show table', table || 'all', device, option('proto', value.protocol || undefined))
  if (type === RTM_ROUTE.GET) {
    const match = (value.flags ?? 0) & routeFlag.FIB_MATCH ? 'fibmatch' : undefined
    return commandLine(ip, 'get', match, value.destination, option('mark', value.fwMark))
  }
  return commandLine(
    ip,
    type === RTM_ROUTE.DELETE ? 'delete' : verbOf(flags),
    value.type === 'unicast' || value.type === 'unspec' ? undefined : value.type,
    value.destination === undefined ? 'default' : `${value.destination}/${value.destinationLength ?? 0}`,
    option('via', value.gateway),
    device,
    option('table', table === routeTable.main || table === 0 ? undefined : table),
    option('proto', value.protocol === routeProtocol.boot ? undefined : value.protocol || undefined),
    option('metric', value.metric),
    option('src', value.preferredSource),
    option('mtu', value.metrics?.mtu),
    ((value.flags ?? 0) & routeFlag.ONLINK) !== 0 && 'onlink',
  )
}
