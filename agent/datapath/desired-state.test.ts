import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import { desiredObjects, type LegsByTunnel, type Shaper } from './desired-state.ts'
import type { SubscriberFootprint, Tunnel } from './footprint.ts'
import { keyOf } from './kernel-object.ts'
import { messagesFor } from './kernel-object-message.ts'
import type { Leg } from './leg.ts'
import { classSettings } from './shaping.ts'
import { tunnelName } from './tunnel-name.ts'

const footprint: SubscriberFootprint = {
  homeAddress: '192.0.2.11',
  tunnel: { encapsulation: 'ipip', local: '192.0.2.1', remote: '10.1.1.2' },
  downlink: { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 50e6, priority: 1 },
  delivery: { via: 'tunnel' },
}
const visit: SubscriberFootprint = {
  ...footprint,
  tunnel: { encapsulation: 'gre', local: '10.1.1.2', remote: '192.0.2.1' },
  delivery: { via: 'access', interface: 'access', linkAddress: '02:00:00:00:00:aa' },
}
const own = { group: 0x4401, number: 2 }
const behind = (tunnel: Tunnel, leg: Partial<Leg> = {}): LegsByTunnel =>
  new Map([
    [tunnelName(tunnel), { own, rest: { group: 0x4401, number: 3 }, flows: new Map(), turn: 0, ...leg }],
  ])
const homeAgent = { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9 }
const foreignAgent = {
  shapedInterface: 'access',
  shapedRateBitsPerSecond: 100e6,
  access: { interface: 'access', addresses: ['10.1.101.1'] },
  uplink: { interface: 'core0', rateBitsPerSecond: 1e9 },
}

const next: Tunnel = { encapsulation: 'ipip', local: '10.1.1.2', remote: '10.1.2.2' }
const atForeign: LegsByTunnel = new Map([
  ...behind(visit.tunnel),
  ...behind(next, { own: { group: 0x4402, number: 1 }, rest: { group: 0x4402, number: 2 } }),
])

const { uplink: _, ...withoutUplink } = foreignAgent

/** What a change of the footprint brings, in its order. */
function added(
  before: SubscriberFootprint,
  changes: Partial<SubscriberFootprint>,
  shaper: Shaper = foreignAgent,
) {
  const objects = (footprint: SubscriberFootprint) => desiredObjects(footprint, atForeign, shaper)
  const there = objects(before)
  return objects({ ...before, ...changes }).filter(
    (object) => !there.some((other) => isDeepStrictEqual(object, other)),
  )
}

const rows: [name: string, objects: ReturnType<typeof desiredObjects>, expected: string][] = [
  [
    'home agent: marks where packets come in, routes into the tunnel',
    desiredObjects(footprint, behind(footprint.tunnel), homeAgent),
    `
ip link add sj-iCgEBAsAAAgE up type ipip local 192.0.2.1 remote 10.1.1.2 ttl 64 tos inherit
tc qdisc add dev sj-iCgEBAsAAAgE clsact
tc filter add dev sj-iCgEBAsAAAgE ingress protocol all prio 60001 handle 0x1 flower action drop
tc class add dev core0 parent 4340: classid 4340:4401 htb rate 1gbit ceil 1gbit burst 1251600 cburst 1251600 quantum 200000
tc qdisc add dev core0 parent 4340:4401 handle 4401: htb
tc class add dev core0 parent 4401: classid 4401:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc class add dev core0 parent 4401:2 classid 4401:3 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc qdisc add dev core0 parent 4401:3 fq_codel
tc filter add dev core0 parent 4401: protocol all prio 4340 handle 0x2/0xffff fw classid 4401:3
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0x44010000/0xffff0000 fw classid 4340:4401
tc filter add dev sj-iCgEBAsAAAgE egress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010002
ip route add 192.0.2.11/32 dev sj-iCgEBAsAAAgE table 434 proto 143`,
  ],
  [
    'foreign agent: marks what comes out of the tunnel, delivers on the access link',
    desiredObjects(visit, behind(visit.tunnel), foreignAgent),
    `
ip link add sj-gwAACAQoBAQI up type gre local 10.1.1.2 remote 192.0.2.1 ttl 64 tos inherit
tc qdisc add dev sj-gwAACAQoBAQI clsact
tc filter add dev sj-gwAACAQoBAQI ingress protocol all prio 60001 handle 0x1 flower action drop
tc class add dev access parent 4340: classid 4340:4401 htb rate 100mbit ceil 100mbit burst 126600 cburst 126600 quantum 200000
tc qdisc add dev access parent 4340:4401 handle 4401: htb
tc class add dev access parent 4401: classid 4401:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc class add dev access parent 4401:2 classid 4401:3 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc qdisc add dev access parent 4401:3 fq_codel
tc filter add dev access parent 4401: protocol all prio 4340 handle 0x2/0xffff fw classid 4401:3
tc filter add dev access parent 4340: protocol all prio 4340 handle 0x44010000/0xffff0000 fw classid 4340:4401
tc filter add dev sj-gwAACAQoBAQI ingress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010002
tc filter add dev access ingress protocol ip prio 4340 handle 0xc000020b flower src_mac 02:00:00:00:00:aa src_ip 192.0.2.11 action pass
ip neighbour replace 192.0.2.11 lladdr 02:00:00:00:00:aa dev access nud permanent protocol 143
ip route add 192.0.2.11/32 dev access table 434 proto 143`,
  ],
  [
    'foreign agent with a reverse tunnel: what the node sends is marked, shaped and sent into the tunnel',
    added(visit, { reverseTunnel: { style: 'direct' }, uplink: footprint.downlink }),
    `
tc class add dev core0 parent 4340: classid 4340:4401 htb rate 1gbit ceil 1gbit burst 1251600 cburst 1251600 quantum 200000
tc qdisc add dev core0 parent 4340:4401 handle 4401: htb
tc class add dev core0 parent 4401: classid 4401:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc qdisc add dev core0 parent 4401:2 fq_codel
tc filter add dev core0 parent 4401: protocol all prio 4340 handle 0x2/0xffff fw classid 4401:2
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0xc4010000/0xffff0000 fw classid 4340:4401
ip route add default dev sj-gwAACAQoBAQI table 43417409 proto 143
ip rule add priority 4340 fwmark 0xc4010000/0xffff0000 lookup 43417409 protocol 143
tc filter add dev access ingress protocol ip prio 4340 handle 0xc000020b flower src_mac 02:00:00:00:00:aa src_ip 192.0.2.11 action skbedit mark 0xc4010002`,
  ],
  [
    'foreign agent, encapsulating delivery: a tunnel of the node, and a limit where it comes in',
    added(visit, {
      reverseTunnel: { style: 'encapsulating', agentAddress: '10.1.101.1' },
      uplink: footprint.downlink,
    }),
    `
ip route add default dev sj-gwAACAQoBAQI table 43417409 proto 143
ip rule add priority 4340 fwmark 0xc4010000/0xffff0000 lookup 43417409 protocol 143
ip link add sj-gwAACCwoBZQE up type gre local 10.1.101.1 remote 192.0.2.11 ttl 64 tos inherit
tc qdisc add dev sj-gwAACCwoBZQE clsact
tc filter add dev sj-gwAACCwoBZQE ingress protocol all prio 60001 handle 0x1 flower action drop
tc filter add dev sj-gwAACCwoBZQE ingress protocol ip prio 4340 handle 0xc000020b flower src_ip 192.0.2.11 action skbedit mark 0xc4010002
tc filter add dev access ingress protocol ip prio 4340 handle 0xc000020b flower src_mac 02:00:00:00:00:aa src_ip 192.0.2.11 action police rate 50mbit burst 690536 mtu 65535 conform-exceed drop/pipe action pass`,
  ],
  [
    'foreign agent, further tunnels: what they bring is in the class of the visitor',
    added(visit, { alsoAcceptFrom: [next, visit.tunnel, next] }),
    `
ip link add sj-iCgECAgoBAQI up type ipip local 10.1.1.2 remote 10.1.2.2 ttl 64 tos inherit
tc qdisc add dev sj-iCgECAgoBAQI clsact
tc filter add dev sj-iCgECAgoBAQI ingress protocol all prio 60001 handle 0x1 flower action drop
tc filter add dev sj-iCgECAgoBAQI ingress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010002`,
  ],
  [
    'foreign agent, forwarding: into a tunnel, in classes of its own on the line of the uplink',
    added(visit, { forwardTo: next, alsoAcceptFrom: [next] }),
    `
ip link add sj-iCgECAgoBAQI up type ipip local 10.1.1.2 remote 10.1.2.2 ttl 64 tos inherit
tc qdisc add dev sj-iCgECAgoBAQI clsact
tc filter add dev sj-iCgECAgoBAQI ingress protocol all prio 60001 handle 0x1 flower action drop
tc class add dev core0 parent 4340: classid 4340:4402 htb rate 1gbit ceil 1gbit burst 1251600 cburst 1251600 quantum 200000
tc qdisc add dev core0 parent 4340:4402 handle 4402: htb
tc class add dev core0 parent 4402: classid 4402:1 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc class add dev core0 parent 4402:1 classid 4402:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc qdisc add dev core0 parent 4402:2 fq_codel
tc filter add dev core0 parent 4402: protocol all prio 4340 handle 0x1/0xffff fw classid 4402:2
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0x44020000/0xffff0000 fw classid 4340:4402
tc filter add dev sj-iCgECAgoBAQI egress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44020001
ip route add 192.0.2.11/32 dev sj-iCgECAgoBAQI table 434 proto 143`,
  ],
  [
    'foreign agent without such a line, forwarding: what exceeds the ceiling is dropped',
    added(visit, { forwardTo: next }, withoutUplink),
    `
ip link add sj-iCgECAgoBAQI up type ipip local 10.1.1.2 remote 10.1.2.2 ttl 64 tos inherit
tc qdisc add dev sj-iCgECAgoBAQI clsact
tc filter add dev sj-iCgECAgoBAQI ingress protocol all prio 60001 handle 0x1 flower action drop
tc filter add dev sj-iCgECAgoBAQI egress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action police rate 50mbit burst 690536 mtu 65535 conform-exceed drop/pipe action pass
ip route add 192.0.2.11/32 dev sj-iCgECAgoBAQI table 434 proto 143`,
  ],
  [
    'flows and packet filters: the entry comes last, what is found first decides',
    desiredObjects(
      {
        ...footprint,
        dscp: 34,
        filters: [
          { direction: 'downlink', match: { protocol: 'tcp', sourcePort: 25 }, action: 'drop' },
          { direction: 'downlink', match: { correspondent: '203.0.113.0/24' }, action: 'pass' },
          { direction: 'uplink', match: { protocol: 'icmp' }, action: 'drop' },
        ],
        flows: [
          {
            name: 'voice',
            match: { protocol: 'udp', destinationPort: { first: 5004, last: 5005 } },
            shaping: { rateBitsPerSecond: 1e6, ceilBitsPerSecond: 2e6, priority: 0 },
            dscp: 46,
          },
        ],
      },
      behind(footprint.tunnel, {
        flows: new Map([['voice', { group: 0x4401, number: 4 }]]),
      }),
      homeAgent,
    ).slice(5, -1),
    `
tc class add dev core0 parent 4401: classid 4401:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc class add dev core0 parent 4401:2 classid 4401:3 htb rate 19mbit ceil 50mbit burst 25350 cburst 64100 quantum 200000 prio 1
tc qdisc add dev core0 parent 4401:3 fq_codel
tc class add dev core0 parent 4401:2 classid 4401:4 htb rate 1mbit ceil 2mbit burst 2850 cburst 4100 quantum 12500
tc qdisc add dev core0 parent 4401:4 fq_codel
tc filter add dev core0 parent 4401: protocol all prio 4340 handle 0x2/0xffff fw classid 4401:3
tc filter add dev core0 parent 4401: protocol all prio 4340 handle 0x4/0xffff fw classid 4401:4
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0x44010000/0xffff0000 fw classid 4340:4401
tc filter add dev sj-iCgEBAsAAAgE egress protocol ip prio 60000 handle 0xc000020b flower dst_ip 192.0.2.11 action pass
tc filter add dev sj-iCgEBAsAAAgE egress protocol ip prio 50012 handle 0xc000020b flower ip_proto tcp dst_ip 192.0.2.11 src_port 25 action drop
tc filter add dev sj-iCgEBAsAAAgE egress protocol ip prio 51032 handle 0xc000020b flower src_ip 203.0.113.0/24 dst_ip 192.0.2.11 action pass
tc filter add dev sj-iCgEBAsAAAgE egress protocol ip prio 39011 handle 0xc000020b flower ip_proto udp dst_ip 192.0.2.11 dst_port 5004-5005 action pedit ex munge ip dsfield set 0xb8 retain 0xfc pipe action csum ip4h pipe action skbedit mark 0x44010004 action continue
tc filter add dev sj-iCgEBAsAAAgE egress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action pedit ex munge ip dsfield set 0x88 retain 0xfc pipe action csum ip4h pipe action skbedit mark 0x44010002 action continue`,
  ],
]

for (const [name, objects, expected] of rows)
  test(name, (t) => {
    t.is(`\n${objects.map((object) => messagesFor(object).add.render()).join('\n')}`, expected)
    t.is(new Set(objects.map(keyOf)).size, objects.length)
  })

test('bursts are 10 ms and a packet, quanta within the bounds outside of which the kernel warns', (t) => {
  const settings = (rateBitsPerSecond: number) =>
    classSettings({ rateBitsPerSecond, ceilBitsPerSecond: rateBitsPerSecond, priority: 0 })
  t.like(settings(64_000), { burstBytes: 1680, ceilBurstBytes: 1680, quantumBytes: 1600 })
  t.like(settings(1e6), { burstBytes: 2850, quantumBytes: 12_500 })
  t.like(settings(10e9), { burstBytes: 12_501_600, quantumBytes: 200_000 })
})
