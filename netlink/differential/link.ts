/**
 * Generated links of every kind but veth and ifb, each with ends, keys or numbers of its own. Above 300 lines: it is one table of kinds,
 * whose rows share the outer headers.
 */
import fc from 'fast-check'
import { commandLine } from '../command-line.ts'
import { addLink, type LinkType, type NewLink } from '../link.ts'
import { type Bridge, bridge } from '../link-bridge.ts'
import { type GreTunnel, gre, gretap } from '../link-gre.ts'
import type { GreHeader } from '../link-gre-header.ts'
import { type Ip6greTunnel, ip6gre, ip6gretap } from '../link-ip6gre.ts'
import { type Ip6tnlTunnel, ip6tnl } from '../link-ip6tnl.ts'
import { type IpipTunnel, ipip } from '../link-ipip.ts'
import { type Macvlan, macvlan } from '../link-macvlan.ts'
import { type SitTunnel, sit } from '../link-sit.ts'
import type { Ipv4Tunnel } from '../link-tunnel-ipv4.ts'
import type { Ipv6Tunnel } from '../link-tunnel-ipv6.ts'
import { type Vlan, vlan } from '../link-vlan.ts'
import { vrf } from '../link-vrf.ts'
import { type VxlanTunnel, vxlan } from '../link-vxlan.ts'
import { byte, hexadecimal, some } from './generated.ts'
import { dumpedLinks, knownLink } from './link-shown.ts'
import type { Kind } from './twins.ts'

/** A type by its place, and the words behind `type`. */
interface Typed {
  kind: string
  settings: object
  lowerLink: string | undefined
  make(place: number): LinkType
  words(place: number): string
}

const mark = fc.integer({ min: 1, max: 0xffffffff })
const remote = (place: number) => `10.77.${place >> 8}.${place & 255}`
const remote6 = (place: number) => `2001:db8:77::${place.toString(16)}`

const outer = {
  local: fc.constantFrom('203.0.113.1', '203.0.113.2'),
  ttl: byte,
  tos: fc.oneof(
    fc.constant(1),
    byte.map((octet) => octet & 0xfe),
  ),
  device: fc.constant('v0'),
  fwMark: mark,
}
/** A fixed TTL needs the discovery. */
const withDiscovery = fc.oneof(fc.constant({}), fc.constant({ pathMtuDiscovery: false, ttl: 0 }))
const outer6: { [Name in keyof Ipv6Tunnel]?: fc.Arbitrary<NonNullable<Ipv6Tunnel[Name]>> } = {
  local: fc.constantFrom('2001:db8::1', '2001:db8::2'),
  hopLimit: byte,
  encapsulationLimit: fc.oneof(byte, fc.constant('none')),
  trafficClass: fc.oneof(byte, fc.constant('inherit')),
  flowLabel: fc.oneof(fc.nat(0xfffff), fc.constant('inherit')),
  copyDscp: fc.boolean(),
  allowLocalRemote: fc.boolean(),
  device: fc.constant('v0'),
  fwMark: fc.oneof(mark, fc.constant('inherit')),
}

const key = fc.nat(0xffffffff)
const direction = fc.constantFrom<(boolean | 'input' | 'output')[]>(true, false, 'input', 'output')
const header: fc.Arbitrary<GreHeader> = some({
  key: fc.oneof(key, some({ input: key, output: key })),
  checksum: direction,
  sequence: direction,
})

function outerWords(
  place: number,
  { local, ttl, tos, device, fwMark, pathMtuDiscovery }: Ipv4Tunnel,
): string {
  return commandLine(
    `remote ${remote(place)}`,
    local && `local ${local}`,
    ttl !== undefined && `ttl ${ttl === 0 ? 'inherit' : ttl}`,
    tos !== undefined && `tos ${tos === 1 ? 'inherit' : hexadecimal(tos)}`,
    pathMtuDiscovery === false && 'nopmtudisc',
    device && `dev ${device}`,
    fwMark !== undefined && `fwmark ${fwMark}`,
  )
}

const hexOr = (value: number | string) => (typeof value === 'number' ? hexadecimal(value) : value)

function outer6Words(place: number, tunnel: Ipv6Tunnel): string {
  const { local, hopLimit, encapsulationLimit, trafficClass, flowLabel, fwMark, device } = tunnel
  return commandLine(
    `remote ${remote6(place)}`,
    local && `local ${local}`,
    hopLimit !== undefined && `hoplimit ${hopLimit}`,
    encapsulationLimit !== undefined && `encaplimit ${encapsulationLimit}`,
    trafficClass !== undefined && `tclass ${hexOr(trafficClass)}`,
    flowLabel !== undefined && `flowlabel ${hexOr(flowLabel)}`,
    tunnel.copyDscp && 'dscp inherit',
    tunnel.allowLocalRemote && 'allow-localremote',
    device && `dev ${device}`,
    fwMark !== undefined && `fwmark ${fwMark}`,
  )
}

function greWords({ key: keys, checksum, sequence }: GreHeader): string {
  const { input, output } = typeof keys === 'object' ? keys : { input: keys, output: keys }
  const directed = (word: string, given: GreHeader['checksum']) =>
    (['input', 'output'] as const).map((side) => (given === true || given === side) && `${side[0]}${word}`)
  return commandLine(
    input !== undefined && `ikey ${input}`,
    output !== undefined && `okey ${output}`,
    directed('csum', checksum),
    directed('seq', sequence),
  )
}

function typed<Settings extends object>(
  kind: string,
  settings: fc.Arbitrary<Settings>,
  make: (settings: Settings, place: number) => LinkType,
  words: (settings: Settings, place: number) => string,
  lowerLink?: string,
): fc.Arbitrary<Typed> {
  return settings.map((own) => ({
    ...{ kind, settings: own, lowerLink },
    make: (place) => make(own, place),
    words: (place) => commandLine(kind, words(own, place)),
  }))
}

const merged = <One extends object, Other extends object>(
  one: fc.Arbitrary<One>,
  other: fc.Arbitrary<Other>,
) => fc.tuple(one, other).map(([first, second]) => ({ ...first, ...second }))
const mode = <const Mode extends string>(...modes: Mode[]) =>
  some({ mode: fc.constantFrom<Mode[]>(...modes) })
const modeWord = (value: string | undefined) => value && `mode ${value}`

const ipv4 = merged(some(outer), withDiscovery)
const ipv6: fc.Arbitrary<Ipv6Tunnel> = some(outer6)
const greTunnel: fc.Arbitrary<GreTunnel> = merged(ipv4, header)
const ip6greTunnel: fc.Arbitrary<Ip6greTunnel> = merged(ipv6, header)

const tunnels = [
  typed<IpipTunnel>(
    'ipip',
    merged(ipv4, mode('any', 'ipip', 'mplsip')),
    (own, place) => ipip({ ...own, remote: remote(place) }),
    (own, place) => commandLine(modeWord(own.mode), outerWords(place, own)),
  ),
  typed<SitTunnel>(
    'sit',
    merged(merged(ipv4, mode('any', 'ip6ip', 'ipip', 'mplsip')), some({ isatap: fc.boolean() })),
    (own, place) => sit({ ...own, remote: remote(place) }),
    (own, place) => commandLine(modeWord(own.mode), own.isatap && 'isatap', outerWords(place, own)),
  ),
  ...[gre, gretap].map((make, index) =>
    typed<GreTunnel>(
      index === 0 ? 'gre' : 'gretap',
      greTunnel,
      (own, place) => make({ ...own, remote: remote(place) }),
      (own, place) => commandLine(outerWords(place, own), greWords(own)),
    ),
  ),
  ...[ip6gre, ip6gretap].map((make, index) =>
    typed<Ip6greTunnel>(
      index === 0 ? 'ip6gre' : 'ip6gretap',
      ip6greTunnel,
      (own, place) => make({ ...own, remote: remote6(place) }),
      (own, place) => commandLine(outer6Words(place, own), greWords(own)),
    ),
  ),
  typed<Ip6tnlTunnel>(
    'ip6tnl',
    merged(ipv6, mode('any', 'ipip6', 'ip6ip6')),
    (own, place) => ip6tnl({ ...own, remote: remote6(place) }),
    (own, place) => commandLine(`mode ${own.mode ?? 'any'}`, outer6Words(place, own)),
  ),
  typed<VxlanTunnel>(
    'vxlan',
    some({
      local: outer.local,
      ttl: fc.oneof(byte, fc.constant('inherit')),
      tos: outer.tos,
      dontFragment: fc.constantFrom('unset', 'set', 'inherit'),
      learning: fc.boolean(),
      proxy: fc.boolean(),
      checksum: fc.boolean(),
      ageingSeconds: fc.integer({ min: 1, max: 100_000 }),
      maximumAddresses: fc.integer({ min: 1, max: 100_000 }),
      sourcePorts: fc.record({
        low: fc.integer({ min: 1, max: 999 }),
        high: fc.integer({ min: 1000, max: 65_535 }),
      }),
      groupBasedPolicy: fc.constant(true),
    }),
    (own, place) => vxlan({ ...own, id: place, remote: remote(place), destinationPort: 4789 }),
    (own, place) =>
      commandLine(
        `vni ${place} remote ${remote(place)} dstport 4789`,
        own.local && `local ${own.local}`,
        own.ttl !== undefined && `ttl ${own.ttl === 0 ? 'auto' : own.ttl}`,
        own.tos !== undefined && `tos ${own.tos === 1 ? 'inherit' : hexadecimal(own.tos)}`,
        own.dontFragment && `df ${own.dontFragment}`,
        own.learning !== undefined && (own.learning ? 'learning' : 'nolearning'),
        own.proxy !== undefined && (own.proxy ? 'proxy' : 'noproxy'),
        own.checksum !== undefined && (own.checksum ? 'udpcsum' : 'noudpcsum'),
        own.ageingSeconds && `ageing ${own.ageingSeconds}`,
        own.maximumAddresses && `maxaddress ${own.maximumAddresses}`,
        own.sourcePorts && `srcport ${own.sourcePorts.low} ${own.sourcePorts.high}`,
        own.groupBasedPolicy && 'gbp',
      ),
  ),
]

const priorities = fc.uniqueArray(fc.record({ from: fc.nat(7), to: fc.nat(7) }), {
  ...{ selector: ({ from }) => from, maxLength: 3, minLength: 1 },
})
const map = (name: string, entries: Vlan['egressPriorities'] = []) =>
  entries.length > 0 && `${name} ${entries.map(({ from, to }) => `${from}:${to}`).join(' ')}`
const onOff = (name: string, value: boolean | undefined) =>
  value !== undefined && `${name} ${value ? 'on' : 'off'}`
const switched = (name: string, value: boolean | undefined) =>
  value !== undefined && `${name} ${value ? 1 : 0}`

const others = [
  typed<object>(
    'dummy',
    fc.constant({}),
    () => ({ kind: 'dummy' }),
    () => '',
  ),
  typed<object>(
    'vrf',
    fc.constant({}),
    (_, place) => vrf(place),
    (_, place) => `table ${place}`,
  ),
  typed<Vlan>(
    'vlan',
    some({
      protocol: fc.constantFrom('802.1Q', '802.1ad'),
      egressPriorities: priorities,
      ingressPriorities: priorities,
      ...{ reorderHeader: fc.boolean(), gvrp: fc.boolean(), mvrp: fc.boolean(), looseBinding: fc.boolean() },
    }),
    (own, place) => vlan({ ...own, id: place }),
    (own, place) =>
      commandLine(
        own.protocol && `proto ${own.protocol}`,
        `id ${place}`,
        onOff('reorder_hdr', own.reorderHeader),
        onOff('gvrp', own.gvrp),
        onOff('mvrp', own.mvrp),
        onOff('loose_binding', own.looseBinding),
        map('ingress-qos-map', own.ingressPriorities),
        map('egress-qos-map', own.egressPriorities),
      ),
    'v0',
  ),
  typed<Macvlan>(
    'macvlan',
    some({
      mode: fc.constantFrom('private', 'vepa', 'bridge', 'source'),
      broadcastQueueLength: fc.integer({ min: 1, max: 5000 }),
    }),
    (own) => macvlan(own),
    (own) =>
      commandLine(
        modeWord(own.mode?.toString()),
        own.broadcastQueueLength && `bcqueuelen ${own.broadcastQueueLength}`,
      ),
    'v0',
  ),
  typed<Bridge>(
    'bridge',
    some({
      ...{
        forwardDelayCentiseconds: fc.integer({ min: 200, max: 3000 }),
        helloTimeCentiseconds: fc.integer({ min: 100, max: 1000 }),
      },
      ...{ maxAgeCentiseconds: fc.integer({ min: 600, max: 4000 }), ageingTimeCentiseconds: fc.nat(100_000) },
      priority: fc.nat(65_535),
      vlanFiltering: fc.boolean(),
      vlanProtocol: fc.constantFrom('802.1Q', '802.1ad'),
      groupForwardMask: fc.nat(0xffff).map((bits) => bits & 0xfff8),
      ...{ multicastSnooping: fc.boolean(), multicastQuerier: fc.boolean(), multicastRouter: fc.nat(2) },
      ...{
        multicastHashMax: fc.integer({ min: 1, max: 12 }).map((log) => 2 ** log),
        igmpVersion: fc.constantFrom(2, 3),
      },
      ...{
        multicastQueryIntervalCentiseconds: fc.bigInt({ min: 1000n, max: 100_000n }),
        mldVersion: fc.constantFrom(1, 2),
      },
      vlanDefaultId: fc.nat(4094),
      vlanStatistics: fc.boolean(),
      noLinkLocalLearning: fc.boolean(),
    }),
    (own) => bridge(own),
    (own) =>
      commandLine(
        own.forwardDelayCentiseconds && `forward_delay ${own.forwardDelayCentiseconds}`,
        own.helloTimeCentiseconds && `hello_time ${own.helloTimeCentiseconds}`,
        own.maxAgeCentiseconds && `max_age ${own.maxAgeCentiseconds}`,
        own.ageingTimeCentiseconds !== undefined && `ageing_time ${own.ageingTimeCentiseconds}`,
        own.priority !== undefined && `priority ${own.priority}`,
        switched('vlan_filtering', own.vlanFiltering),
        own.vlanProtocol && `vlan_protocol ${own.vlanProtocol}`,
        own.groupForwardMask !== undefined && `group_fwd_mask ${own.groupForwardMask}`,
        switched('mcast_snooping', own.multicastSnooping),
        switched('mcast_querier', own.multicastQuerier),
        own.multicastRouter !== undefined && `mcast_router ${own.multicastRouter}`,
        own.multicastHashMax && `mcast_hash_max ${own.multicastHashMax}`,
        own.igmpVersion && `mcast_igmp_version ${own.igmpVersion}`,
        own.mldVersion && `mcast_mld_version ${own.mldVersion}`,
        own.multicastQueryIntervalCentiseconds !== undefined &&
          `mcast_query_interval ${own.multicastQueryIntervalCentiseconds}`,
        own.vlanDefaultId !== undefined && `vlan_default_pvid ${own.vlanDefaultId}`,
        switched('vlan_stats_enabled', own.vlanStatistics),
        switched('no_linklocal_learn', own.noLinkLocalLearning),
      ),
  ),
]

interface Settings extends Omit<NewLink, 'name' | 'type' | 'index' | 'lowerLink'> {
  typed: Typed
}

const arbitrary: fc.Arbitrary<Settings> = fc
  .tuple(
    fc.oneof(...tunnels, ...others),
    some({
      mtu: fc.integer({ min: 1280, max: 1400 }),
      transmitQueueLength: fc.nat(10_000),
      group: fc.integer({ min: 1, max: 0x7fffffff }),
      alias: fc.constantFrom('uplink', 'a-b.c', 'x'),
      gsoMaxSegments: fc.integer({ min: 1, max: 65_535 }),
      multicast: fc.boolean(),
    }),
  )
  .map(([type, settings]) => ({ ...settings, typed: type }))

const isEthernet = (kind: string) => !/^(ipip|sit|gre|ip6gre|ip6tnl)$/.test(kind)
const hardware = (place: number) => `02:00:00:00:${String(place).replace(/(..)(..)/, '$1:$2')}`

function line(settings: Settings, place: number): string {
  const { typed: type, mtu, transmitQueueLength, group, alias, gsoMaxSegments, multicast } = settings
  return commandLine(
    'ip link add',
    type.lowerLink && `link ${type.lowerLink}`,
    `name d${place} index ${place}`,
    isEthernet(type.kind) && `address ${hardware(place)}`,
    mtu && `mtu ${mtu}`,
    transmitQueueLength !== undefined && `txqlen ${transmitQueueLength}`,
    group && `group ${group}`,
    alias && `alias ${alias}`,
    gsoMaxSegments && `gso_max_segs ${gsoMaxSegments}`,
    multicast !== undefined && `multicast ${multicast ? 'on' : 'off'}`,
    `type ${type.words(place)}`,
  )
}

export const links: Kind<Settings> = {
  name: 'link',
  count: 15,
  arbitrary,
  setUp: () => ['ip link add v0 index 900 address 02:00:00:00:09:00 type dummy'],
  request: ({ typed: type, ...settings }, place) =>
    addLink({
      ...settings,
      ...{ name: `d${place}`, index: place, type: type.make(place), lowerLink: type.lowerLink },
      ...(isEthernet(type.kind) ? { address: hardware(place) } : {}),
    }),
  line,
  json: ['ip link show'],
  place: /"ifname":"d(\d{4})"/,
  // Chosen at random, and timers that run.
  ignored: /"permaddr":"[^"]*",?|"[a-z_]*timer":[\d.]+,?/g,
  dump: dumpedLinks,
  known: knownLink,
}
