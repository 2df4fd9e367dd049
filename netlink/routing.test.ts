/** Golden vectors of the whole of routes, nexthop objects, rules, addresses and neighbours. Above 300 lines: a table, a row a command. */
import { inspect } from 'node:util'
import test from 'ava'
import * as addresses from './address.ts'
import { damagedForms, encodeRequest, readVectors, withNames } from './golden/vectors.ts'
import { type AnyMessageFormat, messageHeaderBytes, type NetlinkRequest } from './message.ts'
import * as neighbours from './neighbour.ts'
import { NetlinkError } from './netlink-error.ts'
import * as nexthops from './nexthop.ts'
import * as routes from './route.ts'
import { encapsulationFlag } from './route-encapsulation.ts'
import { addRule, deleteRule, dumpRules, ruleMessage } from './rule.ts'

const formats: Record<string, AnyMessageFormat> = {
  route: routes.routeMessage,
  nexthop: nexthops.nexthopMessage,
  rule: ruleMessage,
  address: addresses.addressMessage,
  neighbour: neighbours.neighbourMessage,
}

const device = 'v0'
const outer = { source: '203.0.113.1', destination: '10.1.1.2' }
const linkAddress = (last: string) => `02:00:00:00:00:${last}`

/** Each golden command as this library says it. */
const requests: Record<string, NetlinkRequest> = {
  'ip route add 10.20.0.0/16 tos 0x10 via 10.0.0.2 dev v0 table 300 proto 4 metric 7 src 10.0.0.1 realms 3/4':
    routes.addRoute({
      destination: '10.20.0.0/16',
      tos: 0x10,
      gateway: '10.0.0.2',
      device,
      table: 300,
      protocol: routes.routeProtocol.static,
      metric: 7,
      preferredSource: '10.0.0.1',
      realms: { from: 3, to: 4 },
    }),
  'ip route add 10.20.0.0/16 dev v0 scope global mtu lock 1400 window 1000 rtt 100 rttvar 50 ssthresh 20 cwnd lock 10 advmss 1360 reordering 5 hoplimit 60 initcwnd 10 features ecn initrwnd 12 quickack 1 congctl reno fastopen_no_cookie 1 rto_min 200ms':
    routes.addRoute({
      destination: '10.20.0.0/16',
      device,
      scope: 'global',
      metrics: {
        mtu: 1400,
        windowBytes: 1000,
        roundTripTimeEighthMilliseconds: 100,
        roundTripVarianceQuarterMilliseconds: 50,
        slowStartThreshold: 20,
        congestionWindow: 10,
        advertisedMss: 1360,
        reordering: 5,
        hopLimit: 60,
        initialCongestionWindow: 10,
        features: 'ecn',
        initialReceiveWindow: 12,
        quickAck: 1,
        congestionAlgorithm: 'reno',
        fastOpenWithoutCookie: 1,
        minimumRetransmissionMilliseconds: 200,
        locked: ['mtu', 'congestionWindow'],
      },
    }),
  'ip route append 10.21.0.0/16 via 10.0.0.3 dev v0': routes.appendRoute({
    destination: '10.21.0.0/16',
    gateway: '10.0.0.3',
    device,
  }),
  'ip route change 10.21.0.0/16 via 10.0.0.4 dev v0': routes.changeRoute({
    destination: '10.21.0.0/16',
    gateway: '10.0.0.4',
    device,
  }),
  'ip route replace 10.22.0.0/16 proto 143 nexthop via 10.0.0.2 dev v0 weight 3 nexthop via inet6 fe80::2 dev v2 weight 1 onlink':
    routes.replaceRoute({
      destination: '10.22.0.0/16',
      protocol: 143,
      nextHops: [
        { gateway: '10.0.0.2', device, weight: 3 },
        { gateway: 'fe80::2', device: 'v2', onLink: true },
      ],
    }),
  'ip route add 10.23.0.0/16 nhid 8 proto 143': routes.addRoute({
    destination: '10.23.0.0/16',
    nexthopId: 8,
    protocol: 143,
  }),
  'ip route add 10.24.0.0/16 via inet6 fe80::3 dev v0': routes.addRoute({
    destination: '10.24.0.0/16',
    gateway: 'fe80::3',
    device,
  }),
  'ip route add 10.25.0.0/16 encap ip id 77 src 203.0.113.1 dst 10.1.1.2 ttl 64 tos 0x10 key dev v0':
    routes.addRoute({
      destination: '10.25.0.0/16',
      encapsulation: { ip: { id: 77n, ...outer, ttl: 64, tos: 0x10, flags: encapsulationFlag.KEY } },
      device,
    }),
  'ip route add 10.26.0.0/16 nexthop encap ip id 1 dst 10.1.1.2 dev v0 weight 1 nexthop encap ip id 2 dst 10.1.1.3 dev v2 weight 2':
    routes.addRoute({
      destination: '10.26.0.0/16',
      nextHops: [
        { encapsulation: { ip: { id: 1n, destination: '10.1.1.2' } }, device },
        { encapsulation: { ip: { id: 2n, destination: '10.1.1.3' } }, device: 'v2', weight: 2 },
      ],
    }),
  'ip -6 route add 2001:db8:2::/48 encap ip6 id 9 src 2001:db8::1 dst 2001:db8::9 hoplimit 64 tc 0x20 dev v0 metric 9':
    routes.addRoute({
      destination: '2001:db8:2::/48',
      encapsulation: {
        ip6: { id: 9n, source: '2001:db8::1', destination: '2001:db8::9', hopLimit: 64, trafficClass: 0x20 },
      },
      device,
      metric: 9,
    }),
  'ip -6 route add 2001:db8:3::/48 via fe80::2 dev v0 pref high expires 600': routes.addRoute({
    destination: '2001:db8:3::/48',
    gateway: 'fe80::2',
    device,
    preference: 'high',
    expiresSeconds: 600,
  }),
  'ip -6 route add 2001:db8:4::/48 nexthop via 2001:db8::2 dev v0 weight 1 nexthop via 2001:db8::3 dev v0 weight 2':
    routes.addRoute({
      destination: '2001:db8:4::/48',
      nextHops: [
        { gateway: '2001:db8::2', device },
        { gateway: '2001:db8::3', device, weight: 2 },
      ],
    }),
  'ip -6 route delete 2001:db8:4::/48 metric 9': routes.deleteRoute({
    destination: '2001:db8:4::/48',
    metric: 9,
  }),
  'ip -6 route add 2001:db8:5::/48 from 2001:db8:6::/64 via 2001:db8::2 dev v0': routes.addRoute({
    destination: '2001:db8:5::/48',
    source: '2001:db8:6::/64',
    gateway: '2001:db8::2',
    device,
  }),
  'ip -6 route add unreachable 2001:db8:7::/48': routes.addRoute({
    type: 'unreachable',
    destination: '2001:db8:7::/48',
  }),
  'ip -6 route add 2001:db8:8::/64 dev v0': routes.addRoute({ destination: '2001:db8:8::/64', device }),
  'ip route add blackhole 10.27.0.0/16 table 100': routes.addRoute({
    type: 'blackhole',
    destination: '10.27.0.0/16',
    table: 100,
  }),
  'ip route add local 10.28.0.1/32 dev lo': routes.addRoute({
    type: 'local',
    destination: '10.28.0.1',
    device: 'lo',
  }),
  'ip route delete 10.25.0.0/16 encap ip id 77 src 203.0.113.1 dst 10.1.1.2 dev v0': routes.deleteRoute({
    destination: '10.25.0.0/16',
    encapsulation: { ip: { id: 77n, ...outer } },
    device,
  }),
  'ip route delete 10.23.0.0/16 nhid 8': routes.deleteRoute({ destination: '10.23.0.0/16', nexthopId: 8 }),
  'ip route get 10.20.0.1 from 10.0.0.1 iif v0 tos 0x10 mark 5': routes.getRoute('10.20.0.1', {
    from: '10.0.0.1',
    inputDevice: device,
    tos: 0x10,
    mark: 5,
  }),
  'ip route get 10.20.0.1 oif v0 uid 1000 ipproto tcp sport 1000 dport 80': routes.getRoute('10.20.0.1', {
    device,
    userId: 1000,
    payloadProtocol: 'tcp',
    sourcePort: 1000,
    destinationPort: 80,
  }),
  'ip -6 route get 2001:db8::1 from 2001:db8::2 oif v0': routes.getRoute('2001:db8::1', {
    from: '2001:db8::2',
    device,
  }),
  'ip route show table 434 dev v0 proto 143': routes.dumpRoutes({ table: 434, device, protocol: 143 }),

  'ip nexthop add id 8 via 10.0.0.2 dev v0 proto 143': nexthops.addNexthop({
    id: 8,
    gateway: '10.0.0.2',
    device,
    protocol: 143,
  }),
  'ip nexthop replace id 9 dev v0': nexthops.replaceNexthop({ id: 9, device }),
  'ip nexthop add id 10 blackhole': nexthops.addNexthop({ id: 10, blackhole: true }),
  'ip -6 nexthop add id 11 blackhole': nexthops.addNexthop({ id: 11, family: 'inet6', blackhole: true }),
  'ip nexthop add id 12 via 2001:db8::2 dev v0 onlink': nexthops.addNexthop({
    id: 12,
    gateway: '2001:db8::2',
    device,
    onLink: true,
  }),
  'ip nexthop add id 13 encap ip id 77 src 203.0.113.1 dst 10.1.1.2 ttl 64 key dev v0': nexthops.addNexthop({
    id: 13,
    encapsulation: { ip: { id: 77n, ...outer, ttl: 64, flags: encapsulationFlag.KEY } },
    device,
  }),
  'ip nexthop add id 14 group 8/9,3': nexthops.addNexthop({
    id: 14,
    group: [{ id: 8 }, { id: 9, weight: 3 }],
  }),
  'ip nexthop add id 15 group 8/9 type resilient buckets 16 idle_timer 60 unbalanced_timer 300':
    nexthops.addNexthop({
      id: 15,
      group: [{ id: 8 }, { id: 9 }],
      resilient: { buckets: 16, idleSeconds: 60, unbalancedSeconds: 300 },
    }),
  'ip nexthop delete id 8': nexthops.deleteNexthop(8),
  'ip nexthop get id 8': nexthops.getNexthop(8),
  'ip nexthop show': nexthops.dumpNexthops(),
  'ip nexthop show dev v0': nexthops.dumpNexthops({ device }),
  'ip nexthop show master v0': nexthops.dumpNexthops({ master: device }),
  'ip nexthop show groups': nexthops.dumpNexthops({ groupsOnly: true }),
  'ip nexthop add id 16 via 10.0.0.2 fdb': nexthops.addNexthop({
    id: 16,
    gateway: '10.0.0.2',
    forwardingDatabase: true,
  }),

  'ip rule add not priority 100 from 10.0.0.0/8 to 192.0.2.0/24 tos 0x10 fwmark 0x1/0xf iif v0 oif v2 lookup 300':
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
  'ip rule add priority 101 ipproto udp sport 434 dport 1000-2000 uidrange 1000-1999 lookup 100 suppress_prefixlength 0':
    addRule({
      priority: 101,
      payloadProtocol: 'udp',
      sourcePorts: 434,
      destinationPorts: [1000, 2000],
      users: [1000, 1999],
      table: 100,
      suppressPrefixLength: 0,
    }),
  'ip rule add priority 102 goto 200': addRule({ priority: 102, goto: 200 }),
  'ip rule add priority 103 fwmark 0x5 blackhole': addRule({ priority: 103, fwMark: 5, type: 'blackhole' }),
  'ip rule add priority 104 from 10.9.0.0/16 unreachable': addRule({
    priority: 104,
    from: '10.9.0.0/16',
    type: 'unreachable',
  }),
  'ip rule add priority 105 to 10.9.0.0/16 prohibit protocol 143': addRule({
    priority: 105,
    to: '10.9.0.0/16',
    type: 'prohibit',
    protocol: 143,
  }),
  'ip -6 rule add priority 106 from 2001:db8::/32 ipproto ipv6-icmp lookup 300': addRule({
    priority: 106,
    from: '2001:db8::/32',
    payloadProtocol: 'ipv6-icmp',
    table: 300,
  }),
  'ip rule add priority 107 lookup 100 suppress_ifgroup 7': addRule({
    priority: 107,
    table: 100,
    suppressGroup: 7,
  }),
  'ip rule add priority 108 l3mdev': addRule({ priority: 108, l3MasterDevice: true }),
  'ip rule add priority 109 lookup 100 realms 3/4': addRule({
    priority: 109,
    table: 100,
    realms: { from: 3, to: 4 },
  }),
  'ip rule add priority 110 nop': addRule({ priority: 110, type: 'nop' }),
  'ip rule add priority 111 tun_id 42 lookup 100': addRule({ priority: 111, tunnelId: 42n, table: 100 }),
  'ip rule delete priority 102 goto 200': deleteRule({ priority: 102, goto: 200 }),
  'ip rule delete not priority 100 fwmark 0x1/0xf': deleteRule({
    not: true,
    priority: 100,
    fwMark: 1,
    fwMask: 0xf,
  }),
  'ip rule delete priority 103 blackhole': deleteRule({ priority: 103, type: 'blackhole' }),
  'ip rule show': dumpRules(),
  'ip -6 rule show': dumpRules({ family: 'inet6' }),

  'ip address add 10.5.0.1/24 broadcast 10.5.0.255 dev v0 label v0:home scope link metric 50 valid_lft 3600 preferred_lft 1800 noprefixroute':
    addresses.addAddress({
      address: '10.5.0.1/24',
      broadcast: '10.5.0.255',
      device,
      label: 'v0:home',
      scope: 'link',
      metric: 50,
      validSeconds: 3600,
      preferredSeconds: 1800,
      noPrefixRoute: true,
    }),
  'ip address add 10.5.1.1 peer 10.5.1.2/30 dev v0': addresses.addAddress({
    address: '10.5.1.1',
    peer: '10.5.1.2/30',
    device,
  }),
  'ip -6 address add 2001:db8:5::1/64 dev v0 metric 60 nodad home': addresses.addAddress({
    address: '2001:db8:5::1/64',
    device,
    metric: 60,
    noDuplicateDetection: true,
    home: true,
  }),
  'ip -6 address replace 2001:db8:6::1/64 dev v0 valid_lft forever preferred_lft 0': addresses.replaceAddress(
    {
      address: '2001:db8:6::1/64',
      device,
      preferredSeconds: 0,
    },
  ),
  'ip -6 address add 2001:db8:8::1 peer 2001:db8:8::2/64 dev v0': addresses.addAddress({
    address: '2001:db8:8::1',
    peer: '2001:db8:8::2/64',
    device,
  }),
  'ip address add 10.5.3.1/24 dev v0 scope host': addresses.addAddress({
    address: '10.5.3.1/24',
    device,
    scope: 'host',
  }),
  'ip address add 10.5.4.1/24 dev lo': addresses.addAddress({ address: '10.5.4.1/24', device: 'lo' }),
  'ip address delete 10.5.0.1/24 dev v0 label v0:home': addresses.deleteAddress({
    address: '10.5.0.1/24',
    device,
    label: 'v0:home',
  }),
  'ip -6 address delete 2001:db8:5::1/64 dev v0': addresses.deleteAddress({
    address: '2001:db8:5::1/64',
    device,
  }),
  'ip address show': addresses.dumpAddresses(),

  'ip neighbour add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0 nud reachable router': neighbours.addNeighbour({
    address: '10.0.0.9',
    linkAddress: linkAddress('09'),
    device,
    state: 'reachable',
    router: true,
  }),
  'ip neighbour change 10.0.0.9 lladdr 02:00:00:00:00:0a dev v0 nud stale': neighbours.changeNeighbour({
    address: '10.0.0.9',
    linkAddress: linkAddress('0a'),
    device,
    state: 'stale',
  }),
  'ip neighbour add 10.0.0.10 dev v0 nud noarp': neighbours.addNeighbour({
    address: '10.0.0.10',
    device,
    state: 'noarp',
  }),
  'ip neighbour add 10.0.0.11 lladdr 02:00:00:00:00:0b dev v0 nud permanent extern_learn protocol 143':
    neighbours.addNeighbour({
      address: '10.0.0.11',
      linkAddress: linkAddress('0b'),
      device,
      externallyLearned: true,
      protocol: 143,
    }),
  'ip neighbour replace 10.0.0.12 dev v0 nud none use': neighbours.replaceNeighbour({
    address: '10.0.0.12',
    device,
    state: 'none',
    use: true,
  }),
  'ip neighbour replace 10.0.0.13 dev v0 nud none managed': neighbours.replaceNeighbour({
    address: '10.0.0.13',
    device,
    state: 'none',
    managed: true,
  }),
  'ip -6 neighbour add proxy 2001:db8::9 dev v0': neighbours.addNeighbour({
    proxy: true,
    address: '2001:db8::9',
    device,
  }),
  'ip neighbour add proxy 192.0.2.12 dev v0 protocol 143': neighbours.addNeighbour({
    proxy: true,
    address: '192.0.2.12',
    device,
    protocol: 143,
  }),
  'ip neighbour show dev v0': neighbours.dumpNeighbours({ family: 'unspec', device }),
  'ip neighbour show master v0': neighbours.dumpNeighbours({ family: 'unspec', master: device }),
  'ip neighbour show proxy dev v0': neighbours.dumpNeighbours({ family: 'unspec', device, proxy: true }),
}

function formatOf(command: string): AnyMessageFormat {
  const [, object = ''] = /^ip (?:-6 )?(\w+)/.exec(command) ?? []
  const format = formats[object]
  if (format === undefined) throw new Error(`"${command}" names no object of these`)
  return format
}

/** `ip` leaves the padding behind these unwritten: the bytes there are chance. */
const chancePadding = /encap ip|via inet6/

for (const { command, hex } of readVectors('routing')) {
  const bytes = Buffer.from(hex, 'hex')
  const type = bytes.readUInt16LE(4)
  const flags = bytes.readUInt16LE(6)
  const format = formatOf(command)
  const decode = (message: Buffer) => format.read(message, messageHeaderBytes)
  const render = (value: object) => withNames(format.render(type, flags, value))

  test(`${command}: decoded, encoded again, and printed`, (t) => {
    const value = decode(bytes)
    const again = encodeRequest({ type, flags, format, value, answer: () => {}, render: () => '' }, flags)
    if (chancePadding.test(command)) t.deepEqual(decode(again), value)
    else t.is(again.toString('hex'), hex)
    t.notRegex(inspect(value, { depth: null }), /unknown/)
    t.is(render(value), command)
  })

  test(`${command}: made by us`, (t) => {
    const request = requests[command]
    if (request === undefined) return t.fail('no request of ours')
    const ours = encodeRequest(request, flags)
    t.is(ours.length, bytes.length)
    if (chancePadding.test(command)) t.deepEqual(decode(ours), decode(bytes))
    else t.is(ours.toString('hex'), hex)
    t.is(withNames(request.render()), command)
  })

  test(`${command}: every truncation and bit flip is a value or a typed error`, (t) => {
    for (const message of damagedForms(bytes))
      try {
        format.render(type, flags, decode(message))
      } catch (error) {
        if (!(error instanceof NetlinkError)) throw error
      }
    t.pass()
  })
}
