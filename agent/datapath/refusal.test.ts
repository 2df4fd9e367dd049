/** The datapath over a fake kernel that refuses: what is taken back, and what is true afterwards. */
import test from 'ava'
import fc from 'fast-check'
import { ManualClock } from '#core/clock.ts'
import type { DatapathOptions, SubscriberFootprint } from './datapath.ts'
import { ahead, bound, bronze, foreignAgent, gold, homeAgent, open, second, visiting } from './sample.ts'

test('a refusal takes back what was made, the last first', async (t) => {
  const { kernel, datapath } = await open()
  kernel.refuse((_, position) => position === 5)
  await t.throwsAsync(datapath.set('mn1', bound()))
  t.is(
    `\n${kernel.takeLog().join('\n')}`,
    `
ip link add sj-iCgEBAsAAAgE up type ipip local 192.0.2.1 remote 10.1.1.2 ttl 64 tos inherit
tc qdisc add dev sj-iCgEBAsAAAgE clsact
tc filter add dev sj-iCgEBAsAAAgE ingress protocol all prio 60001 handle 0x1 flower action drop
tc class add dev core0 parent 4340: classid 4340:4400 htb rate 1gbit ceil 1gbit burst 1251600 cburst 1251600 quantum 200000
tc qdisc add dev core0 parent 4340:4400 handle 4400: htb
refused: tc class add dev core0 parent 4400: classid 4400:1 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
refused: tc class add dev core0 parent 4400:1 classid 4400:2 htb rate 4mbit ceil 4mbit burst 6600 cburst 6600 quantum 50000 prio 3
refused: tc qdisc add dev core0 parent 4400:2 fq_codel
refused: tc filter add dev core0 parent 4400: protocol all prio 4340 handle 0x1/0xffff fw classid 4400:2
tc filter add dev core0 parent 4340: protocol all prio 4340 handle 0x44000000/0xffff0000 fw classid 4340:4400
tc filter add dev sj-iCgEBAsAAAgE egress protocol ip prio 4340 handle 0xc000020b flower dst_ip 192.0.2.11 action skbedit mark 0x44000001
ip route add 192.0.2.11/32 dev sj-iCgEBAsAAAgE table 434 proto 143
ip route delete 192.0.2.11/32 dev sj-iCgEBAsAAAgE table 434 proto 143
tc filter delete dev sj-iCgEBAsAAAgE egress protocol ip prio 4340 handle 0xc000020b flower
tc filter delete dev core0 parent 4340: protocol all prio 4340 handle 0x44000000 fw
tc qdisc delete dev core0 parent 4340:4400 handle 4400:
tc class delete dev core0 classid 4340:4400
tc filter delete dev sj-iCgEBAsAAAgE ingress protocol all prio 60001 handle 0x1 flower
tc qdisc delete dev sj-iCgEBAsAAAgE clsact
ip link delete sj-iCgEBAsAAAgE`,
  )
})

test('what the kernel holds otherwise than asked is taken back', async (t) => {
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound())
  const before = kernel.state
  const error = await t.throwsAsync(
    datapath.set('mn1', bound('10.1.2.2', { downlink: { ...gold, priority: 9 } })),
    {
      code: 'datapath/read-back',
    },
  )
  t.is(
    error.cause instanceof Error && error.cause.message,
    'class core0 4401:2: priority should be 9 and is 7',
  )
  t.deepEqual(kernel.state, before)
})

const further = (remote: string) => ({ ...ahead, remote })

const impossible: [footprint: SubscriberFootprint, agent: DatapathOptions, message: RegExp][] = [
  [bound('10.1.1.2', { forwardTo: ahead }), homeAgent, /^only a foreign agent forwards, or/],
  [bound('10.1.1.2', { alsoAcceptFrom: [ahead] }), homeAgent, /^only a foreign agent/],
  [visiting(undefined, { forwardTo: further('192.0.2.1') }), foreignAgent, /^what 192.0.2.1 sends cannot be/],
  [
    visiting(undefined, {
      alsoAcceptFrom: [3, 4, 5, 6, 7].map((network) => further(`10.1.${network}.2`)),
    }),
    foreignAgent,
    /^5 further tunnels .* at most 4 are possible/,
  ],
]

for (const [footprint, agent, message] of impossible)
  test(`refused before the kernel is asked: ${message.source}`, async (t) => {
    const { kernel, datapath } = await open(agent)
    await t.throwsAsync(datapath.set('mn1', footprint), { code: 'datapath/rejected', message })
    t.deepEqual(kernel.takeLog(), [])
  })

test('an object that somebody else deleted is noticed by the read-back, and does not hinder the removal', async (t) => {
  const { kernel, datapath } = await open()
  const base = kernel.state
  await datapath.set('mn1', bound())
  kernel.lose(/^ip route/)
  await t.throwsAsync(datapath.set('mn1', bound()), { code: 'datapath/read-back' })
  await datapath.remove('mn1')
  t.deepEqual(kernel.state, base)
})

test('what cannot be taken back is said', async (t) => {
  const { kernel, datapath } = await open()
  kernel.refuse((line) => /^ip route add|^tc filter delete .* flower/.test(line))
  const message = /not all could be taken back \(tc filter delete .* flower: ENOMEM, as told by the test\)$/
  await t.throwsAsync(datapath.set('mn1', bound()), { code: 'datapath/rejected', message })
})

test('a removal that is refused in part can be repeated, or the subscriber set again', async (t) => {
  const { kernel, datapath } = await open()
  const base = kernel.state
  await datapath.set('mn1', bound())
  const whole = kernel.state
  kernel.refuse((line) => line.startsWith('ip link delete'))
  await t.throwsAsync(datapath.remove('mn1'), { code: 'datapath/rejected', message: /left over/ })
  kernel.refuse()
  t.notDeepEqual(kernel.state, whole)
  await datapath.set('mn1', bound())
  t.deepEqual(kernel.state, whole)
  kernel.refuse((line) => line.startsWith('ip link delete'))
  await t.throwsAsync(datapath.remove('mn1'))
  kernel.refuse()
  await datapath.remove('mn1')
  t.deepEqual(kernel.state, base)
})

test('what a move could not remove stays known: the class is not given out again', async (t) => {
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound())
  kernel.refuse((line) => line.startsWith('ip link delete'))
  await datapath.set('mn1', bound('10.1.2.2'))
  await datapath.settled()
  t.is(kernel.state.filter((line) => line.includes('ip link add sj-')).length, 2)
  await datapath.set('mn2', bound('10.1.1.2', second))
  t.is(kernel.state.filter((line) => line.includes('ip link add sj-')).length, 2)
  t.true(kernel.state.some((line) => line.includes('classid 4400:3 ')))
})

const operation = fc.record({
  subscriber: fc.nat(3),
  remote: fc.constantFrom('10.1.1.2', '10.1.2.2', undefined),
  downlink: fc.constantFrom(bronze, gold),
  /** The command that makes or changes something that the kernel refuses; of most operations it is none. */
  refused: fc.nat(30),
  /** Whether what it replaces is removed before the next one. */
  waits: fc.boolean(),
})

/**
 * What is there for the subscribers in the model, without the numbers of classes, which depend on what was
 * before.
 */
function modelled(model: Map<number, { remote: string; rate: string }>): string[] {
  const tunnels = { '10.1.1.2': 'sj-iCgEBAsAAAgE', '10.1.2.2': 'sj-iCgECAsAAAgE' }
  const name = (remote: string) => new Map(Object.entries(tunnels)).get(remote)
  const entries = [...model].flatMap(([subscriber, { remote, rate }]) => [
    `route 192.0.2.${subscriber} ${name(remote)}`,
    `class ${rate}`,
    `mark 192.0.2.${subscriber}`,
    `link ${name(remote)}`,
    `group of ${name(remote)}`,
  ])
  const once = new Set(entries.filter((entry) => /^(link|group)/.test(entry)))
  return [...entries.filter((entry) => !once.has(entry)), ...once].sort()
}

function found(state: readonly string[]): string[] {
  const links = state.flatMap((line) => /^ip link add (sj-\S+)/.exec(line)?.[1] ?? [])
  const groups = state.filter((line) => / classid 4340:\S+ htb/.test(line))
  const entries = state.flatMap((line) => {
    const [, destination, device] = /^ip route add (\S+)\/32 dev (\S+)/.exec(line) ?? []
    const rate = / parent 44..: classid \S+ htb rate (\S+)/.exec(line)?.[1]
    const marked = / dst_ip (\S+) /.exec(line)?.[1]
    if (destination) return `route ${destination} ${device}`
    if (rate) return `class ${rate}`
    return marked ? `mark ${marked}` : []
  })
  const grouped = links.flatMap((link) => [`link ${link}`, `group of ${link}`])
  return [...entries, ...grouped, ...groups.slice(links.length)].sort()
}

test('any sequence of calls, some refused: the kernel has what the successful ones asked for', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 25 }), async (operations) => {
      const { kernel, datapath } = await open()
      const base = kernel.state
      const model = new Map<number, { remote: string; rate: string }>()
      for (const { subscriber, remote, downlink, refused, waits } of operations) {
        let position = 0
        kernel.refuse((line) => !line.includes(' delete ') && position++ === refused)
        const before = kernel.state
        if (remote === undefined) {
          await datapath.remove(`mn${subscriber}`)
          model.delete(subscriber)
        } else {
          const footprint = bound(remote, { homeAddress: `192.0.2.${subscriber}`, downlink })
          const error = await datapath.set(`mn${subscriber}`, footprint).then(() => undefined, String)
          if (error === undefined)
            model.set(subscriber, { remote, rate: downlink === gold ? '20mbit' : '4mbit' })
          else if (kernel.state.join() !== before.join()) return false
        }
        if (!waits) continue
        await datapath.settled()
        if (found(kernel.state).join() !== modelled(model).join()) return false
      }
      for (const subscriber of model.keys()) await datapath.remove(`mn${subscriber}`)
      await datapath.settled()
      return kernel.state.join() === base.join()
    }),
    { numRuns: 200 },
  )
  t.pass()
})

test('what a move could not remove is tried again later, and its class is free then', async (t) => {
  const clock = new ManualClock()
  const { kernel, datapath } = await open({ ...homeAgent, clock })
  await datapath.set('mn1', bound())
  kernel.refuse((line) => line.startsWith('ip link delete'))
  await datapath.set('mn1', bound('10.1.2.2'))
  await datapath.settled()
  clock.advance(30_000)
  await datapath.settled()
  t.true(kernel.state.some((line) => line.includes('sj-iCgEBAsAAAgE')))
  kernel.refuse()
  clock.advance(30_000)
  await datapath.settled()
  t.false(kernel.state.some((line) => line.includes('sj-iCgEBAsAAAgE')))
  await datapath.set('mn2', bound('10.1.3.2', second))
  t.true(kernel.state.some((line) => line.includes('classid 4400:1 ')))
})

test('a set answers before what it replaces is removed', async (t) => {
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound())
  await datapath.set('mn1', bound('10.1.2.2'))
  t.true(kernel.state.some((line) => line.includes('ip link add sj-iCgEBAsAAAgE')))
  await datapath.settled()
  t.false(kernel.state.some((line) => line.includes('ip link add sj-iCgEBAsAAAgE')))
})

const voice = {
  name: 'voice',
  match: { protocol: 'udp', destinationPort: 5004 },
  shaping: { rateBitsPerSecond: 1e6, ceilBitsPerSecond: 2e6, priority: 0 },
} as const

test('a first flow that is refused at any position leaves the subscriber its queue', async (t) => {
  const whole = await open()
  await whole.datapath.set('mn1', bound())
  whole.kernel.takeLog()
  await whole.datapath.set('mn1', bound('10.1.1.2', { flows: [voice] }))
  const making = whole.kernel.takeLog().filter((line) => !line.includes(' delete '))
  for (const position of making.keys()) {
    const { kernel, datapath } = await open()
    await datapath.set('mn1', bound())
    const before = kernel.state
    kernel.refuse((_, at) => at === position)
    await t.throwsAsync(datapath.set('mn1', bound('10.1.1.2', { flows: [voice] })), {
      code: 'datapath/rejected',
      message: /all was taken back$/,
    })
    t.deepEqual(kernel.state, before, making[position])
  }
})

test('where something new is refused, nothing has changed in the meantime that packets meet', async (t) => {
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound())
  kernel.takeLog()
  kernel.refuse((line) => line.startsWith('tc class add'))
  await t.throwsAsync(datapath.set('mn1', bound('10.1.1.2', { downlink: gold, flows: [voice] })), {
    code: 'datapath/rejected',
    message: /all was taken back$/,
  })
  const changes = / change | replace /
  t.deepEqual(
    kernel.takeLog().filter((line) => changes.test(line)),
    [],
  )
  kernel.refuse()
  await datapath.set('mn1', bound('10.1.1.2', { downlink: gold, flows: [voice] }))
  const made = kernel.takeLog().filter((line) => !line.includes(' delete '))
  const first = made.findIndex((line) => changes.test(line))
  t.true(first > 0)
  t.true(made.slice(first).every((line) => changes.test(line)))
})

test('a flow label is refused with the reason, and nothing is done', async (t) => {
  const { kernel, datapath } = await open()
  await datapath.set('mn1', bound())
  const before = kernel.state
  const labelled = bound('10.1.1.2', { downlink: gold, flows: [{ ...voice, flowLabel: 42 }] })
  await t.throwsAsync(datapath.set('mn1', labelled), {
    code: 'datapath/rejected',
    message: /the flow voice has the label 42/,
  })
  t.deepEqual(kernel.state, before)
  await datapath.set('mn2', bound('10.1.1.2', second))
  t.true(kernel.state.some((line) => line.includes('classid 4400:3 ')))
})

test('a packet filter that will not go away is not said to be gone', async (t) => {
  const { kernel, datapath } = await open()
  const drop = (protocol: 'tcp' | 'udp') =>
    ({ direction: 'downlink', match: { protocol, destinationPort: 25 }, action: 'drop' }) as const
  await datapath.set('mn1', bound('10.1.1.2', { filters: [drop('tcp'), drop('udp')] }))
  const before = kernel.state
  let deletions = 0
  kernel.refuse((line) => line.startsWith('tc filter delete') && ++deletions === 2)
  await t.throwsAsync(datapath.set('mn1', bound()), {
    code: 'datapath/rejected',
    message: /all was taken back$/,
  })
  t.deepEqual(kernel.state, before)
  kernel.refuse()
  await datapath.set('mn1', bound())
  t.is(kernel.state.filter((line) => line.includes('192.0.2.11')).length, 2)
})
