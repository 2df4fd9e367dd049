import test from 'ava'
import { classSettings, desiredObjects } from './desired-state.ts'
import type { SubscriberFootprint } from './footprint.ts'
import { keyOf } from './kernel-object.ts'
import { messagesFor } from './kernel-object-message.ts'

const footprint: SubscriberFootprint = {
  homeAddress: '192.0.2.11',
  tunnel: { encapsulation: 'ipip', local: '192.0.2.1', remote: '10.1.1.2' },
  downlink: { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 50e6, priority: 1 },
  delivery: { via: 'tunnel' },
}
const id = { group: 0x4401, number: 2 }
const homeAgent = { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, markIngress: ['cn0', 'cn1'] }
const foreignAgent = { shapedInterface: 'access', shapedRateBitsPerSecond: 100e6, markIngress: [] }

const rows: [name: string, objects: ReturnType<typeof desiredObjects>, expected: string][] = [
  [
    'home agent: marks where packets come in, routes into the tunnel',
    desiredObjects(footprint, id, homeAgent),
    `
ip link add sj-iCgEBAsAAAgE up type ipip local 192.0.2.1 remote 10.1.1.2 ttl 64
tc class add dev core0 parent 4340: classid 4340:4401 htb rate 1gbit ceil 1gbit burst 1251600 cburst 1251600 quantum 200000
tc qdisc add dev core0 parent 4340:4401 handle 4401: htb
tc class add dev core0 parent 4401: classid 4401:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc qdisc add dev core0 parent 4401:2 fq_codel
tc filter add dev core0 parent 4401: protocol all prio 4340 handle 0x2/0xffff fw classid 4401:2
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0x44010000/0xffff0000 fw classid 4340:4401
tc filter add dev cn0 ingress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010002
tc filter add dev cn1 ingress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010002
ip route add 192.0.2.11/32 dev sj-iCgEBAsAAAgE table 434 proto 143`,
  ],
  [
    'foreign agent: marks what comes out of the tunnel, delivers on the access link',
    desiredObjects(
      {
        ...footprint,
        tunnel: { encapsulation: 'gre', local: '10.1.1.2', remote: '192.0.2.1' },
        delivery: { via: 'access', interface: 'access', linkAddress: '02:00:00:00:00:aa' },
      },
      id,
      foreignAgent,
    ),
    `
ip link add sj-gwAACAQoBAQI up type gre local 10.1.1.2 remote 192.0.2.1 ttl 64
tc class add dev access parent 4340: classid 4340:4401 htb rate 100mbit ceil 100mbit burst 126600 cburst 126600 quantum 200000
tc qdisc add dev access parent 4340:4401 handle 4401: htb
tc class add dev access parent 4401: classid 4401:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc qdisc add dev access parent 4401:2 fq_codel
tc filter add dev access parent 4401: protocol all prio 4340 handle 0x2/0xffff fw classid 4401:2
tc filter add dev access parent 4340: protocol all prio 4340 handle 0x44010000/0xffff0000 fw classid 4340:4401
tc qdisc add dev sj-gwAACAQoBAQI clsact
tc filter add dev sj-gwAACAQoBAQI ingress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010002
ip neighbour replace 192.0.2.11 lladdr 02:00:00:00:00:aa dev access nud permanent protocol 143
ip route add 192.0.2.11/32 dev access table 434 proto 143`,
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
