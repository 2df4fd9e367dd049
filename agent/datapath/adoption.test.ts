/** The datapath over a fake kernel that a former process has left something in. */
import test from 'ava'
import { Datapath, type DatapathOptions, type SubscriberFootprint } from './datapath.ts'
import { ahead, bound, bronze, foreignAgent, gold, homeAgent, open, second, visiting } from './sample.ts'

const voice = {
  name: 'voice',
  match: { protocol: 'udp', destinationPort: 5004 },
  shaping: bronze,
} as const
const reverse = { reverseTunnel: { style: 'direct' }, uplink: gold } as const
const other = { encapsulation: 'ipip', local: '192.0.2.1', remote: '10.1.2.2' } as const

const rows: [name: string, agent: DatapathOptions, footprint: SubscriberFootprint][] = [
  ['a subscriber at the home agent', homeAgent, bound()],
  ['a visitor with a reverse tunnel', foreignAgent, { ...visiting(), ...reverse }],
  [
    'a visitor who is forwarded, and has further tunnels',
    foreignAgent,
    visiting(undefined, {
      ...reverse,
      alsoAcceptFrom: [{ ...ahead, remote: '10.1.3.2' }, ahead],
      forwardTo: ahead,
      flows: [voice],
      filters: [{ direction: 'downlink', match: { protocol: 'tcp' }, action: 'drop' }],
    }),
  ],
  [
    'copies, flows and packet filters',
    homeAgent,
    bound('10.1.1.2', {
      alsoDeliverTo: [other],
      flows: [voice],
      filters: [{ direction: 'downlink', match: { protocol: 'tcp' }, action: 'drop' }],
    }),
  ],
]

for (const [name, agent, footprint] of rows)
  test(`${name}: adopted without a change, and known as if set by this process`, async (t) => {
    const { kernel, datapath } = await open(agent)
    const base = kernel.state
    // Its group is not the first, so that the numbers are the kernel's and not a new count.
    await datapath.set('gone', {
      ...footprint,
      tunnel: { ...footprint.tunnel, remote: '10.1.9.9' },
      ...second,
    })
    await datapath.set('mn1', footprint)
    await datapath.remove('gone')
    const before = kernel.state
    kernel.takeLog()
    const again = await Datapath.open({ ...agent, adopt: [{ subscriber: 'mn1', footprint }] }, kernel)
    t.deepEqual(again.adopted.get('mn1')?.downlink, bronze)
    t.deepEqual(
      kernel.takeLog().filter((line) => /add|delete|change/.test(line) && !line.startsWith('refused')),
      [],
    )
    t.deepEqual(kernel.state, before)
    await again.set('mn2', { ...footprint, ...second })
    await again.remove('mn2')
    t.deepEqual(kernel.state, before)
    await again.remove('mn1')
    t.deepEqual(kernel.state, base)
  })

test('what differs is changed in place, what is missing is made, what is nobody’s is removed', async (t) => {
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound())
  const wanted = kernel.state
  await datapath.set('mn1', bound('10.1.1.2', { downlink: gold }))
  await datapath.set('mn2', bound('10.1.1.2', { ...second, flows: [voice] }))
  await datapath.set('mn3', bound('10.1.2.2', { homeAddress: '192.0.2.13' }))
  kernel.lose(/^ip route add 192.0.2.11/)
  kernel.takeLog()
  await Datapath.open({ ...homeAgent, adopt: [{ subscriber: 'mn1', footprint: bound() }] }, kernel)
  t.deepEqual(kernel.state, wanted)
  const changed = kernel
    .takeLog()
    .filter((line) => line.includes('192.0.2.11') || /classid 4400:[12] /.test(line))
  t.deepEqual(changed, [
    'tc class change dev core0 parent 4400: classid 4400:1 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3',
    'tc class change dev core0 parent 4400:1 classid 4400:2 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3',
    'ip route add 192.0.2.11/32 dev sj-iCgEBAsAAAgE table 434 proto 143',
  ])
})

test('packet filters are found in whichever of their two places they are', async (t) => {
  const drop = (protocol: 'tcp' | 'udp') =>
    ({ direction: 'downlink', match: { protocol }, action: 'drop' }) as const
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound('10.1.1.2', { filters: [drop('tcp')] }))
  const footprint = bound('10.1.1.2', { filters: [drop('udp'), drop('tcp')] })
  await datapath.set('mn1', footprint)
  await datapath.settled()
  const before = kernel.state
  kernel.takeLog()
  const again = await Datapath.open({ ...homeAgent, adopt: [{ subscriber: 'mn1', footprint }] }, kernel)
  t.deepEqual(
    kernel.takeLog().filter((line) => line.startsWith('tc')),
    [],
  )
  t.deepEqual(kernel.state, before)
  await again.set('mn1', bound('10.1.1.2', { filters: [drop('tcp')] }))
  await again.settled()
  t.deepEqual(
    kernel.state.flatMap((line) => / prio ([45]\d{4}) /.exec(line)?.[1] ?? []),
    ['50009'],
  )
})

test('one who cannot be adopted is missing, and the others are served', async (t) => {
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound())
  const before = kernel.state
  const tooMany = bound('10.1.1.2', { ...second, alsoDeliverTo: [other, other, other, other] })
  const adopt = [
    { subscriber: 'mn2', footprint: tooMany },
    { subscriber: 'mn1', footprint: bound() },
  ]
  const again = await Datapath.open({ ...homeAgent, adopt }, kernel)
  t.deepEqual([...again.adopted.keys()], ['mn1'])
  t.deepEqual(kernel.state, before)
})

test('a move that a former process did not finish is finished', async (t) => {
  const { kernel, datapath } = await open()
  const base = kernel.state
  const copied = bound('10.1.1.2', { alsoDeliverTo: [other] })
  await datapath.set('mn1', copied)
  const wanted = kernel.state
  await datapath.remove('mn1')
  for (const footprint of [bound('10.1.2.2'), bound()]) {
    await datapath.set('mn1', footprint)
    const again = await Datapath.open(
      { ...homeAgent, adopt: [{ subscriber: 'mn1', footprint: copied }] },
      kernel,
    )
    t.deepEqual([...again.adopted.keys()], ['mn1'])
    t.is(kernel.state.length, wanted.length)
    t.true(kernel.state.includes('ip route add 192.0.2.11/32 dev sj-iCgEBAsAAAgE table 434 proto 143'))
    await again.remove('mn1')
    t.deepEqual(kernel.state, base)
    await datapath.remove('mn1')
  }
})
