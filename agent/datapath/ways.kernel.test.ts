/**
 * The ways that packets can take through the datapaths of both agents: kinds of tunnels, reverse tunnels, copies, flows and packet
 * filters. `ip`, `tc` and `ping` are the witnesses. Runs as root. One file in spite of its length, for each file costs the guest a start of Node.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath, type DatapathOptions, type SubscriberFootprint, type Tunnel } from './datapath.ts'
import { bronze, gold } from './sample.ts'
import {
  foreignSide,
  homeSide,
  lines,
  namespaces,
  nodeLinkAddress,
  observe,
  ping,
  pingFromNode,
  sentBytes,
  setUp,
  shell,
} from './witness.ts'

interface Agents {
  home: Datapath
  foreign: Datapath
}
let agents: Agents

type Adopted = NonNullable<DatapathOptions['adopt']>

async function openAgents(adopt: { home: Adopted; foreign: Adopted } = { home: [], foreign: [] }) {
  return {
    home: await Datapath.open(
      { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, log: silentLog, adopt: adopt.home },
      NetlinkSocket.open({ namespace: '/run/netns/sj-dp-ha' }),
    ),
    foreign: await Datapath.open(
      {
        shapedInterface: 'access',
        shapedRateBitsPerSecond: 1e9,
        access: { interface: 'access', addresses: ['10.1.101.1', '10.1.1.2'] },
        uplink: { interface: 'core0', rateBitsPerSecond: 1e9 },
        log: silentLog,
        adopt: adopt.foreign,
      },
      NetlinkSocket.open({ namespace: '/run/netns/sj-dp-fa' }),
    ),
  }
}

test.before(() => {
  shell(setUp)
})
test.beforeEach(async () => {
  agents = await openAgents()
})
test.afterEach.always(async () => {
  await agents.home.close()
  await agents.foreign.close()
})
test.after.always(() => {
  for (const name of namespaces) shell(`ip netns delete ${name}`)
})

type Changes = Partial<SubscriberFootprint>

function atHome(changes: Changes = {}, tunnel: Partial<Tunnel> = {}): SubscriberFootprint {
  return {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: '10.1.1.1', remote: '10.1.1.2', ...tunnel },
    downlink: bronze,
    delivery: { via: 'tunnel' },
    ...changes,
  }
}

function atForeign(changes: Changes = {}, tunnel: Partial<Tunnel> = {}): SubscriberFootprint {
  return {
    ...atHome({}, { local: '10.1.1.2', remote: '10.1.1.1', ...tunnel }),
    delivery: { via: 'access', interface: 'access', linkAddress: nodeLinkAddress },
    ...changes,
  }
}

const direct: Changes = { reverseTunnel: { style: 'direct' } }
const tunnelAtForeign = 'sj-iCgEBAQoBAQI'

test.serial('gre with a key: each key is a tunnel of its own, and both ends must have it', async (t) => {
  const { home, foreign } = agents
  await home.set('mn1', atHome({}, { encapsulation: 'gre', key: 7 }))
  await home.set('mn2', atHome({ homeAddress: '192.0.2.12' }, { encapsulation: 'gre', key: 8 }))
  const links = lines(shell('ip -n sj-dp-ha -d link show type gre'), 'remote 10.1.1.2')
  t.deepEqual(links.map((line) => /tos inherit ikey (\S+) okey (\S+)/.exec(line)?.slice(1)).sort(), [
    ['0.0.0.7', '0.0.0.7'],
    ['0.0.0.8', '0.0.0.8'],
  ])
  await foreign.set('mn1', atForeign({}, { encapsulation: 'gre', key: 8 }))
  t.false(ping(1))
  await foreign.set('mn1', atForeign({}, { encapsulation: 'gre', key: 7 }))
  t.true(ping(3))
})

test.serial('the MTU is what the encapsulation leaves, and a longer packet is told so', async (t) => {
  const { home, foreign } = agents
  for (const [tunnel, mtu] of [
    [{ encapsulation: 'ipip' }, 1480],
    [{ encapsulation: 'gre' }, 1476],
    [{ encapsulation: 'gre', key: 7 }, 1472],
  ] as const) {
    await home.set('mn1', atHome({}, tunnel))
    await home.settled()
    await foreign.set('mn1', atForeign({}, tunnel))
    t.is(
      lines(shell('ip -n sj-dp-ha link show'), ' sj-').filter((line) => line.includes(`mtu ${mtu} `)).length,
      1,
    )
    const fits = mtu - 28
    const probe = (bytes: number) =>
      shell(
        `ip netns exec sj-dp-cn sh -c 'ip route flush cache; ping -c 1 -W 1 -M do -s ${bytes} 192.0.2.11' 2>&1 || true`,
      )
    t.regex(probe(fits), / 1 received/, String(mtu))
    t.regex(probe(fits + 1), new RegExp(`Frag needed .*mtu = ${mtu}|mtu=${mtu}`), String(mtu))
  }
})

test.serial('a tunnel over UDP is made, or refused for the driver that the kernel lacks', async (t) => {
  const { home } = agents
  const base = observe(homeSide)
  const setting = home.set('mn1', atHome({}, { udp: { sourcePort: 434, destinationPort: 4434 } }))
  const error = await setting.then(
    () => undefined,
    (refused: unknown) => refused,
  )
  if (error === undefined) {
    t.regex(shell('ip -n sj-dp-ha -d link show type ipip'), /encap fou encap-sport 434 encap-dport 4434/)
    return
  }
  t.like(error, {
    code: 'datapath/rejected',
    errno: 'EINVAL',
    kernelText: 'the kernel lacks the driver "fou", which tunnels over UDP need',
  })
  t.is(observe(homeSide), base)
})

test.serial('reverse tunnel: what the node sends goes back in the tunnel, in its class', async (t) => {
  const { home, foreign } = agents
  const foreignBase = observe(foreignSide)
  await home.set('mn1', atHome())
  await foreign.set('mn1', atForeign({ ...direct, uplink: gold }))
  // The home agent has not been asked for it yet.
  t.is(pingFromNode(2), 0)
  await home.set('mn1', atHome(direct))
  t.deepEqual(await foreign.set('mn1', atForeign({ ...direct, uplink: bronze })), {
    downlink: bronze,
    uplink: bronze,
  })
  const uplinkSide = { namespace: 'sj-dp-fa', device: 'core0', ingress: 'core0' }
  const before = sentBytes(uplinkSide, '4400:1')
  t.is(pingFromNode(5), 5)
  // 84 bytes in a tunnel on Ethernet.
  t.is(sentBytes(uplinkSide, '4400:1') - before, 5 * (84 + 20 + 14))
  t.is((await foreign.counters('mn1'))?.uplink?.packets, 7n)
  t.true(ping(3))
  await foreign.set('mn1', atForeign())
  await foreign.settled()
  t.is(sentBytes(uplinkSide, '4400:1'), Number.NaN)
  // Forwarded as it is.
  t.is(pingFromNode(2), 2)
  await foreign.remove('mn1')
  t.is(observe(foreignSide), foreignBase)
  await home.remove('mn1')
})

test.serial('encapsulating delivery: only what is in the tunnel of the node goes back', async (t) => {
  const { home, foreign } = agents
  await home.set('mn1', atHome(direct))
  await foreign.set(
    'mn1',
    atForeign({ reverseTunnel: { style: 'encapsulating', agentAddress: '10.1.101.1' } }),
  )
  shell(`
    ip -n sj-dp-mn link add own type ipip local 192.0.2.11 remote 10.1.101.1
    ip -n sj-dp-mn link set own up
    ip -n sj-dp-mn route add 203.0.113.10/32 dev own src 192.0.2.11`)
  const received = () =>
    Number(shell(`ip netns exec sj-dp-ha cat /sys/class/net/sj-iCgEBAgoBAQE/statistics/rx_packets`))
  const before = received()
  t.is(pingFromNode(3), 3)
  t.is(received() - before, 3)
  shell('ip -n sj-dp-mn link delete own')
  t.is(pingFromNode(3), 3)
  t.is(received() - before, 3)
})

test.serial('nobody sends as another on the access link, or comes out of a tunnel as another', async (t) => {
  const { home, foreign } = agents
  await home.set('mn1', atHome(direct))
  await foreign.set('mn1', atForeign(direct))
  shell('ip -n sj-dp-mn address add 192.0.2.12/32 dev radio0')
  t.is(pingFromNode(2, '-I 192.0.2.12'), 0)
  t.is(pingFromNode(2, '-I 192.0.2.11'), 2)
  shell('ip -n sj-dp-mn link set radio0 address 02:00:00:00:00:bb')
  t.is(pingFromNode(2, '-I 192.0.2.11'), 0)
  shell(`
    ip -n sj-dp-mn link set radio0 address ${nodeLinkAddress}
    ip -n sj-dp-mn address delete 192.0.2.12/32 dev radio0
    ip -n sj-dp-fa address add 192.0.2.13/32 dev lo
    ip -n sj-dp-fa route add 203.0.113.10/32 dev ${tunnelAtForeign}`)
  const fromForeign = (source: string) =>
    shell(`ip netns exec sj-dp-fa ping -q -c 1 -W 1 -I ${source} 203.0.113.10 || true`)
  const accepted = () => shell(`tc -n sj-dp-ha -s filter show dev sj-iCgEBAgoBAQE ingress`)
  const dropped = () => Number(/action drop.*?dropped (\d+)/s.exec(accepted())?.[1])
  const before = dropped()
  fromForeign('192.0.2.13')
  t.is(dropped() - before, 1)
  shell('ip -n sj-dp-fa address delete 192.0.2.13/32 dev lo; ip -n sj-dp-fa route delete 203.0.113.10/32')
})

test.serial('an uplink that is not tunnelled is limited where it comes in', async (t) => {
  const { home, foreign } = agents
  await home.set('mn1', atHome())
  const limited = { rateBitsPerSecond: 64_000, ceilBitsPerSecond: 64_000, priority: 0 }
  await foreign.set('mn1', atForeign({ uplink: limited }))
  t.is(pingFromNode(10), 10)
  const received = pingFromNode(100, '-s 1400')
  t.true(received > 10 && received < 90, String(received))
  // What the policer dropped is not counted, and a new policer goes on with the count.
  const counted = (await foreign.counters('mn1'))?.uplink
  t.is(counted?.packets, BigInt(10 + received))
  t.is(counted?.bytes, BigInt(10 * 84 + received * 1428))
  await foreign.set('mn1', atForeign({ uplink: gold }))
  t.deepEqual((await foreign.counters('mn1'))?.uplink, counted)
  t.is(pingFromNode(50, '-s 1400'), 50)
  t.is((await foreign.counters('mn1'))?.uplink?.packets, BigInt(60 + received))
})

test.serial('copies go to each other care-of address, once, also when two change places', async (t) => {
  const { home, foreign } = agents
  shell(`
    ip -n sj-dp-fa address add 10.1.2.2/32 dev lo
    ip -n sj-dp-fa link add other type ipip local 10.1.2.2 remote 10.1.1.1
    ip -n sj-dp-fa link set other up`)
  const here = atHome().tunnel
  const there = { ...here, remote: '10.1.2.2' }
  const received = (count: number): string =>
    /(\d+ received(, \+\d+ duplicates)?)/.exec(
      shell(`ip netns exec sj-dp-cn ping -q -c ${count} -i 0.01 -W 1 192.0.2.11 || true`),
    )?.[1] ?? ''
  await foreign.set('mn1', atForeign())
  await home.set('mn1', atHome({ alsoDeliverTo: [there] }))
  // It ends with the last reply, before its duplicate.
  t.is(received(5), '5 received, +4 duplicates')
  t.is((await home.counters('mn1'))?.packets, 5n)
  await home.set('mn1', atHome({ tunnel: there, alsoDeliverTo: [here] }))
  t.is(received(5), '5 received, +4 duplicates')
  t.is((await home.counters('mn1'))?.packets, 10n)
  await home.set('mn1', atHome({ tunnel: there }))
  t.is(received(5), '5 received')
  await t.throwsAsync(home.set('mn1', atHome({ alsoDeliverTo: [there, there, there, there] })), {
    code: 'datapath/rejected',
    message: /4 copies .* at most 3/,
  })
  shell('ip -n sj-dp-fa link delete other; ip -n sj-dp-fa address delete 10.1.2.2/32 dev lo')
})

test.serial('DSCP, flows with classes of their own, packet filters; changed in place', async (t) => {
  const { home, foreign } = agents
  const echo = {
    name: 'echo',
    match: { protocol: 'icmp', correspondent: '203.0.113.10' },
    shaping: bronze,
  } as const
  await foreign.set('mn1', atForeign())
  await home.set('mn1', atHome({ dscp: 34 }))
  shell(`
    tc -n sj-dp-fa qdisc add dev core0 clsact
    tc -n sj-dp-fa filter add dev core0 ingress protocol ip prio 1 flower ip_proto 4 ip_tos 0x88/0xfc action pass
    tc -n sj-dp-mn qdisc add dev radio0 clsact
    tc -n sj-dp-mn filter add dev radio0 ingress protocol ip prio 1 flower ip_tos 0xb8/0xfc action pass`)
  const seen = (namespace: string, device: string) =>
    Number(
      /Sent \d+ bytes (\d+) pkt/.exec(
        shell(`tc -n ${namespace} -s filter show dev ${device} ingress prio 1`),
      )?.[1],
    )
  t.true(ping(3))
  t.is(seen('sj-dp-fa', 'core0'), 3)
  t.is(seen('sj-dp-mn', 'radio0'), 0)

  const applied = await home.set('mn1', atHome({ downlink: gold, flows: [{ ...echo, dscp: 46 }] }))
  t.deepEqual(applied, { downlink: gold, flows: { echo: bronze } })
  t.true(ping(4))
  t.is(seen('sj-dp-mn', 'radio0'), 4)
  t.is((await home.counters('mn1'))?.packets, 7n)
  const packetsOf = (classId: string) =>
    Number(/ (\d+) pkt/.exec(shell(`tc -n sj-dp-ha -s class show dev core0 classid ${classId}`))?.[1])
  t.deepEqual(['4400:1', '4400:2', '4400:3'].map(packetsOf), [7, 3, 4])
  await home.set('mn1', atHome({ downlink: gold, flows: [{ ...echo, shaping: gold }] }))
  t.regex(
    shell('tc -n sj-dp-ha class show dev core0 classid 4400:3'),
    /parent 4400:1 .*rate 20Mbit ceil 50Mbit/,
  )
  t.is(packetsOf('4400:3'), 4)

  await home.set(
    'mn1',
    atHome({ filters: [{ direction: 'downlink', match: { protocol: 'icmp' }, action: 'drop' }] }),
  )
  t.false(ping(1))
  const first = { direction: 'downlink', match: { correspondent: '203.0.113.0/24' }, action: 'pass' } as const
  const rest = { direction: 'downlink', match: {}, action: 'drop' } as const
  await home.set('mn1', atHome({ filters: [first, rest] }))
  t.true(ping(2))
  t.deepEqual(['4400:1', '4400:2'].map(packetsOf), [9, 5])
  await home.remove('mn1')
  t.is(lines(observe(homeSide), '192.0.2.11').length, 0)
})

test.serial('a restart adopts: no packet is lost, the counters go on, what is nobody’s goes', async (t) => {
  const { home, foreign } = agents
  const flows = [{ name: 'echo', match: { protocol: 'icmp' }, shaping: bronze }] as const
  const here = atHome({ ...direct, flows, dscp: 34 })
  const there = atForeign({ ...direct, uplink: bronze })
  const bases = [observe(homeSide), observe(foreignSide)]
  await home.set('mn1', here)
  await foreign.set('mn1', there)
  const before = [observe(homeSide), observe(foreignSide)]
  await home.set('mn2', atHome({ homeAddress: '192.0.2.12', flows }, { remote: '10.1.2.2' }))
  await foreign.set('mn2', atForeign({ homeAddress: '192.0.2.12', ...direct }, { remote: '10.1.1.9' }))
  await home.close()
  await foreign.close()
  const pinging = promisify(execFile)('ip', [
    ...['netns', 'exec', 'sj-dp-cn', 'ping', '-q', '-c', '100', '-i', '0.01', '-W', '1', '192.0.2.11'],
  ])
  agents = await openAgents({
    home: [{ subscriber: 'mn1', footprint: here }],
    foreign: [{ subscriber: 'mn1', footprint: there }],
  })
  t.regex((await pinging).stdout, / 100 received/)
  t.deepEqual([observe(homeSide), observe(foreignSide)], before)
  t.deepEqual(agents.foreign.adopted.get('mn1'), { downlink: bronze, uplink: bronze })
  t.is((await agents.home.counters('mn1'))?.packets, 100n)
  t.deepEqual(await agents.home.set('mn1', { ...here, downlink: gold }), {
    downlink: gold,
    flows: { echo: bronze },
  })
  t.is((await agents.home.counters('mn1'))?.packets, 100n)
  await agents.home.remove('mn1')
  await agents.foreign.remove('mn1')
  t.deepEqual([observe(homeSide), observe(foreignSide)], bases)
})
