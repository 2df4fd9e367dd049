/** The counters and the carrier of a link that the datapath shapes. `ping` makes the traffic. Runs as root. */
import test from 'ava'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath } from '../datapath/datapath.ts'
import { namespaces, setUp, shell } from '../datapath/witness.ts'
import { openLinkReader } from './link-reader.ts'

const namespace = '/run/netns/sj-dp-ha'

test.before(() => {
  shell(setUp)
})
test.after.always(() => {
  for (const name of namespaces) shell(`ip netns delete ${name}`)
})

test('what the link sends and its queues drop is read, and that it goes down is heard', async (t) => {
  const home = await Datapath.open(
    { shapedInterface: 'core0', shapedRateBitsPerSecond: 1e9, log: silentLog },
    NetlinkSocket.open({ namespace }),
  )
  const reader = openLinkReader({ clock: systemClock, log: silentLog }, NetlinkSocket.open({ namespace }))
  await home.set('mn1', {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: '10.1.1.1', remote: '10.1.1.2' },
    downlink: { rateBitsPerSecond: 64_000, ceilBitsPerSecond: 64_000, priority: 3 },
    delivery: { via: 'tunnel' },
  })
  const before = await reader.read('core0')
  t.like(before, { up: true, drops: 0n })
  // Half a minute's worth for the class: its queue gives up on most of them.
  shell('ip netns exec sj-dp-cn ping -q -l 200 -c 200 -s 1200 -W 1 192.0.2.11 || true')
  const queued = { bytes: before?.bytes ?? 0n, drops: 0n }
  const deadline = Date.now() + 20_000
  while (queued.drops === 0n && Date.now() < deadline) Object.assign(queued, await reader.read('core0'))
  t.true(queued.bytes - (before?.bytes ?? 0n) > 1200n, String(queued.bytes))
  t.not(queued.drops, 0n)
  // Nobody sends any more, and yet the queue drops: both are read between two of its drops.
  let [ofLink, ofClass]: (bigint | undefined)[] = [queued.drops, (await home.counters('mn1'))?.drops]
  while (ofLink !== ofClass && Date.now() < deadline)
    [ofLink, ofClass] = [(await reader.read('core0'))?.drops, (await home.counters('mn1'))?.drops]
  t.is(ofLink, ofClass)

  let changes = 0
  const heard = new Promise<void>((resolve) => {
    reader.watch(() => {
      changes++
      resolve()
    })
  })
  shell('ip -n sj-dp-fa link set core0 down')
  await heard
  t.like(await reader.read('core0'), { up: false })
  t.true(changes > 0)
  t.is(await reader.read('nothing0'), undefined)
  reader.close()
  await home.close()
})
