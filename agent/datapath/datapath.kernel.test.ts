/**
 * A home agent's and a foreign agent's datapath in two namespaces of their own, a correspondent and a mobile
 * node in two more. `ip`, `tc` and `ping` are the witnesses. Runs as root.
 */
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath, type SubscriberFootprint } from './datapath.ts'
import { bronze, gold } from './sample.ts'
import {
  foreignSide,
  homeSide,
  lines,
  namespaces,
  nodeLinkAddress,
  observe,
  ping,
  sentBytes,
  setUp,
  shell,
} from './witness.ts'

test.before(() => {
  shell(setUp)
})
test.after.always(() => {
  for (const name of namespaces) shell(`ip netns delete ${name}`)
})

const openHome = () =>
  Datapath.open(
    { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, log: silentLog },
    NetlinkSocket.open({ namespace: '/run/netns/sj-dp-ha' }),
  )
const openForeign = () =>
  Datapath.open(
    {
      shapedInterface: 'access',
      shapedRateBitsPerSecond: 1e9,
      access: { interface: 'access', addresses: ['10.1.101.1', '10.1.1.2'] },
      log: silentLog,
    },
    NetlinkSocket.open({ namespace: '/run/netns/sj-dp-fa' }),
  )

function atHome(changes: Partial<SubscriberFootprint> & { remote?: string } = {}): SubscriberFootprint {
  const { remote = '10.1.1.2', ...others } = changes
  return {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: '10.1.1.1', remote },
    downlink: bronze,
    delivery: { via: 'tunnel' },
    ...others,
  }
}
const atForeign: SubscriberFootprint = {
  homeAddress: '192.0.2.11',
  tunnel: { encapsulation: 'ipip', local: '10.1.1.2', remote: '10.1.1.1' },
  downlink: bronze,
  delivery: { via: 'access', interface: 'access', linkAddress: nodeLinkAddress },
}

test.serial('home agent: set makes tunnel, route, classes and filters; remove leaves nothing', async (t) => {
  const home = await openHome()
  const base = observe(homeSide)
  t.deepEqual(lines(base, 'lookup 434'), ['4345:	from all lookup 434 proto 143'])
  t.deepEqual(lines(base, '4340'), ['qdisc htb 4340: root r2q 10 default 0 direct_qlen 1000'])
  t.deepEqual(await home.set('mn1', atHome()), { downlink: bronze })
  const set = observe(homeSide)
  t.is(lines(set, '192.0.2.11')[0], '192.0.2.11 dev sj-iCgEBAgoBAQE table 434 scope link')
  t.deepEqual(lines(set, 'class htb'), [
    'class htb 4340:4400 root leaf 4400: prio 0 rate 1Gbit ceil 1Gbit burst 1251500b cburst 1251500b',
    'class htb 4400:1 root rate 4Mbit ceil 4Mbit burst 6600b cburst 6600b',
    'class htb 4400:2 parent 4400:1 leaf N: prio 3 rate 4Mbit ceil 4Mbit burst 6600b cburst 6600b',
  ])
  t.regex(set, /^qdisc htb 4400: parent 4340:4400 /m)
  t.regex(set, /^qdisc fq_codel N: parent 4400:2 /m)
  t.regex(set, /fw handle 0x44000000\/0xffff0000 classid 4340:4400$/m)
  t.regex(set, /fw handle 0x1\/0xffff classid 4400:2$/m)
  t.regex(set, /flower handle 0xc000020b\n.*\n {2}dst_ip 192.0.2.11\n\n.*skbedit {2}mark 1140850689 pipe/)
  const tunnel = shell('ip -n sj-dp-ha -d link show sj-iCgEBAgoBAQE')
  t.regex(tunnel, /,UP,/)
  t.regex(tunnel, /ipip .*remote 10.1.1.2 local 10.1.1.1 ttl 64 tos inherit/)
  await home.remove('mn1')
  await home.remove('mn1')
  t.is(observe(homeSide), base)
  await home.close()
})

test.serial(
  'packets pass both agents in their classes, and a change of rate goes on with the same class',
  async (t) => {
    const home = await openHome()
    const foreign = await openForeign()
    const foreignBase = observe(foreignSide)
    await home.set('mn1', atHome())
    await foreign.set('mn1', atForeign)
    t.is(
      lines(observe(foreignSide), 'PERMANENT')[0],
      `192.0.2.11 dev access lladdr ${nodeLinkAddress} PERMANENT proto 143`,
    )
    t.true(ping(10))
    const before = await home.counters('mn1')
    t.is(before?.packets, 10n)
    t.is(Number(before?.bytes), sentBytes(homeSide, '4400:1'))
    t.is((await foreign.counters('mn1'))?.packets, 10n)
    t.is(lines(observe(homeSide), 'direct').length, 2)

    const old = observe(homeSide)
    for (const [datapath, footprint] of [
      [home, atHome()],
      [foreign, atForeign],
    ] as const)
      t.deepEqual(await datapath.set('mn1', { ...footprint, downlink: gold }), { downlink: gold })
    t.is(
      observe(homeSide),
      old
        .replaceAll('prio 3', 'prio 1')
        .replaceAll(/rate 4Mbit ceil 4Mbit.*/g, 'rate 20Mbit ceil 50Mbit burst 26600b cburst 64100b'),
    )
    t.deepEqual(await home.counters('mn1'), before)
    t.true(ping(10))
    t.is((await home.counters('mn1'))?.packets, 20n)
    t.is((await foreign.counters('mn1'))?.packets, 20n)

    await home.remove('mn1')
    t.false(ping(1))
    await foreign.remove('mn1')
    t.is(observe(foreignSide), foreignBase)
    t.is(await foreign.counters('mn1'), undefined)
    await home.close()
    await foreign.close()
  },
)

test.serial(
  'a move to another tunnel switches route and mark, and leaves nothing of the former',
  async (t) => {
    const home = await openHome()
    await home.set('mn1', atHome())
    const there = observe(homeSide)
    await home.set('mn1', atHome({ remote: '10.1.2.2' }))
    await home.settled()
    t.is(
      observe(homeSide),
      there
        .replaceAll('sj-iCgEBAgoBAQE', 'sj-iCgECAgoBAQE')
        .replaceAll('4400', '4401')
        .replace('mark 1140850689', `mark ${0x44010001}`),
    )
    await home.set('mn1', atHome())
    await home.settled()
    t.is(observe(homeSide), there)
    await home.remove('mn1')
    await home.close()
  },
)

test.serial('subscribers behind one tunnel share it and its group', async (t) => {
  const home = await openHome()
  const base = observe(homeSide)
  const other = { homeAddress: '192.0.2.12' }
  await Promise.all([home.set('mn1', atHome()), home.set('mn2', atHome(other))])
  const both = observe(homeSide)
  t.is(lines(both, 'qdisc htb').length, 2)
  t.is(lines(both, 'class htb 4400:').length, 4)
  await home.remove('mn1')
  t.is(lines(observe(homeSide), 'class htb 4400:')[0]?.slice(0, 16), 'class htb 4400:3')
  t.is(lines(observe(homeSide), 'dev sj-').length, 1)
  await home.remove('mn2')
  t.is(observe(homeSide), base)
  await home.close()
})

test.serial('a refused change leaves the former state, and says what the kernel said', async (t) => {
  const home = await openHome()
  await home.set('mn1', atHome())
  const before = observe(homeSide)
  shell('ip -n sj-dp-ha link add foreign type ipip local 10.1.1.1 remote 10.1.2.2')
  const refused = await t.throwsAsync(home.set('mn1', atHome({ remote: '10.1.2.2', downlink: gold })), {
    code: 'datapath/rejected',
    message: /all was taken back/,
  })
  t.like(refused, {
    errno: 'EEXIST',
    rendered: 'ip link add sj-iCgECAgoBAQE up type ipip local 10.1.1.1 remote 10.1.2.2 ttl 64 tos inherit',
  })
  t.is(observe(homeSide), before)
  // The kernel accepts the priority and silently makes it 7.
  const altered = home.set('mn1', atHome({ downlink: { ...gold, priority: 9 } }))
  const { cause } = await t.throwsAsync(altered, { code: 'datapath/read-back' })
  t.is(cause instanceof Error && cause.message, 'class core0 4400:2: priority should be 9 and is 7')
  t.is(observe(homeSide), before)
  shell('ip -n sj-dp-ha link delete foreign')
  t.deepEqual(await home.set('mn1', atHome({ downlink: gold })), { downlink: gold })
  await home.remove('mn1')
  await home.close()
})

test.serial('opening removes what a former process left, and nothing of others', async (t) => {
  const others = [
    'ip -n sj-dp-ha link add foreign type ipip local 10.1.1.1 remote 10.1.9.9',
    'ip -n sj-dp-ha route add 198.51.100.0/24 dev cn0 table 434',
    'ip -n sj-dp-ha rule add priority 5000 lookup 500',
    'ip -n sj-dp-ha neighbour add 203.0.113.77 lladdr 02:00:00:00:00:77 dev core0 nud permanent',
    'tc -n sj-dp-fa filter add dev access ingress protocol ip prio 10 flower dst_ip 198.51.100.1 action pass',
  ]
  const visited = await openForeign()
  shell(others.join('\n'))
  const visitedBase = observe(foreignSide)
  t.is(lines(visitedBase, 'dst_ip 198.51.100.1').length, 1)
  await visited.set('mn1', { ...atForeign, reverseTunnel: { style: 'direct' } })
  await visited.close()
  const visitedAgain = await openForeign()
  t.is(observe(foreignSide), visitedBase)
  await visitedAgain.close()
  const first = await openHome()
  const base = observe(homeSide)
  for (const word of ['5000:', '203.0.113.77']) t.is(lines(base, word).length, 1, word)
  await first.set('mn1', atHome())
  await first.set('mn2', atHome({ homeAddress: '192.0.2.12', remote: '10.1.2.2' }))
  await first.close()
  const second = await openHome()
  t.is(observe(homeSide), base)
  t.regex(shell('ip -n sj-dp-ha -br link show'), /^foreign@/m)
  t.deepEqual(await second.set('mn1', atHome()), { downlink: bronze })
  await second.remove('mn1')
  await second.close()
})

test.serial('a gre tunnel is made as well, and the kernel counts in ticks of 64 ns', async (t) => {
  const home = await openHome()
  const tunnel = { encapsulation: 'gre', local: '10.1.1.1', remote: '10.1.2.2' } as const
  await home.set('mn1', { ...atHome(), tunnel })
  t.regex(
    shell('ip -n sj-dp-ha -d link show sj-gCgECAgoBAQE'),
    /gre remote 10.1.2.2 local 10.1.1.1 ttl 64 tos inherit/,
  )
  await home.remove('mn1')
  await home.close()
  t.is(shell('cat /proc/net/psched').split(' ')[1], '00000040')
})

test.serial('an interface with a root qdisc of somebody else is refused and left alone', async (t) => {
  shell('tc -n sj-dp-fa qdisc add dev core0 root handle 7: htb')
  const options = { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, log: silentLog }
  const kernel = NetlinkSocket.open({ namespace: '/run/netns/sj-dp-fa' })
  await t.throwsAsync(Datapath.open(options, kernel), { code: 'datapath/rejected' })
  t.regex(shell('tc -n sj-dp-fa qdisc show dev core0'), /htb 7: root/)
})
