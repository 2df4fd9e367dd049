/** What the kernel copies of packets that leave an interface. `ping` sends them. Runs as root. */
import { execFileSync } from 'node:child_process'
import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { PacketSocket } from '../access-link/packet-socket.ts'
import { network } from '../route-optimization/network.ts'
import { towardsHomeFilter, waitingBytes, watchUnoptimized } from './unoptimized-traffic.ts'

const shell = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8' })
const networks = [network.parse('192.0.2.0/24')]

test.before(() => {
  shell(`
    ip netns add sj-ca-far
    ip link add sjca0 type veth peer name far0 netns sj-ca-far
    ip address add 10.77.0.1/24 dev sjca0
    ip link set sjca0 up
    ip -n sj-ca-far link set far0 up
    ip neighbour add 10.77.0.2 lladdr 02:00:00:00:00:02 dev sjca0
    ip route add 192.0.2.0/24 via 10.77.0.2
    ip route add 198.51.100.0/24 via 10.77.0.2`)
})
test.after.always(() => {
  shell('ip link delete sjca0; ip netns delete sj-ca-far')
})

test('destinations in home networks are seen, once for each look, and others are not', (t) => {
  const clock = new ManualClock()
  const seen: string[] = []
  const watch = watchUnoptimized({
    ...{ interface: 'sjca0', networks, clock, log: silentLog },
    seen: (destination) => void seen.push(destination),
  })
  for (const address of ['192.0.2.11', '192.0.2.11', '198.51.100.1', '192.0.2.12'])
    shell(`ping -q -c 2 -i 0.01 -W 0.01 ${address} || true`)
  t.deepEqual(seen, [])
  clock.advance(250)
  t.deepEqual(seen, ['192.0.2.11', '192.0.2.12'])
  clock.advance(250)
  t.is(seen.length, 2)
  watch.close()
})

test('however much is sent, only so many copies wait, and of each no more than the headers', (t) => {
  const packets = PacketSocket.open('sjca0', towardsHomeFilter(networks), { sees: 'all', waitingBytes })
  shell('ping -q -c 3000 -l 3000 -s 1000 -W 0.01 192.0.2.11 2>/dev/null || true')
  const frames: number[] = []
  for (let frame = packets.read(); frame; frame = packets.read()) frames.push(frame.length)
  packets.close()
  t.true(frames.length > 0 && frames.length < 500, String(frames.length))
  t.deepEqual([...new Set(frames)], [34])
})
