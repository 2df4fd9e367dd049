/**
 * The whole of routes, nexthop objects, rules, addresses and neighbours in twin namespaces: what we make in one, `ip` makes in
 * the other from the lines that our messages print; `ip -j -d` must show the same. Runs as root, with namespaces of its own. Above 300 lines:
 * most is the table of what is made; another file would cost another second in the kernel.
 */
import { execFileSync } from 'node:child_process'
import test from 'ava'
import { addAddress, deleteAddress, dumpAddresses, replaceAddress } from './address.ts'
import type { NetlinkRequest } from './message.ts'
import { addNeighbour, changeNeighbour, dumpNeighbours, getNeighbour, replaceNeighbour } from './neighbour.ts'
import { flushNeighbours } from './neighbour-flush.ts'
import { addNexthop, deleteNexthop, dumpNexthops, getNexthop, replaceNexthop } from './nexthop.ts'
import {
  addRoute,
  appendRoute,
  changeRoute,
  deleteRoute,
  dumpRoutes,
  getRoute,
  replaceRoute,
} from './route.ts'
import { encapsulationFlag } from './route-encapsulation.ts'
import { addRule, deleteRule, dumpRules } from './rule.ts'
import { NetlinkSocket } from './socket.ts'

const ours = 'sj-rt-ours'
const theirs = 'sj-rt-theirs'

/** Runs lines of `ip` in a namespace by one shell: starting processes is what takes time here. */
function ip(namespace: string, ...lines: string[]): string {
  const script = lines.map((line) => `ip -n ${namespace} ${line} || exit`).join('\n')
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' })
}

/** Runs lines of `ip` that need no answer, in order: a batch for each run of lines with -6 or without, for it knows one family. */
function ipBatch(namespace: string, lines: string[]): void {
  const runs: { family: string[]; input: string }[] = []
  for (const line of lines) {
    const family = line.startsWith('-6 ') ? ['-6'] : []
    if (runs.at(-1)?.family.length !== family.length) runs.push({ family, input: '' })
    const run = runs.at(-1)
    if (run) run.input += `${line.replace(/^-6 /, '')}\n`
  }
  for (const { family, input } of runs)
    execFileSync('ip', ['-n', namespace, ...family, '-batch', '-'], { input })
}

const links = [
  'link add v0 index 1000 address 02:00:00:00:00:10 type veth peer name v1 index 1001 address 02:00:00:00:00:11',
  'link add v2 index 1002 address 02:00:00:00:00:12 type veth peer name v3 index 1003 address 02:00:00:00:00:13',
  'link add tunnel index 1004 type gre external',
  'link add tunnel6 index 1005 type ip6gre external',
  'link add red index 1006 type vrf table 1000',
  ...['lo', 'v0', 'v1', 'v2', 'v3', 'tunnel', 'tunnel6', 'red'].map((name) => `link set ${name} up`),
]

test.before(() => {
  for (const namespace of [ours, theirs]) {
    execFileSync('ip', ['netns', 'add', namespace])
    const settings = ['net.ipv6.conf.default.accept_dad=0', 'net.ipv6.conf.default.addr_gen_mode=1']
    execFileSync('ip', ['netns', 'exec', namespace, 'sysctl', '-qw', ...settings])
    ipBatch(namespace, links)
  }
})
test.after.always(() => {
  for (const namespace of [ours, theirs]) execFileSync('ip', ['netns', 'delete', namespace])
})

const views = [
  'address show',
  'nexthop show',
  'route show table all',
  '-6 route show table all',
  'rule show',
  '-6 rule show',
  'neighbour show',
  'neighbour show to 10.0.0.0/8 nud noarp',
  'neighbour show proxy',
]

/** What `ip` shows, without what passing time changes, and of links only their addresses. */
function observed(namespace: string): Record<string, unknown> {
  const lines = ip(namespace, ...views.map((view) => `-j -d ${view}`)).split('\n')
  return Object.fromEntries(views.map((view, index) => [view, comparable(view, lines[index] || '[]')]))
}

/** Neighbours come by a hash that differs, and the kernel's own multicast routes in the order in which carriers came. */
function comparable(view: string, line: string): object[] {
  const shown: { dst?: string }[] = JSON.parse(line, withoutTimes)
  if (view.startsWith('neighbour')) shown.sort((a, b) => String(a.dst).localeCompare(String(b.dst)))
  return shown.filter(({ dst }) => dst !== 'ff00::/8')
}

function withoutTimes(this: object, name: string, value: unknown): unknown {
  if ('addr_info' in this && name !== 'ifname' && name !== 'addr_info') return undefined
  if (name === 'expires' || name === 'used' || name === 'confirmed' || name === 'updated') return undefined
  const isLifetime = name === 'valid_life_time' || name === 'preferred_life_time'
  return isLifetime && value !== 0 && value !== 0xffffffff ? 'some' : value
}

const device = 'v0'
const key = encapsulationFlag.KEY
const set: NetlinkRequest[] = [
  addAddress({ address: '10.0.0.1/24', broadcast: '10.0.0.255', device, label: 'v0:home', metric: 50 }),
  addAddress({ address: '10.0.2.1/24', device: 'v2', validSeconds: 36000, preferredSeconds: 18000 }),
  addAddress({ address: '10.0.3.1/24', device: 'v2', noPrefixRoute: true, scope: 'link' }),
  addAddress({ address: '10.0.4.1', peer: '10.0.4.2/30', device: 'v2' }),
  addAddress({ address: '2001:db8::1/64', device, metric: 60, noDuplicateDetection: true }),
  replaceAddress({ address: '2001:db8:2::1/64', device: 'v2', preferredSeconds: 0, noPrefixRoute: true }),
  addAddress({ address: '2001:db8:3::1/64', device: 'v2', home: true, manageTemporary: true }),

  addNexthop({ id: 1, gateway: '10.0.0.2', device, protocol: 143 }),
  addNexthop({ id: 2, gateway: '10.0.2.2', device: 'v2' }),
  addNexthop({ id: 3, blackhole: true }),
  addNexthop({ id: 4, gateway: '2001:db8::2', device }),
  addNexthop({ id: 5, group: [{ id: 1 }, { id: 2, weight: 5 }], protocol: 143 }),
  addNexthop({ id: 6, gateway: '10.99.9.9', device, onLink: true }),
  addNexthop({
    id: 7,
    encapsulation: { ip: { id: 42n, source: '10.0.0.1', destination: '10.0.0.9', ttl: 64, flags: key } },
    device: 'tunnel',
  }),
  addNexthop({ id: 8, group: [{ id: 1 }], resilient: { buckets: 8, idleSeconds: 60, unbalancedSeconds: 0 } }),
  addNexthop({ id: 9, device: 'v2' }),
  replaceNexthop({ id: 9, device }),
  addNexthop({ id: 10, gateway: '10.0.0.7', forwardingDatabase: true }),

  addRoute({ destination: '10.20.0.0/16', gateway: '10.0.0.2', device, tos: 0x10, table: 300, metric: 7 }),
  addRoute({
    destination: '10.21.0.0/16',
    device,
    metrics: {
      mtu: 1400,
      windowBytes: 1000,
      roundTripTimeEighthMilliseconds: 800,
      roundTripVarianceQuarterMilliseconds: 200,
      slowStartThreshold: 20,
      congestionWindow: 10,
      advertisedMss: 1360,
      reordering: 5,
      hopLimit: 60,
      initialCongestionWindow: 10,
      features: 'ecn',
      initialReceiveWindow: 12,
      quickAck: 1,
      congestionAlgorithm: 'cubic',
      fastOpenWithoutCookie: 1,
      minimumRetransmissionMilliseconds: 200,
      locked: ['mtu', 'congestionWindow'],
    },
  }),
  replaceRoute({
    destination: '10.22.0.0/16',
    protocol: 143,
    nextHops: [
      { gateway: '10.0.0.2', device, weight: 3 },
      { gateway: 'fe80::2', device: 'v2', onLink: true },
    ],
  }),
  addRoute({ destination: '10.23.0.0/16', nexthopId: 5, protocol: 143 }),
  addRoute({ destination: '10.23.1.0/24', nexthopId: 7 }),
  addRoute({ destination: '10.24.0.0/16', gateway: 'fe80::3', device, preferredSource: '10.0.0.1' }),
  addRoute({
    destination: '10.25.0.0/16',
    encapsulation: {
      ip: { id: 77n, source: '10.0.0.1', destination: '10.0.0.8', ttl: 64, tos: 0x10, flags: key },
    },
    device: 'tunnel',
  }),
  addRoute({
    destination: '10.26.0.0/16',
    nextHops: [
      { encapsulation: { ip: { id: 1n, destination: '10.0.0.8' } }, device: 'tunnel' },
      { encapsulation: { ip: { id: 2n, destination: '10.0.0.9' } }, device: 'tunnel', weight: 2 },
    ],
  }),
  addRoute({ destination: '10.27.0.0/16', device, scope: 'site', realms: { from: 3, to: 4 } }),
  addRoute({ destination: '10.28.0.1', type: 'local', device: 'lo' }),
  appendRoute({ destination: '10.29.0.0/16', gateway: '10.0.0.3' }),
  appendRoute({ destination: '10.29.0.0/16', gateway: '10.0.0.4' }),
  changeRoute({ destination: '10.29.0.0/16', gateway: '10.0.0.5' }),
  ...(['blackhole', 'unreachable', 'prohibit', 'throw'] as const).flatMap((type, index) => [
    addRoute({ destination: `10.3${index}.0.0/16`, type, table: 100 }),
    addRoute({ destination: `2001:db8:3${index}::/48`, type, table: 100 }),
  ]),
  addRoute({
    destination: '2001:db8:20::/48',
    encapsulation: {
      ip6: { id: 9n, source: '2001:db8::1', destination: '2001:db8::9', hopLimit: 64, trafficClass: 0x20 },
    },
    device: 'tunnel6',
    metric: 9,
  }),
  addRoute({ destination: '2001:db8:21::/48', gateway: 'fe80::2', device, preference: 'high' }),
  addRoute({ destination: '2001:db8:22::/48', gateway: 'fe80::2', device, expiresSeconds: 6000 }),
  addRoute({
    destination: '2001:db8:23::/48',
    nextHops: [
      { gateway: '2001:db8::2', device },
      { gateway: '2001:db8::3', device, weight: 2 },
    ],
  }),
  addRoute({ destination: '2001:db8:24::/48', nexthopId: 4, mtu: 1400 }),
  addRoute({ destination: '2001:db8:25::/48', source: '2001:db8:26::/64', gateway: '2001:db8::2', device }),
  addRoute({ destination: 'default', family: 'inet6', device, table: 200 }),

  addRule({
    not: true,
    priority: 100,
    from: '10.0.0.0/8',
    to: '192.0.2.0/24',
    tos: 0x10,
    fwMark: 1,
    fwMask: 0xf,
    inputDevice: device,
    outputDevice: 'v2',
    table: 300,
  }),
  addRule({
    priority: 101,
    payloadProtocol: 'udp',
    sourcePorts: 434,
    destinationPorts: [1000, 2000],
    users: [1000, 1999],
    table: 100,
    suppressPrefixLength: 0,
    suppressGroup: 7,
  }),
  addRule({ priority: 200, type: 'nop' }),
  addRule({ priority: 102, goto: 200 }),
  addRule({ priority: 103, fwMark: 5, type: 'blackhole' }),
  addRule({ priority: 104, from: '10.9.0.0/16', type: 'unreachable' }),
  addRule({ priority: 105, to: '10.9.0.0/16', type: 'prohibit', protocol: 143 }),
  addRule({ priority: 106, from: '2001:db8::/32', payloadProtocol: 'ipv6-icmp', table: 300 }),
  addRule({ priority: 107, tunnelId: 42n, table: 100 }),
  addRule({ priority: 108, table: 100, realms: { from: 3, to: 4 } }),
  addRule({ priority: 109, family: 'inet6', l3MasterDevice: true }),

  addNeighbour({ address: '10.0.0.20', linkAddress: '02:00:00:00:00:20', device }),
  addNeighbour({ address: '10.0.0.21', linkAddress: '02:00:00:00:00:21', device, state: 'stale' }),
  changeNeighbour({ address: '10.0.0.21', linkAddress: '02:00:00:00:00:22', device, state: 'stale' }),
  addNeighbour({
    address: '10.0.0.22',
    linkAddress: '02:00:00:00:00:24',
    device,
    state: 'noarp',
    protocol: 143,
  }),
  replaceNeighbour({
    address: '10.0.0.23',
    linkAddress: '02:00:00:00:00:23',
    device,
    externallyLearned: true,
  }),
  addNeighbour({ address: '2001:db8::20', linkAddress: '02:00:00:00:00:20', device, router: true }),
  addNeighbour({ proxy: true, address: '2001:db8::21', device }),
  addNeighbour({ proxy: true, address: '10.0.0.24', device, protocol: 143 }),
]
const remove: NetlinkRequest[] = [
  ...[100, 101, 102, 200].map((priority) => deleteRule({ priority })),
  deleteRule({ priority: 103, type: 'blackhole' }),
  deleteRule({ priority: 108, realms: { from: 3, to: 4 } }),
  deleteRoute({ destination: '10.20.0.0/16', tos: 0x10, table: 300 }),
  deleteRoute({ destination: '10.23.0.0/16', nexthopId: 5 }),
  deleteRoute({ destination: '10.28.0.1', type: 'local' }),
  deleteRoute({ destination: '10.30.0.0/16', type: 'blackhole', table: 100 }),
  deleteRoute({ destination: '2001:db8:21::/48', gateway: 'fe80::2', device }),
  deleteRoute({ destination: '2001:db8:25::/48', source: '2001:db8:26::/64' }),
  deleteNexthop(5),
  // Takes its routes with it.
  deleteNexthop(7),
  deleteAddress({ address: '10.0.3.1/24', device: 'v2' }),
  deleteAddress({ address: '2001:db8:3::1/64', device: 'v2' }),
]

test.serial('what we make and what ip makes of our lines is the same', async (t) => {
  t.deepEqual(observed(ours), observed(theirs))
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  for (const requests of [set, remove]) {
    const results = await socket.transaction(requests)
    t.deepEqual(
      results.flatMap((result) => (result.ok ? [] : [result.error.message])),
      [],
    )
    ipBatch(
      theirs,
      requests.map((request) => request.render().replace(/^ip /, '')),
    )
    t.deepEqual(observed(ours), observed(theirs))
  }
  socket.close()
})

test.serial('what ip made is what we dump, by the filters that the kernel checks', async (t) => {
  ip(
    ours,
    'nexthop add id 30 via 10.0.0.3 dev v0 proto 44',
    'nexthop add id 31 group 30,2/2',
    'nexthop add id 32 encap ip id 5 dst 10.0.0.9 ttl 3 dev tunnel',
    'route add 10.40.0.0/16 proto 44 table 440 nexthop via 10.0.0.2 dev v0 weight 2 nexthop via 10.0.2.2 dev v2',
    'route add 10.41.0.0/16 proto 44 table 440 encap ip id 6 src 10.0.0.1 dst 10.0.0.9 key dev tunnel',
    'route add 10.42.0.0/16 proto 44 table 440 nhid 31',
    'route add 10.43.0.0/16 via inet6 fe80::9 dev v0 realms 1/2 mtu lock 1300 congctl cubic table 441',
    'route add prohibit 10.44.0.0/16 table 440',
    '-6 route add 2001:db8:40::/48 via fe80::2 dev v0 pref low table 440',
    'rule add not priority 300 from 10.40.0.0/16 ipproto tcp dport 80-90 uidrange 5-6 lookup 440',
    'address add 10.0.5.1/24 dev v2 label v2:x metric 9 valid_lft 9999 preferred_lft 999 noprefixroute',
    'neighbour add 2001:db8::40 lladdr 02:00:00:00:00:40 dev v2 nud stale router',
  )
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  const all = <Item>(items: AsyncIterable<Item>): Promise<Item[]> => Array.fromAsync(items)

  const encapsulation = {
    ip: { id: 6n, source: '10.0.0.1', destination: '10.0.0.9', ttl: 0, tos: 0, flags: key },
  }
  const [multipath, tunnelled, shared] = await all(socket.dump(dumpRoutes({ table: 440, protocol: 44 })))
  t.like(multipath, { destination: '10.40.0.0' })
  t.like(multipath?.nextHops, [
    { device: 1000, gateway: '10.0.0.2', weight: 2 },
    { device: 1002, gateway: '10.0.2.2', weight: 1 },
  ])
  t.like(tunnelled, { device: 1004, encapsulationType: 'ip', encapsulation })
  t.like(shared, { nexthopId: 31 })
  t.like(await all(socket.dump(dumpRoutes({ table: 440, type: 'prohibit' }))), [{ destination: '10.44.0.0' }])
  t.like(await all(socket.dump(dumpRoutes({ table: 441, device }))), [
    {
      via: { family: 'inet6', address: 'fe80::9' },
      realms: { from: 1, to: 2 },
      metrics: { mtu: 1300, lockedMask: 4, congestionAlgorithm: 'cubic' },
    },
  ])
  t.like(await all(socket.dump(dumpRoutes({ family: 'inet6', table: 440 }))), [
    { destination: '2001:db8:40::', preference: 'low' },
  ])

  t.like(await socket.request(getNexthop(30)), { id: 30, protocol: 44, gateway: '10.0.0.3', device: 1000 })
  const groups = await all(socket.dump(dumpNexthops({ groupsOnly: true })))
  t.true(groups.every(({ group }) => group !== undefined))
  t.deepEqual(groups.find(({ id }) => id === 31)?.group, [
    { id: 30, weight: 2 },
    { id: 2, weight: 1 },
  ])
  t.like(await all(socket.dump(dumpNexthops({ device: 'tunnel' }))), [
    { id: 32, encapsulationType: 'ip', encapsulation: { ip: { id: 5n, destination: '10.0.0.9', ttl: 3 } } },
  ])

  t.like(
    (await all(socket.dump(dumpRules()))).find(({ priority }) => priority === 300),
    {
      flags: 2,
      payloadProtocol: 'tcp',
      destinationPorts: { first: 80, last: 90 },
      users: { first: 5, last: 6 },
      table: 440,
    },
  )
  const addresses = await all(socket.dump(dumpAddresses({ device: 'v2', family: 'inet' })))
  t.like(
    addresses.find(({ local }) => local === '10.0.5.1'),
    { label: 'v2:x', metric: 9, allFlags: 0x200 },
  )
  const neighbour = {
    address: '2001:db8::40',
    linkAddress: '02:00:00:00:00:40',
    state: 'stale',
    flags: 0x80,
  } as const
  t.like(await socket.request(getNeighbour({ address: '2001:db8::40', device: 'v2' })), neighbour)
  const known = await all(socket.dump(dumpNeighbours({ family: 'inet6', device: 'v2' })))
  // The kernel adds multicast groups of its own when it has sent to them.
  t.like(
    known.filter(({ state }) => state !== 'noarp'),
    [neighbour],
  )

  const way = {
    from: '10.0.0.1',
    payloadProtocol: 'tcp',
    sourcePort: 5,
    destinationPort: 80,
    userId: 5,
  } as const
  t.like(await socket.request(getRoute('10.0.2.9', way)), { device: 1002 })
  t.like(await socket.request(getRoute('2001:db8::9', { from: '2001:db8::1', device })), { device: 1000 })
  socket.close()
})

test.serial(
  'neighbours of one device are forgotten, without the permanent ones unless asked for',
  async (t) => {
    const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
    const shown = () => ip(ours, 'neighbour show dev v0')
    t.true(shown().includes('10.0.0.21'))
    t.is(await flushNeighbours(socket, { device }), 1)
    t.false(shown().includes('10.0.0.21'))
    t.true(shown().includes('10.0.0.20'))
    t.is(await flushNeighbours(socket, { device, states: ['noarp'] }), 1)
    t.is(await flushNeighbours(socket, { device, family: 'unspec', states: ['permanent'] }), 3)
    t.is(shown(), '')
    t.is(await flushNeighbours(socket, { device, proxy: true }), 1)
    t.is(ip(ours, 'neighbour show proxy dev v0'), '2001:db8::21 proxy \n')
    socket.close()
  },
)

test.serial('a monitor tells of nexthop objects', async (t) => {
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  const events = socket.monitor(['nexthop'])
  await socket.transaction([addNexthop({ id: 50, blackhole: true }), deleteNexthop(50)])
  const value = { id: 50, blackhole: true }
  t.like((await events.next()).value, { object: 'nexthop', change: 'new', value })
  t.like((await events.next()).value, { object: 'nexthop', change: 'delete', value })
  events.close()
  socket.close()
})

test.serial('refusals say what is wrong, in the words of ip and of the kernel', async (t) => {
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  const refusals = await socket.transaction([
    addNexthop({ id: 99, group: [{ id: 1234 }] }),
    addRoute({ destination: '10.50.0.0/16', nexthopId: 1234 }),
    addRoute({ destination: '10.50.0.0/16', nextHops: [{ gateway: '10.123.0.1' }] }),
    addRule({ priority: 400, goto: 300 }),
    deleteNexthop(1234),
  ])
  t.deepEqual(
    refusals.map((result) => (result.ok ? 'accepted' : result.error.message)),
    [
      'ip nexthop add id 99 group 1234: EINVAL, Invalid nexthop id',
      'ip route add 10.50.0.0/16 nhid 1234: EINVAL, Nexthop id does not exist',
      'ip route add 10.50.0.0/16 nexthop via 10.123.0.1 weight 1: ENETUNREACH, Nexthop has invalid gateway',
      'ip rule add priority 400 goto 300: EINVAL, Backward goto not supported',
      'ip nexthop delete id 1234: ENOENT',
    ],
  )
  socket.close()
})
