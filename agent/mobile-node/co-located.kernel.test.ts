/**
 * The datapath of a node in one namespace, and in another the ends of its tunnels, made by hand with `ip`: those of a home agent that is
 * also the visited router, or of a foreign agent. `ip` and `ping` are the witnesses. Runs as root.
 */
import { execFileSync } from 'node:child_process'
import { setTimeout as later } from 'node:timers/promises'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { getLink } from '#netlink/link.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { noMobilityAgentFlags } from '#wire/mobile-ip/agent-advertisement.ts'
import { Attachment } from './attachment.ts'
import { watchCareOfAddress } from './care-of-address.ts'
import type { Terms } from './point-of-attachment.ts'
import type { Way } from './registration-state.ts'

const shell = (script: string): string => execFileSync('sh', ['-ec', script], { encoding: 'utf8' })

test.before(() => {
  shell(`
    modprobe ipip
    modprobe ip_gre
    for name in sj-mn sj-mn-end; do
      ip netns add $name
      ip -n $name link set lo up
      ip netns exec $name sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv4.ip_forward=1
    done
    ip -n sj-mn link add radio0 type veth peer name visited0 netns sj-mn-end
    ip -n sj-mn address add 10.9.9.2/24 dev radio0
    ip -n sj-mn-end address add 10.9.9.1/24 dev visited0
    ip -n sj-mn-end address add 10.1.1.1/32 dev lo
    ip -n sj-mn-end address add 203.0.113.10/32 dev lo
    ip -n sj-mn link set radio0 up
    ip -n sj-mn-end link set visited0 up
    ip -n sj-mn route add default via 10.9.9.1 metric 50`)
})
test.after.always(() => {
  shell('ip netns delete sj-mn; ip netns delete sj-mn-end')
})

const observe = () =>
  shell(`
    ip -n sj-mn -br link show | grep -o '^sj-[^@ ]*' || true
    ip -n sj-mn -br -4 address show
    ip -n sj-mn route show table all type unicast
    ip -n sj-mn neighbour show nud permanent
    ip -n sj-mn rule show`)
const receivedAtEnd = (device: string) =>
  Number(shell(`ip netns exec sj-mn-end cat /sys/class/net/${device}/statistics/rx_packets`))
const ping = (seconds = 5) =>
  shell(`ip netns exec sj-mn-end ping -q -c 3 -i 0.01 -w ${seconds} -I 203.0.113.10 192.0.2.11 || true`)
const makeEnd = (tunnel: string) =>
  shell(`
    ip -n sj-mn-end link add end type ${tunnel}
    ip -n sj-mn-end link set end up
    ip -n sj-mn-end route replace 192.0.2.11/32 dev end`)
const removeEnd = () => shell('ip -n sj-mn-end link delete end')

const terms: Terms = { reverseTunnel: undefined, encapsulation: 'ipip', greKey: undefined, udpTunnel: false }
const directly: Way = {
  homeAddress: '192.0.2.11',
  homeAgent: '10.1.1.1',
  point: { kind: 'co-located', careOfAddress: '10.9.9.2', agent: undefined },
  terms,
  greKeyToHomeAgent: undefined,
}

async function open(homeAddress?: string) {
  const netlink = NetlinkSocket.open({ namespace: '/run/netns/sj-mn' })
  const { index } = await netlink.request(getLink('radio0'))
  const announcement = { announce: () => {}, silence: () => {} }
  const arpSilence = { begin: () => {}, end: () => {} }
  const surroundings = { announcement, arpSilence, log: silentLog }
  const parts = { netlink, device: index, interface: 'radio0', homeAddress, ...surroundings }
  const attachment = new Attachment(parts)
  await attachment.open()
  const close = async () => {
    await attachment.close()
    netlink.close()
  }
  return { netlink, index, attachment, close }
}

test.serial('a co-located node takes its packets out of the tunnel, and sends the usual way', async (t) => {
  const before = observe()
  const { attachment, close } = await open()
  makeEnd('ipip local 10.1.1.1 remote 10.9.9.2')
  await attachment.attach(directly)
  const plain = receivedAtEnd('end')
  t.regex(ping(), /3 received/)
  t.is(receivedAtEnd('end'), plain, 'the answers came by the visited router')
  t.regex(shell('ip -n sj-mn route get 203.0.113.10'), /via 10.9.9.1 dev radio0 .*src 192.0.2.11/)

  await attachment.detach()
  t.is(observe(), before)
  removeEnd()
  await close()
})

test.serial(
  'with a reverse tunnel all goes back through it but what bears the care-of address',
  async (t) => {
    const before = observe()
    const { attachment, close } = await open()
    makeEnd('ipip local 10.1.1.1 remote 10.9.9.2')
    await attachment.attach({ ...directly, terms: { ...terms, reverseTunnel: 'direct' } })
    const plain = receivedAtEnd('end')
    t.regex(ping(), /3 received/)
    t.is(receivedAtEnd('end'), plain + 3)
    t.regex(shell('ip -n sj-mn route get 203.0.113.10'), /dev sj-n.* src 192.0.2.11/)
    t.regex(shell('ip -n sj-mn route get 10.1.1.1 from 10.9.9.2'), /via 10.9.9.1 dev radio0/)

    // Another process finds what this one has left, as after a crash: it goes on with it until it has registered.
    const attached = observe()
    const again = await open()
    t.is(observe(), attached)
    t.regex(ping(), /3 received/)
    await again.attachment.attach({ ...directly, terms: { ...terms, reverseTunnel: 'direct' } })
    t.is(observe(), attached)
    await again.attachment.attach(directly)
    t.regex(ping(), /3 received/)
    t.regex(shell('ip -n sj-mn route get 203.0.113.10'), /via 10.9.9.1 dev radio0/)
    removeEnd()
    await again.close()
    t.is(observe(), before)
    await close()
  },
)

test.serial('gre has a key for each direction', async (t) => {
  const { attachment, close } = await open()
  makeEnd('gre local 10.1.1.1 remote 10.9.9.2 okey 7 ikey 9')
  const keyed: Terms = { ...terms, encapsulation: 'gre', greKey: 7, reverseTunnel: 'direct' }
  await attachment.attach({ ...directly, terms: keyed, greKeyToHomeAgent: 9 })
  t.regex(ping(), /3 received/)
  await attachment.attach({ ...directly, terms: keyed, greKeyToHomeAgent: 8 })
  t.regex(ping(1), / 0 received/)
  removeEnd()
  await close()
})

test.serial('encapsulating delivery: the node has a tunnel to the foreign agent', async (t) => {
  const before = observe()
  const { attachment, close } = await open('192.0.2.11')
  makeEnd('ipip local 10.9.9.1 remote 192.0.2.11')
  shell('ip -n sj-mn-end route replace 192.0.2.11/32 dev visited0')
  const agent = {
    address: '10.9.9.1',
    linkAddress: shell('ip netns exec sj-mn-end cat /sys/class/net/visited0/address').trim(),
    careOfAddress: '10.1.1.2',
    sequence: 0,
    lifetimeSeconds: 3,
    registrationLifetimeSeconds: 600,
    flags: noMobilityAgentFlags,
    prefix: undefined,
    router: '10.9.9.1',
    challenge: undefined,
  }
  const way: Way = {
    ...directly,
    point: { kind: 'foreign-agent', careOfAddress: '10.1.1.2', agent },
    terms: { ...terms, reverseTunnel: 'encapsulating' },
  }
  await attachment.attach(way)
  t.regex(ping(), /3 received/)
  t.is(receivedAtEnd('end'), 3)
  await attachment.attach({ ...way, terms: { ...terms, reverseTunnel: 'direct' } })
  t.regex(ping(), /3 received/)
  t.is(receivedAtEnd('end'), 3, 'the tunnel is gone')
  removeEnd()
  await close()
  t.is(observe(), before)
})

test.serial('the care-of address is followed, and no home address is taken for one', async (t) => {
  const { netlink, index, close } = await open()
  const seen: string[] = []
  const wish = {
    device: index,
    configured: undefined,
    isHomeAddress: (address: string) => address === '192.0.2.11',
  }
  const events = {
    addressFound: (address: string) => seen.push(address),
    addressLost: () => seen.push('lost'),
  }
  const monitor = await watchCareOfAddress(netlink, wish, events, silentLog)
  const until = async (count: number) => {
    for (let attempt = 0; attempt < 100 && seen.length < count; attempt++) await later(50)
  }
  await until(1)
  shell('ip -n sj-mn address add 192.0.2.11/32 dev radio0')
  shell('ip -n sj-mn address delete 10.9.9.2/24 dev radio0')
  await until(2)
  shell('ip -n sj-mn address add 10.9.9.3/24 dev radio0')
  await until(3)
  monitor.close()
  t.deepEqual(seen, ['10.9.9.2', 'lost', '10.9.9.3'])
  await close()
})
