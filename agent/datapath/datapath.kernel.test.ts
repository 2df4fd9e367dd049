/**
 * A home agent's and a foreign agent's datapath in two namespaces of their own, a correspondent and a mobile
 * node in two more. `ip`, `tc` and `ping` are the witnesses. Runs as root.
 */
import { execFileSync } from 'node:child_process'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath, type SubscriberFootprint } from './datapath.ts'
import { bronze, gold } from './sample.ts'

const namespaces = ['sj-dp-cn', 'sj-dp-ha', 'sj-dp-fa', 'sj-dp-mn']
const nodeLinkAddress = '02:00:00:00:00:aa'

/**
 * cn0 and core0 at the home agent; core0 and access at the foreign agent; the node has its home address on
 * radio0.
 */
const setUp = `
  ${namespaces.map((name) => `ip netns add ${name}`).join('\n  ')}
  ip -n sj-dp-ha link add cn0 type veth peer name ha0 netns sj-dp-cn
  ip -n sj-dp-ha link add core0 type veth peer name core0 netns sj-dp-fa
  ip -n sj-dp-fa link add access type veth peer name radio0 netns sj-dp-mn
  ip -n sj-dp-mn link set radio0 address ${nodeLinkAddress}
  ip -n sj-dp-cn address add 203.0.113.10/24 dev ha0
  ip -n sj-dp-ha address add 203.0.113.1/24 dev cn0
  ip -n sj-dp-ha address add 10.1.1.1/24 dev core0
  ip -n sj-dp-fa address add 10.1.1.2/24 dev core0
  ip -n sj-dp-fa address add 10.1.101.1/24 dev access
  ip -n sj-dp-mn address add 192.0.2.11/32 dev radio0
  ip -n sj-dp-cn link set ha0 up
  for link in cn0 core0; do ip -n sj-dp-ha link set $link up; done
  for link in core0 access; do ip -n sj-dp-fa link set $link up; done
  ip -n sj-dp-mn link set radio0 up
  ip -n sj-dp-cn route add 192.0.2.0/24 via 203.0.113.1
  ip -n sj-dp-ha route add 10.1.2.0/24 via 10.1.1.2
  ip -n sj-dp-fa route add 203.0.113.0/24 via 10.1.1.1
  ip -n sj-dp-mn route add 10.1.101.1/32 dev radio0
  ip -n sj-dp-mn route add default via 10.1.101.1
  for name in ${namespaces.join(' ')}; do
    ip netns exec $name sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  done`

function shell(script: string): string {
  return execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
}

test.before(() => {
  shell(setUp)
})
test.after.always(() => {
  for (const name of namespaces) shell(`ip netns delete ${name}`)
})

interface Side {
  namespace: string
  device: string
  ingress: string
}
const homeSide: Side = { namespace: 'sj-dp-ha', device: 'core0', ingress: 'cn0' }

/** All that the datapath may touch, as the witnesses show it; leaf handles are the kernel's choice. */
function observe({ namespace, device, ingress }: Side): string {
  return shell(`
    ip -n ${namespace} -br link show | grep -o '^sj-[^@ ]*' || true
    ip -n ${namespace} route show table 434 2>/dev/null || true
    ip -n ${namespace} rule show
    ip -n ${namespace} neighbour show nud permanent
    for object in qdisc class filter; do tc -n ${namespace} $object show dev ${device}; done
    for child in $(tc -n ${namespace} qdisc show dev ${device} | grep -o 'htb 44[0-9a-f]*:' | cut -d' ' -f2); do
      tc -n ${namespace} filter show dev ${device} parent $child
    done
    tc -n ${namespace} qdisc show dev ${ingress}
    tc -n ${namespace} filter show dev ${ingress} ingress`)
    .replace(/(fq_codel|leaf) 8[0-9a-f]{3}:/g, '$1 N:')
    .replace(/ (chain 0|not_in_hw|index \d+|ref \d+|bind \d+|direct_packets_stat \d+|refcnt \d+)/g, '')
    .replace(/[ \t]+$/gm, '')
}

const foreignSide: Side = { namespace: 'sj-dp-fa', device: 'access', ingress: 'core0' }

const openHome = () =>
  Datapath.open(
    { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, markIngress: ['cn0'], log: silentLog },
    NetlinkSocket.open({ namespace: '/run/netns/sj-dp-ha' }),
  )
const openForeign = () =>
  Datapath.open(
    { shapedInterface: 'access', shapedRateBitsPerSecond: 1e9, markIngress: [], log: silentLog },
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

/** Whether all of some echo requests from the correspondent to the node were answered. */
function ping(count: number): boolean {
  return shell(`ip netns exec sj-dp-cn ping -q -c ${count} -i 0.01 -w 5 192.0.2.11 || true`).includes(
    `${count} received`,
  )
}

/** The lines of a witness's output that have the word. */
function lines(text: string, word: string): string[] {
  return text.split('\n').filter((line) => line.includes(word))
}

/** Bytes sent by a class, as `tc` counts them. */
function sentBytes({ namespace, device }: Side, classId: string): number {
  const shown = shell(`tc -n ${namespace} -s class show dev ${device} classid ${classId}`)
  return Number(/Sent (\d+) bytes/.exec(shown)?.[1])
}

test.serial('home agent: set makes tunnel, route, classes and filters; remove leaves nothing', async (t) => {
  const home = await openHome()
  const base = observe(homeSide)
  t.deepEqual(lines(base, '4340'), [
    '4340:	from all lookup 434 proto 143',
    'qdisc htb 4340: root r2q 10 default 0 direct_qlen 1000',
  ])
  t.deepEqual(await home.set('mn1', atHome()), { downlink: bronze })
  const set = observe(homeSide)
  t.is(lines(set, '192.0.2.11')[0], '192.0.2.11 dev sj-iCgEBAgoBAQE proto 143 scope link')
  t.deepEqual(lines(set, 'class htb'), [
    'class htb 4340:4400 root leaf 4400: prio 0 rate 1Gbit ceil 1Gbit burst 1251500b cburst 1251500b',
    'class htb 4400:1 root leaf N: prio 3 rate 4Mbit ceil 4Mbit burst 6600b cburst 6600b',
  ])
  t.regex(set, /^qdisc htb 4400: parent 4340:4400 /m)
  t.regex(set, /^qdisc fq_codel N: parent 4400:1 /m)
  t.regex(set, /fw handle 0x44000000\/0xffff0000 classid 4340:4400$/m)
  t.regex(set, /fw handle 0x1\/0xffff classid 4400:1$/m)
  t.regex(set, /flower handle 0xc000020b\n.*\n {2}dst_ip 192.0.2.11\n\n.*skbedit {2}mark 1140850689 pipe/)
  const tunnel = shell('ip -n sj-dp-ha -d link show sj-iCgEBAgoBAQE')
  t.regex(tunnel, /,UP,/)
  t.regex(tunnel, /ipip .*remote 10.1.1.2 local 10.1.1.1 ttl 64 /)
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
      old.replace(
        /prio 3 rate 4Mbit ceil 4Mbit.*/,
        'prio 1 rate 20Mbit ceil 50Mbit burst 26600b cburst 64100b',
      ),
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
    t.is(
      observe(homeSide),
      there
        .replaceAll('sj-iCgEBAgoBAQE', 'sj-iCgECAgoBAQE')
        .replaceAll('4400', '4401')
        .replace('mark 1140850689', `mark ${0x44010001}`),
    )
    await home.set('mn1', atHome())
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
  t.is(lines(both, 'class htb 4400:').length, 2)
  await home.remove('mn1')
  t.is(lines(observe(homeSide), 'class htb 4400:')[0]?.slice(0, 16), 'class htb 4400:2')
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
    rendered: 'ip link add sj-iCgECAgoBAQE up type ipip local 10.1.1.1 remote 10.1.2.2 ttl 64',
  })
  t.is(observe(homeSide), before)
  // The kernel accepts the priority and silently makes it 7.
  const altered = home.set('mn1', atHome({ downlink: { ...gold, priority: 9 } }))
  const { cause } = await t.throwsAsync(altered, { code: 'datapath/read-back' })
  t.is(cause instanceof Error && cause.message, 'class core0 4400:1: priority should be 9 and is 7')
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
    'tc -n sj-dp-ha filter add dev cn0 ingress protocol ip prio 10 flower dst_ip 198.51.100.1 action pass',
  ]
  shell(others.join('\n'))
  const first = await openHome()
  const base = observe(homeSide)
  for (const word of ['198.51.100.0/24', '5000:', '203.0.113.77', 'dst_ip 198.51.100.1'])
    t.is(lines(base, word).length, 1, word)
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
  t.regex(shell('ip -n sj-dp-ha -d link show sj-gCgECAgoBAQE'), /gre remote 10.1.2.2 local 10.1.1.1 ttl 64 /)
  await home.remove('mn1')
  await home.close()
  t.is(shell('cat /proc/net/psched').split(' ')[1], '00000040')
})

test.serial('an interface with a root qdisc of somebody else is refused and left alone', async (t) => {
  shell('tc -n sj-dp-fa qdisc add dev core0 root handle 7: htb')
  const options = { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, markIngress: [], log: silentLog }
  const kernel = NetlinkSocket.open({ namespace: '/run/netns/sj-dp-fa' })
  await t.throwsAsync(Datapath.open(options, kernel), { code: 'datapath/rejected' })
  t.regex(shell('tc -n sj-dp-fa qdisc show dev core0'), /htb 7: root/)
})
