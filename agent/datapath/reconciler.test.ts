/** The datapath over a fake kernel: what is set, and what the kernel is told. */
import test from 'ava'
import { Datapath, type DatapathOptions, type SubscriberFootprint } from './datapath.ts'
import { FakeKernel } from './fake-kernel.ts'
import { ahead, bound, foreignAgent, gold, homeAgent, open, second, visiting } from './sample.ts'

type Act = (datapath: Datapath) => Promise<unknown>
const set =
  (footprint: SubscriberFootprint, subscriber = 'mn1'): Act =>
  (datapath) =>
    datapath.set(subscriber, footprint)
const remove =
  (subscriber = 'mn1'): Act =>
  (datapath) =>
    datapath.remove(subscriber)

interface Row {
  name: string
  agent?: DatapathOptions
  given: Act[]
  act: Act
  expected: string
}

const rows: Row[] = [
  {
    name: 'a change of rate is a message to each of the two classes as they stand',
    given: [set(bound())],
    act: set(bound('10.1.1.2', { downlink: gold })),
    expected: `
tc class change dev core0 parent 4400: classid 4400:1 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc class change dev core0 parent 4400:1 classid 4400:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1`,
  },
  { name: 'what is so already is not said again', given: [set(bound())], act: set(bound()), expected: '\n' },
  {
    name: 'a second subscriber behind the tunnel adds only what is its own',
    given: [set(bound())],
    act: set(bound('10.1.1.2', second), 'mn2'),
    expected: `
tc class add dev core0 parent 4400: classid 4400:3 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
tc class add dev core0 parent 4400:3 classid 4400:4 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
tc qdisc add dev core0 parent 4400:4 fq_codel
tc filter add dev core0 parent 4400: protocol all prio 4340 handle 0x3/0xffff fw classid 4400:4
tc filter add dev sj-iCgEBAsAAAgE egress protocol ip prio 4340 handle 0xc000020c flower dst_ip 192.0.2.12 action skbedit mark 0x44000003
ip route add 192.0.2.12/32 dev sj-iCgEBAsAAAgE table 434 proto 143`,
  },
  {
    name: 'the first of two leaves the tunnel and its group to the other',
    given: [set(bound()), set(bound('10.1.1.2', second), 'mn2')],
    act: remove(),
    expected: `
ip route delete 192.0.2.11/32 dev sj-iCgEBAsAAAgE table 434 proto 143
tc filter delete dev sj-iCgEBAsAAAgE egress protocol ip prio 4340 handle 0xc000020b flower
tc filter delete dev core0 parent 4400: protocol all prio 4340 handle 0x1 fw
tc qdisc delete dev core0 parent 4400:2
tc class delete dev core0 classid 4400:2
tc class delete dev core0 classid 4400:1`,
  },
  {
    name: 'the last one takes tunnel and group away, the route first and parents last',
    given: [set(visiting())],
    agent: foreignAgent,
    act: remove(),
    expected: `
ip route delete 192.0.2.11/32 dev access table 434 proto 143
ip neighbour delete 192.0.2.11 dev access
tc filter delete dev access ingress protocol ip prio 4340 handle 0xc000020b flower
tc filter delete dev sj-iwAACAQoBAQI ingress protocol ip prio 4340 handle 0xc000020b flower
tc filter delete dev access parent 4340: protocol all prio 4340 handle 0x44000000 fw
tc filter delete dev access parent 4400: protocol all prio 4340 handle 0x1 fw
tc qdisc delete dev access parent 4400:2
tc class delete dev access classid 4400:2
tc class delete dev access classid 4400:1
tc qdisc delete dev access parent 4340:4400 handle 4400:
tc class delete dev access classid 4340:4400
tc filter delete dev sj-iwAACAQoBAQI ingress protocol all prio 60001 handle 0x1 flower
tc qdisc delete dev sj-iwAACAQoBAQI clsact
ip link delete sj-iwAACAQoBAQI`,
  },
  {
    name: 'a move makes the new tunnel and classes, switches mark and route in place, then removes the former',
    given: [set(bound())],
    act: set(bound('10.1.2.2')),
    expected: `
ip link add sj-iCgECAsAAAgE up type ipip local 192.0.2.1 remote 10.1.2.2 ttl 64 tos inherit
tc qdisc add dev sj-iCgECAsAAAgE clsact
tc filter add dev sj-iCgECAsAAAgE ingress protocol all prio 60001 handle 0x1 flower action drop
tc class add dev core0 parent 4340: classid 4340:4401 htb rate 1gbit ceil 1gbit burst 1251600 cburst 1251600 quantum 200000
tc qdisc add dev core0 parent 4340:4401 handle 4401: htb
tc class add dev core0 parent 4401: classid 4401:1 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
tc class add dev core0 parent 4401:1 classid 4401:2 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
tc qdisc add dev core0 parent 4401:2 fq_codel
tc filter add dev core0 parent 4401: protocol all prio 4340 handle 0x1/0xffff fw classid 4401:2
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0x44010000/0xffff0000 fw classid 4340:4401
tc filter add dev sj-iCgECAsAAAgE egress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010001
ip route replace 192.0.2.11/32 dev sj-iCgECAsAAAgE table 434 proto 143
tc filter delete dev sj-iCgEBAsAAAgE egress protocol ip prio 4340 handle 0xc000020b flower
tc filter delete dev core0 parent 4340: protocol all prio 4340 handle 0x44000000 fw
tc filter delete dev core0 parent 4400: protocol all prio 4340 handle 0x1 fw
tc qdisc delete dev core0 parent 4400:2
tc class delete dev core0 classid 4400:2
tc class delete dev core0 classid 4400:1
tc qdisc delete dev core0 parent 4340:4400 handle 4400:
tc class delete dev core0 classid 4340:4400
tc filter delete dev sj-iCgEBAsAAAgE ingress protocol all prio 60001 handle 0x1 flower
tc qdisc delete dev sj-iCgEBAsAAAgE clsact
ip link delete sj-iCgEBAsAAAgE`,
  },
  {
    name: 'another link address changes the neighbour and the filter of what the node sends',
    given: [set(visiting())],
    agent: foreignAgent,
    act: set(visiting('02:00:00:00:00:bb')),
    expected: `
tc filter replace dev access ingress protocol ip prio 4340 handle 0xc000020b flower src_mac 02:00:00:00:00:bb src_ip 192.0.2.11 action pass
ip neighbour replace 192.0.2.11 lladdr 02:00:00:00:00:bb dev access nud permanent protocol 143`,
  },
  {
    name: 'forwarding makes tunnel and classes, then turns the route; the way to the access link stays as it is',
    given: [set(visiting())],
    agent: foreignAgent,
    act: set(visiting(undefined, { forwardTo: ahead })),
    expected: `
ip link add sj-iCgECAgoBAQI up type ipip local 10.1.1.2 remote 10.1.2.2 ttl 64 tos inherit
tc qdisc add dev sj-iCgECAgoBAQI clsact
tc filter add dev sj-iCgECAgoBAQI ingress protocol all prio 60001 handle 0x1 flower action drop
tc class add dev core0 parent 4340: classid 4340:4401 htb rate 1gbit ceil 1gbit burst 1251600 cburst 1251600 quantum 200000
tc qdisc add dev core0 parent 4340:4401 handle 4401: htb
tc class add dev core0 parent 4401: classid 4401:1 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
tc class add dev core0 parent 4401:1 classid 4401:2 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
tc qdisc add dev core0 parent 4401:2 fq_codel
tc filter add dev core0 parent 4401: protocol all prio 4340 handle 0x1/0xffff fw classid 4401:2
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0x44010000/0xffff0000 fw classid 4340:4401
tc filter add dev sj-iCgECAgoBAQI egress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010001
ip route replace 192.0.2.11/32 dev sj-iCgECAgoBAQI table 434 proto 143`,
  },
  {
    name: 'forwarding ends: the route first, then what the tunnel needed',
    given: [set(visiting(undefined, { forwardTo: ahead }))],
    agent: foreignAgent,
    act: set(visiting()),
    expected: `
ip route replace 192.0.2.11/32 dev access table 434 proto 143
tc filter delete dev sj-iCgECAgoBAQI egress protocol ip prio 4340 handle 0xc000020b flower
tc filter delete dev core0 parent 4340: protocol all prio 4340 handle 0x44010000 fw
tc filter delete dev core0 parent 4401: protocol all prio 4340 handle 0x1 fw
tc qdisc delete dev core0 parent 4401:2
tc class delete dev core0 classid 4401:2
tc class delete dev core0 classid 4401:1
tc qdisc delete dev core0 parent 4340:4401 handle 4401:
tc class delete dev core0 classid 4340:4401
tc filter delete dev sj-iCgECAgoBAQI ingress protocol all prio 60001 handle 0x1 flower
tc qdisc delete dev sj-iCgECAgoBAQI clsact
ip link delete sj-iCgECAgoBAQI`,
  },
  {
    name: 'the agent from which packets came is the next one: none that it sends is accepted, or sent back',
    given: [set(visiting(undefined, { alsoAcceptFrom: [ahead] }))],
    agent: foreignAgent,
    act: set(visiting(undefined, { alsoAcceptFrom: [ahead], forwardTo: ahead })),
    expected: `
tc class add dev core0 parent 4340: classid 4340:4401 htb rate 1gbit ceil 1gbit burst 1251600 cburst 1251600 quantum 200000
tc qdisc add dev core0 parent 4340:4401 handle 4401: htb
tc class add dev core0 parent 4401: classid 4401:1 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
tc class add dev core0 parent 4401:1 classid 4401:2 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
tc qdisc add dev core0 parent 4401:2 fq_codel
tc filter add dev core0 parent 4401: protocol all prio 4340 handle 0x1/0xffff fw classid 4401:2
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0x44010000/0xffff0000 fw classid 4340:4401
tc filter add dev sj-iCgECAgoBAQI egress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44010001
ip route replace 192.0.2.11/32 dev sj-iCgECAgoBAQI table 434 proto 143
tc filter delete dev sj-iCgECAgoBAQI ingress protocol ip prio 4340 handle 0xc000020b flower`,
  },
  {
    name: 'a rate is changed in all classes of one who is forwarded',
    given: [set(visiting(undefined, { forwardTo: ahead }))],
    agent: foreignAgent,
    act: set(visiting(undefined, { forwardTo: ahead, downlink: gold })),
    expected: `
tc class change dev access parent 4400: classid 4400:1 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc class change dev access parent 4400:1 classid 4400:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc class change dev core0 parent 4401: classid 4401:1 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1
tc class change dev core0 parent 4401:1 classid 4401:2 htb rate 20mbit ceil 50mbit burst 26600 cburst 64100 quantum 200000 prio 1`,
  },
  { name: 'removing one who has nothing is nothing', given: [], act: remove(), expected: '\n' },
]

for (const { name, agent, given, act, expected } of rows) {
  test(name, async (t) => {
    const { kernel, datapath } = await open(agent)
    for (const step of given) await step(datapath)
    kernel.takeLog()
    await act(datapath)
    await datapath.settled()
    t.is(`\n${kernel.takeLog().join('\n')}`, expected)
  })
}

test('one who comes back at once finds the former tunnel and group, and each goes when it is needed no more', async (t) => {
  const drop = { direction: 'downlink', match: { protocol: 'tcp' }, action: 'drop' } as const
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound('10.1.1.2', { filters: [drop] }))
  await datapath.set('mn1', bound('10.1.2.2'))
  kernel.takeLog()
  await datapath.set('mn1', bound('10.1.1.2', { filters: [drop] }))
  t.deepEqual(
    kernel.takeLog().filter((line) => / link |clsact$|4340:/.test(line)),
    [],
  )
  // What still meets its packets goes at once, whoever had it meanwhile.
  await datapath.set('mn1', bound())
  t.deepEqual(
    kernel.state.filter((line) => line.includes('sj-iCgEBAsAAAgE egress') && line.includes('tcp')),
    [],
  )
  await datapath.settled()
  const { kernel: fresh, datapath: other } = await open()
  await other.set('mn1', bound())
  const kinds = (state: string[]) => state.map((line) => line.replace(/44\d\d:\d+|0x\S+/g, 'N'))
  t.deepEqual(kinds(kernel.state), kinds(fresh.state))
})

/** Those of the rows above, and the first set of each agent, that the kernel could refuse in the middle. */
const refusable: Row[] = [
  { name: 'the first set at a home agent', given: [], act: set(bound()), expected: '' },
  {
    name: 'the first set at a foreign agent',
    agent: foreignAgent,
    given: [],
    act: set(visiting()),
    expected: '',
  },
  ...rows.filter(({ name }) => /rate|second|move|link address|forward|agent from/.test(name)),
]

for (const { name, agent, given, act } of refusable)
  test(`${name}: refused at any position, the former state stays and a repetition succeeds`, async (t) => {
    const whole = await open(agent)
    for (const step of given) await step(whole.datapath)
    whole.kernel.takeLog()
    await act(whole.datapath)
    await whole.datapath.settled()
    const making = whole.kernel.takeLog().filter((line) => !line.includes(' delete '))
    for (const position of making.keys()) {
      const { kernel, datapath } = await open(agent)
      for (const step of given) await step(datapath)
      const before = kernel.state
      kernel.refuse((_, at) => at === position)
      const error = await t.throwsAsync(act(datapath), {
        code: 'datapath/rejected',
        message: /all was taken back$/,
      })
      t.like(error, { errno: 'ENOMEM', kernelText: 'as told by the test', rendered: making[position] })
      t.deepEqual(kernel.state, before, making[position])
      await act(datapath)
      await datapath.settled()
      t.deepEqual(kernel.state, whole.kernel.state)
    }
  })

test('rates come back as the kernel holds them, in whole bytes per second', async (t) => {
  const { datapath } = await open()
  const downlink = { rateBitsPerSecond: 1_000_001, ceilBitsPerSecond: 100e9, priority: 0 }
  t.deepEqual(await datapath.set('mn1', bound('10.1.1.2', { downlink })), {
    downlink: { ...downlink, rateBitsPerSecond: 1e6 },
  })
})

test('opening prunes what a former process left, and closes the socket when it may not', async (t) => {
  const { kernel, datapath } = await open()
  const base = kernel.state
  await datapath.set('mn1', bound())
  await datapath.close()
  t.true(kernel.closed)
  await Datapath.open(homeAgent, kernel)
  t.deepEqual(kernel.state, base)
  const without = new FakeKernel('core0')
  await t.throwsAsync(Datapath.open(foreignAgent, without), { code: 'datapath/rejected' })
  t.true(without.closed)
})
