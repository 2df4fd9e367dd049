/** Our dump of routes, as `ip -j -d route show` says it. */
import { dumpRoutes, type Route } from '../route.ts'
import { encapsulationFlag } from '../route-encapsulation.ts'
import { nextHopFlag } from '../route-nexthop.ts'
import type { NetlinkSocket } from '../socket.ts'

type Hop = NonNullable<Route['nextHops']>[number]

const devices: Readonly<Record<number, string>> = {
  1: 'lo',
  900: 'v0',
  901: 'v1',
  902: 'tunnel',
  903: 'tunnel6',
}
const tableNames: Readonly<Record<number, string>> = { 253: 'default', 254: 'main', 255: 'local' }
const protocolNames: Readonly<Record<number, string>> = { 0: 'unspec', 2: 'kernel', 3: 'boot', 4: 'static' }

function flagsShown(flags: number): string[] {
  return [
    ...(flags & nextHopFlag.DEAD ? ['dead'] : []),
    ...(flags & nextHopFlag.ONLINK ? ['onlink'] : []),
    ...(flags & nextHopFlag.LINKDOWN ? ['linkdown'] : []),
  ]
}

function bitsShown(flags: number): object {
  return {
    ...(flags & encapsulationFlag.KEY ? { key: true } : {}),
    ...(flags & encapsulationFlag.CHECKSUM ? { csum: true } : {}),
    ...(flags & encapsulationFlag.SEQUENCE ? { seq: true } : {}),
  }
}

function encapsulationShown({ ip, ip6 }: NonNullable<Route['encapsulation']>): object {
  if (ip) {
    const { id, source: src, destination: dst, ttl, tos, flags = 0 } = ip
    return { encap: 'ip', id, src, dst, ttl, tos, ...bitsShown(flags) }
  }
  const { id, source: src, destination: dst, hopLimit: hoplimit, trafficClass: tc, flags = 0 } = ip6 ?? {}
  return { encap: 'ip6', id, src, dst, hoplimit, tc, ...bitsShown(flags) }
}

/** What routes and next hops have in common. */
function wayShown({ gateway, via, device, encapsulation }: Route | Hop): object {
  return {
    ...(encapsulation ? encapsulationShown(encapsulation) : {}),
    ...(gateway ? { gateway } : {}),
    ...(via ? { via: { family: via.family, host: via.address } } : {}),
    ...(device ? { dev: devices[device] } : {}),
  }
}

const metricWords = {
  mtu: 'mtu',
  windowBytes: 'window',
  slowStartThreshold: 'ssthresh',
  congestionWindow: 'cwnd',
  advertisedMss: 'advmss',
  reordering: 'reordering',
  hopLimit: 'hoplimit',
  initialCongestionWindow: 'initcwnd',
  initialReceiveWindow: 'initrwnd',
  quickAck: 'quickack',
  fastOpenWithoutCookie: 'fastopen_no_cookie',
  congestionAlgorithm: 'congestion',
} as const

function metricsShown(values: NonNullable<Route['metrics']>): object {
  const { roundTripTimeEighthMilliseconds: rtt, roundTripVarianceQuarterMilliseconds: rttvar } = values
  const { minimumRetransmissionMilliseconds: least, features } = values
  const plain = (Object.keys(metricWords) as (keyof typeof metricWords)[]).flatMap((name) =>
    values[name] === undefined ? [] : [[metricWords[name], values[name]] as const],
  )
  return {
    ...Object.fromEntries(plain),
    ...(features === undefined ? {} : { [features]: null }),
    ...(rtt === undefined ? {} : { rtt: rtt / 8 }),
    ...(rttvar === undefined ? {} : { rttvar: rttvar / 4 }),
    ...(least === undefined ? {} : { rto_min: least }),
  }
}

function shown(route: Route): object {
  const { type, destination, destinationLength, sourceLength, family, table = 0, metrics, realms } = route
  const whole = family === 'inet6' ? 128 : 32
  const prefix = (address: string | undefined, length: number) =>
    address === undefined ? 'default' : length === whole ? address : `${address}/${length}`
  const hop = (each: Hop): object => ({
    ...wayShown(each),
    weight: each.weight,
    flags: flagsShown(each.flags),
  })
  return {
    type,
    dst: prefix(destination, destinationLength),
    ...(route.source === undefined ? {} : { from: prefix(route.source, sourceLength) }),
    ...(route.nexthopId === undefined ? {} : { nhid: route.nexthopId }),
    ...wayShown(route),
    // Behind the one of an encapsulation, whose name it has.
    ...(route.tos ? { tos: `0x${route.tos.toString(16).padStart(2, '0')}` } : {}),
    table: tableNames[table] ?? String(table),
    protocol: protocolNames[route.protocol] ?? String(route.protocol),
    scope: route.scope,
    ...(route.preferredSource ? { prefsrc: route.preferredSource } : {}),
    ...(route.metric === undefined ? {} : { metric: route.metric }),
    flags: flagsShown(route.flags),
    ...(realms
      ? { flow: { ...(realms.from ? { from: String(realms.from) } : {}), to: String(realms.to) } }
      : {}),
    ...(metrics ? { metrics: [metricsShown(metrics)] } : {}),
    ...(route.preference === undefined ? {} : { pref: route.preference }),
    ...(route.nextHops ? { nexthops: route.nextHops.map(hop) } : {}),
  }
}

export async function dumpedRoutes(socket: NetlinkSocket): Promise<object[]> {
  const both = await Promise.all(
    (['inet', 'inet6'] as const).map((family) => Array.fromAsync(socket.dump(dumpRoutes({ family })))),
  )
  return both.flat().map(shown)
}

/** Without the time that runs, and without the nexthop object, which `ip` asks for beside the dump. */
export function knownRoute({ expires: _, nh_info: _object, ...route }: Record<string, unknown>): object {
  return route
}
