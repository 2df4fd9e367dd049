/** Generated routes, each alone in a table: through gateways, devices, tunnels, several next hops and nexthop objects. */
import fc from 'fast-check'
import { commandLine } from '../command-line.ts'
import { addRoute, type NewRoute } from '../route.ts'
import { encapsulationFlag, type RouteEncapsulation } from '../route-encapsulation.ts'
import type { RouteMetrics } from '../route-metric.ts'
import type { NextHop } from '../route-nexthop.ts'
import { arbitraryPrefix, byte, ipv4, some, unnamedProtocol } from './generated.ts'
import { dumpedRoutes, knownRoute } from './route-shown.ts'
import type { Kind } from './twins.ts'

const neighbour = fc.integer({ min: 0x0a000002, max: 0x0a00fffe }).map(ipv4)
const linkLocal = fc.integer({ min: 2, max: 0xffff }).map((low) => `fe80::${low.toString(16)}`)
const uint32 = fc.integer({ min: 1, max: 0xffffffff })

/** Numbers that `ip` takes as they are, and others by the words of `metricWords`. */
const metrics: fc.Arbitrary<RouteMetrics> = some({
  mtu: fc.integer({ min: 1280, max: 65_000 }),
  windowBytes: uint32,
  roundTripTimeEighthMilliseconds: fc.integer({ min: 1, max: 100_000 }).map((ms) => ms * 8),
  roundTripVarianceQuarterMilliseconds: fc.integer({ min: 1, max: 100_000 }).map((ms) => ms * 4),
  slowStartThreshold: uint32,
  congestionWindow: uint32,
  advertisedMss: fc.integer({ min: 256, max: 65_000 }),
  reordering: uint32,
  hopLimit: fc.integer({ min: 1, max: 255 }),
  initialCongestionWindow: uint32,
  features: fc.constant('ecn'),
  initialReceiveWindow: uint32,
  quickAck: fc.nat(1),
  congestionAlgorithm: fc.constantFrom('cubic', 'reno'),
  fastOpenWithoutCookie: fc.nat(1),
  minimumRetransmissionMilliseconds: fc.integer({ min: 1, max: 100_000 }),
})

const metricWords: readonly [name: keyof RouteMetrics, word: string, format?: (value: number) => string][] = [
  ['mtu', 'mtu'],
  ['windowBytes', 'window'],
  ['roundTripTimeEighthMilliseconds', 'rtt', (eighths) => `${eighths / 8}ms`],
  ['roundTripVarianceQuarterMilliseconds', 'rttvar', (quarters) => `${quarters / 4}ms`],
  ['slowStartThreshold', 'ssthresh'],
  ['congestionWindow', 'cwnd'],
  ['advertisedMss', 'advmss'],
  ['reordering', 'reordering'],
  ['hopLimit', 'hoplimit'],
  ['initialCongestionWindow', 'initcwnd'],
  ['features', 'features'],
  ['initialReceiveWindow', 'initrwnd'],
  ['quickAck', 'quickack'],
  ['congestionAlgorithm', 'congctl'],
  ['fastOpenWithoutCookie', 'fastopen_no_cookie'],
  ['minimumRetransmissionMilliseconds', 'rto_min', (milliseconds) => `${milliseconds}ms`],
]
const lockable = ['mtu', 'congestionWindow', 'hopLimit', 'slowStartThreshold', 'advertisedMss'] as const

const withLocks = fc.tuple(metrics, fc.subarray([...lockable])).map(([values, names]) => {
  const locked = names.filter((name) => values[name] !== undefined)
  return { metrics: locked.length === 0 ? values : { ...values, locked } }
})

const flags = fc
  .subarray(Object.values(encapsulationFlag))
  .map((bits) => bits.reduce<number>((sum, bit) => sum | bit, 0))
const id = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n })
const encapsulation: fc.Arbitrary<RouteEncapsulation> = fc.oneof(
  some({ id, source: neighbour, destination: neighbour, ttl: byte, tos: byte, flags }).map((ip) => ({ ip })),
)
const encapsulation6: fc.Arbitrary<RouteEncapsulation> = some({
  ...{ id, hopLimit: byte, trafficClass: byte, flags },
  ...{ source: linkLocal, destination: linkLocal },
}).map((ip6) => ({ ip6 }))

const device = fc.constantFrom('v0', 'v1')
const wayOf = (gateway: fc.Arbitrary<string>): fc.Arbitrary<Partial<NewRoute>> =>
  fc.oneof(
    fc.record({ gateway, device: fc.constant('v0') }),
    fc.record({ device }),
    fc.record({ gateway, device, onLink: fc.constant(true) }),
  )
const hopOf = (...gateways: fc.Arbitrary<string>[]): fc.Arbitrary<NextHop> =>
  fc
    .tuple(
      fc.record({ gateway: fc.oneof(...gateways), device: fc.constant('v0') }),
      some({ weight: fc.integer({ min: 1, max: 256 }), onLink: fc.constant(true) }),
    )
    .map(([way, others]) => ({ ...way, ...others }))

const realms = fc.record({ from: byte, to: byte.filter((to) => to > 0) })
const every = { protocol: unnamedProtocol, metric: uint32 }
const unroutable = fc.record({ type: fc.constantFrom('blackhole', 'unreachable', 'prohibit', 'throw') })

const inet: fc.Arbitrary<NewRoute> = fc
  .tuple(
    fc.oneof(arbitraryPrefix('inet'), neighbour, fc.constant('default')),
    fc.oneof(
      wayOf(neighbour),
      wayOf(linkLocal),
      unroutable,
      fc.record({ nexthopId: fc.constantFrom(1, 2, 3) }),
      fc.record({ encapsulation, device: fc.constant('tunnel') }),
      fc.record({
        nextHops: fc.array(fc.oneof(hopOf(neighbour, linkLocal)), { minLength: 2, maxLength: 4 }),
      }),
      fc.record({
        nextHops: fc.array(fc.record({ encapsulation, device: fc.constant('tunnel') }), {
          ...{ minLength: 2, maxLength: 3 },
        }),
      }),
    ),
    some({
      ...every,
      tos: fc.constantFrom(4, 8, 0x10, 0x1c),
      preferredSource: fc.constantFrom('10.0.0.1', '10.1.0.1'),
      scope: fc.constantFrom('global', 'site', 'link'),
    }),
    some({ realms }),
    fc.oneof(withLocks, fc.constant({})),
  )
  .map(([destination, way, others, { realms: own }, measures]) => ({
    ...{ destination, family: 'inet', ...way, ...others, ...measures },
    ...(own && !('nextHops' in way) ? { realms: own } : {}),
  }))

const inet6: fc.Arbitrary<NewRoute> = fc
  .tuple(
    fc.oneof(arbitraryPrefix('inet6'), fc.constant('default')),
    fc.oneof(
      wayOf(linkLocal),
      unroutable,
      fc.record({ nexthopId: fc.constant(4) }),
      fc.record({ encapsulation: encapsulation6, device: fc.constant('tunnel6') }),
      fc.record({
        nextHops: fc.uniqueArray(hopOf(linkLocal), {
          selector: ({ gateway }) => gateway,
          minLength: 2,
          maxLength: 4,
        }),
      }),
    ),
    some({
      ...every,
      preference: fc.constantFrom('low', 'medium', 'high'),
      expiresSeconds: fc.integer({ min: 1000, max: 100_000 }),
    }),
    some({ source: arbitraryPrefix('inet6') }),
    fc.oneof(withLocks, fc.constant({})),
  )
  .map(([destination, way, others, { source }, measures]) => ({
    ...{ destination, family: 'inet6', ...way, ...others, ...measures },
    // The kernel has no source routes by nexthop objects.
    ...(source && !('nexthopId' in way) ? { source } : {}),
  }))

function metricLine({ locked = [], ...values }: RouteMetrics): string[] {
  const isLocked: readonly string[] = locked
  return metricWords.flatMap(([name, word, format]) => {
    const value = name === 'locked' ? undefined : values[name]
    if (value === undefined) return []
    const text = format && typeof value === 'number' ? format(value) : value
    return [`${word}${isLocked.includes(name) ? ' lock' : ''} ${text}`]
  })
}

function encapsulationLine(value: RouteEncapsulation): string {
  const outer = 'ip' in value ? value.ip : value.ip6
  const { id: number, source, destination, flags: bits = 0 } = outer
  const [hops, service] = 'ip' in value ? ['ttl', 'tos'] : ['hoplimit', 'tc']
  const [hopCount, octet] =
    'ip' in value ? [value.ip.ttl, value.ip.tos] : [value.ip6.hopLimit, value.ip6.trafficClass]
  return commandLine(
    'ip' in value ? 'encap ip' : 'encap ip6',
    number !== undefined && `id ${number}`,
    source && `src ${source}`,
    destination && `dst ${destination}`,
    octet !== undefined && `${service} 0x${octet.toString(16)}`,
    hopCount !== undefined && `${hops} ${hopCount}`,
    (bits & encapsulationFlag.SEQUENCE) !== 0 && 'seq',
    (bits & encapsulationFlag.KEY) !== 0 && 'key',
    (bits & encapsulationFlag.CHECKSUM) !== 0 && 'csum',
  )
}

function via(gateway: string | undefined, family: string | undefined): string | undefined {
  if (gateway === undefined) return undefined
  return gateway.includes(':') && family === 'inet' ? `via inet6 ${gateway}` : `via ${gateway}`
}

function hopLine(hop: NextHop, family: string | undefined): string {
  return commandLine(
    'nexthop',
    hop.encapsulation && encapsulationLine(hop.encapsulation),
    via(hop.gateway, family),
    `dev ${hop.device}`,
    hop.weight !== undefined && `weight ${hop.weight}`,
    hop.onLink && 'onlink',
  )
}

function line(route: NewRoute, place: number): string {
  const { family, type, source, tos, metric, protocol, realms: own, nextHops = [], nexthopId } = route
  return commandLine(
    family === 'inet6' ? 'ip -6 route add' : 'ip route add',
    type ?? 'unicast',
    // `ip` takes the family of a `default` from its gateway.
    route.destination === 'default' && family === 'inet' ? '0/0' : route.destination,
    source && `from ${source}`,
    `table ${place}`,
    protocol !== undefined && `proto ${protocol}`,
    metric !== undefined && `preference ${metric}`,
    tos !== undefined && `dsfield 0x${tos.toString(16)}`,
    route.scope && `scope ${route.scope}`,
    route.preferredSource && `src ${route.preferredSource}`,
    route.encapsulation && encapsulationLine(route.encapsulation),
    via(route.gateway, family),
    route.device && `dev ${route.device}`,
    route.onLink && 'onlink',
    own && `realms ${own.from}/${own.to}`,
    metricLine(route.metrics ?? {}),
    route.preference && `pref ${route.preference}`,
    route.expiresSeconds !== undefined && `expires ${route.expiresSeconds}`,
    nexthopId !== undefined && `nhid ${nexthopId}`,
    nextHops.map((hop) => hopLine(hop, family)),
  )
}

export const routes: Kind<NewRoute> = {
  name: 'route',
  count: 30,
  arbitrary: fc.oneof(inet, inet6),
  setUp: () => [
    'ip link add v0 index 900 address 02:00:00:00:09:00 type dummy',
    'ip link add v1 index 901 address 02:00:00:00:09:01 type dummy',
    'ip link add tunnel index 902 type gre external',
    'ip link add tunnel6 index 903 type ip6gre external',
    ...['v0', 'v1', 'tunnel', 'tunnel6'].map((name) => `ip link set ${name} up`),
    'ip address add 10.0.0.1/16 dev v0',
    'ip address add 10.1.0.1/16 dev v1',
    'ip nexthop add id 1 via 10.0.0.9 dev v0',
    'ip nexthop add id 2 via 10.1.0.9 dev v1',
    'ip nexthop add id 3 group 1/2',
    'ip nexthop add id 4 via fe80::9 dev v0',
  ],
  request: (route, table) => addRoute({ ...route, table }),
  line,
  // Of both families.
  json: ['ip route show table all'],
  place: /"table":"(\d{4})"/,
  ignored: /"expires":\d+,?/g,
  dump: dumpedRoutes,
  known: knownRoute,
}
