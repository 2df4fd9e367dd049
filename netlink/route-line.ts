/** Routes as lines of `ip`. */
import { familyOption } from './address-family.ts'
import { commandLine, deviceName, option, type Words } from './command-line.ts'
import { NLM_F, verbOf } from './message.ts'
import { type RouteInput, RTM_ROUTE, routeFlag, routeProtocol, routeTable } from './route-attribute.ts'
import { renderEncapsulation } from './route-encapsulation.ts'
import { renderRouteMetrics } from './route-metric.ts'
import { nextHopFlag, renderGateway, renderNextHops } from './route-nexthop.ts'
import { renderRealms } from './route-realm.ts'

export function renderRoute(type: number, flags: number, value: RouteInput): string {
  const ip = ['ip', familyOption(value.family), 'route']
  if (type === RTM_ROUTE.GET)
    return commandLine(ip, flags & NLM_F.DUMP ? renderDump(value) : renderGet(value))
  const table = tableOf(value)
  return commandLine(
    ip,
    type === RTM_ROUTE.DELETE ? 'delete' : verbOf(flags),
    value.type === 'unicast' || value.type === 'unspec' ? undefined : value.type,
    renderDestination(value),
    value.source && ['from', `${value.source}/${value.sourceLength ?? 0}`],
    option('tos', hexadecimal(value.tos || undefined)),
    option('nhid', value.nexthopId),
    renderEncapsulation(value.encapsulation),
    renderGateway(value),
    option('dev', deviceName(value.device)),
    option('table', table === impliedTable(value) || table === 0 ? undefined : table),
    option('proto', value.protocol === routeProtocol.boot ? undefined : value.protocol || undefined),
    type !== RTM_ROUTE.DELETE && renderScope(value),
    option('metric', value.metric),
    option('src', value.preferredSource),
    renderRealms(value.realms),
    renderRouteMetrics(value.metrics),
    ((value.flags ?? 0) & nextHopFlag.ONLINK) !== 0 && 'onlink',
    option('pref', value.preference),
    option('expires', value.expiresSeconds),
    renderNextHops(value.nextHops),
  )
}

/** `ip` would take the family of a `default` from its gateway. */
function renderDestination({ family, destination, destinationLength, via, nextHops }: RouteInput): string {
  if (destination !== undefined) return `${destination}/${destinationLength ?? 0}`
  const crosses = via !== undefined || nextHops?.some((hop) => hop.via !== undefined)
  return crosses && family === 'inet' ? '0.0.0.0/0' : 'default'
}

function renderDump(value: RouteInput): Words {
  return [
    'show table',
    tableOf(value) || 'all',
    option('dev', deviceName(value.device)),
    option('proto', value.protocol || undefined),
    option('type', value.type === 'unspec' ? undefined : value.type),
  ]
}

function renderGet(value: RouteInput): Words {
  return [
    'get',
    ((value.flags ?? 0) & routeFlag.FIB_MATCH) !== 0 && 'fibmatch',
    value.destination,
    option('from', value.source),
    option('iif', deviceName(value.inputDevice)),
    option('oif', deviceName(value.device)),
    option('tos', hexadecimal(value.tos || undefined)),
    option('mark', value.fwMark),
    option('uid', value.userId),
    option('ipproto', value.payloadProtocol),
    option('sport', value.sourcePort),
    option('dport', value.destinationPort),
  ]
}

/** Where it is not what `ip` chooses by itself. */
function renderScope(value: RouteInput): string | undefined {
  const { scope = 'global', type, gateway, via, nexthopId, nextHops } = value
  if (value.family !== 'inet') return undefined
  const direct = [gateway, via, nexthopId, nextHops].every((way) => way === undefined)
  return scope === scopeByType(type, direct) ? undefined : `scope ${scope}`
}

function tableOf({ table, shortTable = 0 }: RouteInput): number {
  return table ?? shortTable
}

/** The scope that `ip` chooses over IPv4; `direct`: without gateway, nexthop object or next hops. */
export function scopeByType(type: RouteInput['type'], direct: boolean) {
  if (type === 'local' || type === 'nat') return 'host'
  if (type === 'broadcast' || type === 'multicast' || type === 'anycast') return 'link'
  return type === 'unicast' && direct ? 'link' : 'global'
}

/** `ip` puts routes of these types into the local table when it is told none. */
export function impliedTable({ type }: Pick<RouteInput, 'type'>): number {
  const isLocal = type === 'local' || type === 'broadcast' || type === 'nat' || type === 'anycast'
  return isLocal ? routeTable.local : routeTable.main
}

function hexadecimal(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `0x${value.toString(16)}`
}
