/**
 * A home agent, two foreign agents on one core link, and a node that hears both: packets on their way from the one to the other. `ping`,
 * `ip` and `tc` are the witnesses. Runs as root.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { Datapath, type DatapathOptions, type SubscriberFootprint, type Tunnel } from './datapath.ts'
import { bronze } from './sample.ts'
import { lines, shell } from './witness.ts'

const names = ['cn', 'core', 'ha', 'a1', 'a2', 'mn'].map((name) => `sj-fw-${name}`)
const address = { ha: '10.1.1.1', a1: '10.1.1.2', a2: '10.1.1.3' } as const
const nodeLink = { a1: '02:00:00:00:00:a1', a2: '02:00:00:00:00:a2' } as const
type Agent = keyof typeof nodeLink

const setUp = `
  ${names.map((name) => `ip netns add ${name}; ip -n ${name} link set lo up`).join('\n  ')}
  ip -n sj-fw-core link add bridge up type bridge
  for host in ha a1 a2; do
    ip -n sj-fw-$host link add core0 type veth peer name $host netns sj-fw-core
    ip -n sj-fw-core link set $host up master bridge
    ip -n sj-fw-$host link set core0 up
  done
  ip -n sj-fw-ha link add cn0 type veth peer name ha0 netns sj-fw-cn
  ip -n sj-fw-cn link set ha0 up
  ip -n sj-fw-ha link set cn0 up
  ip -n sj-fw-cn address add 203.0.113.10/24 dev ha0
  ip -n sj-fw-ha address add 203.0.113.1/24 dev cn0
  ip -n sj-fw-cn route add 192.0.2.0/24 via 203.0.113.1
  ip -n sj-fw-mn address add 192.0.2.11/32 dev lo
  ${Object.entries(address)
    .map(([host, own]) => `ip -n sj-fw-${host} address add ${own}/24 dev core0`)
    .join('\n  ')}
  ${Object.entries(nodeLink)
    .map(
      ([agent, link], index) => `
  ip -n sj-fw-${agent} link add access type veth peer name radio-${agent} address ${link} netns sj-fw-mn
  ip -n sj-fw-${agent} link set access up
  ip -n sj-fw-mn link set radio-${agent} up
  ip -n sj-fw-${agent} address add 10.1.10${index + 1}.1/24 dev access
  ip -n sj-fw-${agent} route add 203.0.113.0/24 via ${address.ha}
  ip -n sj-fw-mn route add 10.1.10${index + 1}.1/32 dev radio-${agent}`,
    )
    .join('')}
  ip -n sj-fw-mn route add default via 10.1.101.1
  for name in ${names.join(' ')}; do
    ip netns exec $name sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
    for link in $(ip netns exec $name ls /proc/sys/net/ipv4/conf); do
      ip netns exec $name sysctl -qw net.ipv4.conf.$link.rp_filter=0
    done
  done`

const shared = { shapedRateBitsPerSecond: 1e9, log: silentLog }
const line = { interface: 'core0', rateBitsPerSecond: 1e9 }
const openAt = (host: 'ha' | Agent, options: Partial<DatapathOptions> = {}) =>
  Datapath.open(
    host === 'ha'
      ? { ...shared, shapedInterface: 'core0', ...options }
      : {
          ...shared,
          shapedInterface: 'access',
          access: { interface: 'access', addresses: [address[host]] },
          ...options,
        },
    NetlinkSocket.open({ namespace: `/run/netns/sj-fw-${host}` }),
  )

const quick = { rateBitsPerSecond: 5e8, ceilBitsPerSecond: 5e8, priority: 3 }
const tunnel = (from: keyof typeof address, to: keyof typeof address): Tunnel => ({
  encapsulation: 'ipip',
  local: address[from],
  remote: address[to],
})
const bound = (to: Agent): SubscriberFootprint => ({
  ...{ homeAddress: '192.0.2.11', downlink: quick, delivery: { via: 'tunnel' } },
  tunnel: tunnel('ha', to),
})
const visiting = (agent: Agent, changes: Partial<SubscriberFootprint> = {}): SubscriberFootprint => ({
  ...{ homeAddress: '192.0.2.11', downlink: quick, tunnel: tunnel(agent, 'ha') },
  delivery: { via: 'access', interface: 'access', linkAddress: nodeLink[agent] },
  ...changes,
})
const forwarding = { forwardTo: tunnel('a1', 'a2') }
const accepting = { alsoAcceptFrom: [tunnel('a2', 'a1')] }

let ha: Datapath
let a1: Datapath
let a2: Datapath

test.before(async () => {
  shell(setUp)
  ha = await openAt('ha')
  a1 = await openAt('a1', { uplink: line })
  a2 = await openAt('a2', { uplink: line })
})
test.after.always(async () => {
  for (const datapath of [ha, a1, a2]) await datapath.close()
  for (const name of names) shell(`ip netns delete ${name}`)
})

/** Echo requests from the correspondent, 1,000 a second. @returns how many were answered */
async function stream(packets: number, options: readonly string[] = []): Promise<number> {
  const { stdout } = await promisify(execFile)('sh', [
    ...['-c', 'ip netns exec sj-fw-cn ping -q -i 0.001 -W 1 "$@" 192.0.2.11 || true', 'ping'],
    ...['-c', String(packets), ...options],
  ])
  return Number(/(\d+) received/.exec(stdout)?.[1])
}

/** What happens again and again as long as the stream goes on. */
async function during(streaming: Promise<number>, act: () => Promise<unknown>) {
  let ended = false
  const end = streaming.finally(() => {
    ended = true
  })
  let times = 0
  while (!ended) {
    await act()
    times++
  }
  return { received: await end, times }
}

const packetsAt = async (datapath: Datapath) => (await datapath.counters('mn1'))?.packets ?? 0n
const classPackets = (device: string, classId: string): number =>
  Number(/ (\d+) pkt/.exec(shell(`tc -n sj-fw-a1 -s class show dev ${device} classid ${classId}`))?.[1])
/** Packets that a tunnel of an agent has sent or received. */
const passed = (agent: Agent, direction: 'rx' | 'tx', peer: Agent): number => {
  const name = lines(shell(`ip -n sj-fw-${agent} -d -o link show type ipip`), `remote ${address[peer]} `)[0]
  const device = /: (sj-[^@:]+)/.exec(name ?? '')?.[1]
  return Number(
    shell(`ip netns exec sj-fw-${agent} cat /sys/class/net/${device}/statistics/${direction}_packets`),
  )
}

test.serial('switched on and off in a stream: none is lost, and each goes through a class', async (t) => {
  await ha.set('mn1', bound('a1'))
  await a1.set('mn1', visiting('a1'))
  await a2.set('mn1', visiting('a2', accepting))
  const { received, times } = await during(stream(1500), async () => {
    await a1.set('mn1', visiting('a1', forwarding))
    await a1.settled()
    await a1.set('mn1', visiting('a1'))
    await a1.settled()
  })
  t.is(received, 1500)
  t.true(times > 2, String(times))
  const [here, there] = [await packetsAt(a1), await packetsAt(a2)]
  t.is(here + there, 1500n)
  t.true(here > 0n && there > 0n, `${here} ${there}`)

  await a1.set('mn1', visiting('a1', forwarding))
  t.is(await stream(100), 100)
  t.is(await packetsAt(a1), here)
  t.is(await packetsAt(a2), there + 100n)
  t.is(classPackets('core0', '4401:1'), 100)
})

test.serial('a restart in a stream that is forwarded adopts: none is lost, all count on', async (t) => {
  const before = classPackets('core0', '4401:1')
  const streaming = stream(500)
  await a1.close()
  a1 = await openAt('a1', {
    uplink: line,
    adopt: [{ subscriber: 'mn1', footprint: visiting('a1', forwarding) }],
  })
  t.true(a1.adopted.has('mn1'))
  t.is(await streaming, 500)
  t.is(classPackets('core0', '4401:1'), before + 500)
})

test.serial('a move: the new agent first, forwarding, the binding, the release: none is lost', async (t) => {
  await a2.remove('mn1')
  await a1.set('mn1', visiting('a1'))
  await a1.settled()
  const streaming = stream(1000)
  await a2.set('mn1', visiting('a2', accepting))
  await a1.set('mn1', visiting('a1', forwarding))
  await ha.set('mn1', bound('a2'))
  shell('ip -n sj-fw-mn route replace default via 10.1.102.1')
  await ha.settled()
  t.is(await streaming, 1000)
  await a1.remove('mn1')
  await a2.set('mn1', visiting('a2'))
  await a2.settled()
  t.is(await stream(100), 100)
  t.is(shell('ip -n sj-fw-a1 -br link show type ipip | grep -c sj- || true').trim(), '0')
  t.is(lines(shell('ip -n sj-fw-a2 -d -o link show type ipip'), address.a1).length, 0)
  await ha.set('mn1', bound('a1'))
})

test.serial('agents that forward to each other send nothing to and fro', async (t) => {
  await a1.set('mn1', visiting('a1', { ...forwarding, alsoAcceptFrom: [tunnel('a1', 'a2')] }))
  await a2.set('mn1', visiting('a2', { ...accepting, forwardTo: tunnel('a2', 'a1') }))
  t.is(await stream(20), 0)
  t.deepEqual([passed('a1', 'tx', 'a2'), passed('a2', 'rx', 'a1'), passed('a2', 'tx', 'a1')], [20, 20, 0])
  await a2.set('mn1', visiting('a2', accepting))
  t.is(await stream(20), 20)
})

test.serial('without a line towards the core what exceeds the ceiling is dropped', async (t) => {
  await a1.close()
  a1 = await openAt('a1')
  const limited = { ...bronze, ceilBitsPerSecond: 64_000, rateBitsPerSecond: 64_000 }
  await a1.set('mn1', visiting('a1', { downlink: limited, ...forwarding }))
  t.is(await stream(10), 10)
  const received = await stream(200, ['-s', '1400'])
  t.true(received > 10 && received < 150, String(received))
})
