/**
 * Changes of a subscriber while its packets wait in a queue: none is lost and none goes unshaped. `ping` and `tc` are the witnesses. Runs
 * as root.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { dumpQdiscs } from '#netlink/qdisc.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath, type SubscriberFootprint } from './datapath.ts'
import { namespaces, nodeLinkAddress, setUp, shell } from './witness.ts'

const namespace = '/run/netns/sj-dp-ha'
let home: Datapath
let foreign: Datapath
/** For looking into queues; the datapath has a socket of its own. */
let look: NetlinkSocket

const slow = { rateBitsPerSecond: 2e6, ceilBitsPerSecond: 2e6, priority: 3 }
const fast = { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 1 }
const slower = { rateBitsPerSecond: 1.2e6, ceilBitsPerSecond: 1.2e6, priority: 3 }
/** Even at the lowest rate they are sent in less than 100 ms: the queue drops none of them by itself. */
const burst = { packets: 10, bytes: 1400 }

function atHome(changes: Partial<SubscriberFootprint> = {}): SubscriberFootprint {
  return {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: '10.1.1.1', remote: '10.1.1.2' },
    downlink: slow,
    delivery: { via: 'tunnel' },
    ...changes,
  }
}
const echo = { name: 'echo', match: { protocol: 'icmp' }, shaping: slow } as const
const other = { name: 'other', match: { protocol: 'udp' }, shaping: slower } as const
const pass = (correspondent: string) =>
  ({ direction: 'downlink', match: { correspondent }, action: 'pass' }) as const
const dropAll = { direction: 'downlink', match: {}, action: 'drop' } as const

test.before(async () => {
  shell(setUp)
  home = await Datapath.open(
    { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, log: silentLog },
    NetlinkSocket.open({ namespace }),
  )
  foreign = await Datapath.open(
    {
      shapedInterface: 'access',
      shapedRateBitsPerSecond: 1e9,
      access: { interface: 'access', addresses: ['10.1.101.1', '10.1.1.2'] },
      log: silentLog,
    },
    NetlinkSocket.open({ namespace: '/run/netns/sj-dp-fa' }),
  )
  await foreign.set('mn1', {
    ...atHome({ downlink: { rateBitsPerSecond: 5e8, ceilBitsPerSecond: 5e8, priority: 0 } }),
    tunnel: { encapsulation: 'ipip', local: '10.1.1.2', remote: '10.1.1.1' },
    delivery: { via: 'access', interface: 'access', linkAddress: nodeLinkAddress },
  })
  look = NetlinkSocket.open({ namespace })
})
test.after.always(async () => {
  look.close()
  await home.close()
  await foreign.close()
  for (const name of namespaces) shell(`ip netns delete ${name}`)
})

/** Packets that wait in queues of subscribers. */
async function waiting(): Promise<number> {
  let packets = 0
  for await (const { kind, statistics } of look.dump(dumpQdiscs({ device: 'core0' })))
    if (kind === 'fq_codel') packets += statistics?.queue?.queueLength ?? 0
  return packets
}

/** Sends a burst and makes the change while it waits. @returns what `ping` got, and the packets that waited just after the change */
async function changeInFlight(to: SubscriberFootprint): Promise<{ received: string; waited: number }> {
  const { packets, bytes } = burst
  const pinging = promisify(execFile)('ip', [
    ...['netns', 'exec', 'sj-dp-cn', 'ping', '-q', '-W', '3', '192.0.2.11'],
    ...['-l', String(packets), '-c', String(packets), '-s', String(bytes)],
  ])
  let ended = false
  const end = pinging.finally(() => {
    ended = true
  })
  while (!ended && (await waiting()) === 0) await new Promise(setImmediate)
  await home.set('mn1', to)
  const waited = await waiting()
  return { received: /\d+ received/.exec((await end).stdout)?.[0] ?? 'nothing', waited }
}

const rows: [change: string, before: SubscriberFootprint, after: SubscriberFootprint][] = [
  ['rate up', atHome(), atHome({ downlink: fast })],
  ['rate down', atHome(), atHome({ downlink: slower })],
  ['the first flow', atHome(), atHome({ flows: [echo] })],
  ['another flow', atHome({ flows: [echo] }), atHome({ flows: [other, echo] })],
  ['one flow less, with packets in its queue', atHome({ flows: [other, echo] }), atHome({ flows: [other] })],
  ['no flow any more', atHome({ flows: [echo] }), atHome()],
  ['DSCP', atHome({ dscp: 34 }), atHome({ dscp: 46 })],
  ['first packet filters', atHome(), atHome({ filters: [pass('203.0.113.0/24'), dropAll] })],
  [
    'a packet filter before the others',
    atHome({ filters: [pass('203.0.113.0/24'), dropAll] }),
    atHome({ filters: [pass('198.51.100.0/24'), pass('203.0.113.0/24'), dropAll] }),
  ],
  [
    'no packet filter any more',
    atHome({ filters: [pass('203.0.113.0/24'), dropAll], flows: [echo] }),
    atHome({ flows: [echo] }),
  ],
]

/** A machine that was busy elsewhere may look after the queue is empty: the attempt is repeated. */
const attempts = 10

for (const [change, before, after] of rows)
  test.serial(`${change}: what waits is sent, and nothing passes beside the classes`, async (t) => {
    await home.remove('mn1')
    await home.set('mn1', before)
    let sent = 0
    for (let attempt = 0; attempt < attempts; attempt++) {
      const { received, waited } = await changeInFlight(after)
      sent += burst.packets
      t.is(received, `${burst.packets} received`)
      if (waited > 0) break
      t.not(attempt, attempts - 1, 'no change met a packet in the queue')
      await home.set('mn1', before)
    }
    // The line's class of the tunnel, the subscriber's two, and one a flow: what drains goes when it is empty.
    const deadline = Date.now() + 10_000
    const classes = () => shell('tc -n sj-dp-ha class show dev core0').match(/^class htb/gm)?.length
    const wanted = 3 + (after.flows?.length ?? 0)
    while (classes() !== wanted && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50))
    t.is(classes(), wanted)
    // All that arrived went through the class: nothing was sent beside it.
    t.is((await home.counters('mn1'))?.packets, BigInt(sent))
  })

test.serial(
  'a filter that is put before others lets no packet slip or fall, at any moment of the change',
  async (t) => {
    const quick = { rateBitsPerSecond: 5e8, ceilBitsPerSecond: 5e8, priority: 3 }
    const [here, there] = [pass('203.0.113.0/24'), pass('198.51.100.0/24')]
    const states = [
      [here, dropAll],
      [there, here, dropAll],
      [{ ...dropAll, match: { protocol: 'tcp' } } as const, there, here, dropAll],
      [],
    ].map((filters, index) => atHome({ downlink: quick, filters, dscp: 10 + index }))
    await home.remove('mn1')
    const start = states[0] ?? t.fail()
    if (start) await home.set('mn1', start)
    const flood = promisify(execFile)('ip', [
      ...['netns', 'exec', 'sj-dp-cn', 'ping', '-q', '-f', '-c', '3000', '-W', '1', '192.0.2.11'],
    ])
    let ended = false
    const end = flood.finally(() => {
      ended = true
    })
    let changes = 0
    while (!ended) for (const state of states) changes += Number(Boolean(await home.set('mn1', state)))
    t.regex((await end).stdout, /3000 received/)
    t.true(changes > states.length, String(changes))
  },
)
