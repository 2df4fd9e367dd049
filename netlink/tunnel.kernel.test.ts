/**
 * Tunnels in twin namespaces: what we make in one, `ip` makes in the other from the lines that our messages
 * print, and `ip -j -d link show` must say the same of both. Runs as root;
 * makes and deletes its own namespaces.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import test from 'ava'
import { goldenTunnels } from './golden/tunnel.ts'
import { addLink, deleteLink, getLink, type LinkType, linkMessage, RTM_LINK } from './link.ts'
import { gre, gretap } from './link-gre.ts'
import { ip6gre, ip6gretap } from './link-ip6gre.ts'
import { ip6tnl } from './link-ip6tnl.ts'
import { ipip } from './link-ipip.ts'
import { sit } from './link-sit.ts'
import { vxlan } from './link-vxlan.ts'
import { type NetlinkRequest, verbFlags } from './message.ts'
import { NetlinkSocket } from './socket.ts'
import { changeTunnel } from './tunnel.ts'

const ours = 'sj-tunnel-ours'
const theirs = 'sj-tunnel-theirs'

/** Runs lines of `ip` in a namespace by one shell: starting processes is what takes time here. */
function ip(namespace: string, ...lines: string[]): string {
  const script = lines.map((line) => `ip -n ${namespace} ${line} || exit`).join('\n')
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' })
}

test.before(() => {
  for (const module of ['ipv6', 'ipip', 'ip_gre', 'sit', 'ip6_tunnel', 'ip6_gre', 'vxlan'])
    execFileSync('modprobe', [module])
  for (const namespace of [ours, theirs]) {
    execFileSync('ip', ['netns', 'add', namespace])
    ip(namespace, 'link add v0 index 1000 type veth peer name v1', 'link set v0 up')
  }
})
test.after.always(() => {
  for (const namespace of [ours, theirs]) execFileSync('ip', ['netns', 'delete', namespace])
})

const name = 'sj-1'
const create = (type: LinkType) => {
  const ethernet = /tap$|vxlan/.test(type.kind ?? '') ? { address: '02:00:00:00:00:21' } : {}
  return addLink({ name, index: 2001, type, up: true, ...ethernet })
}
/** The kernel of the tests has neither foo-over-UDP nor 6rd. */
const isAvailable = (type: LinkType) => !/"(encapsulationType|sixRdPrefix)":/.test(JSON.stringify(type))

const ends = { local: '203.0.113.1', remote: '10.1.1.2' }
const elsewhere = { local: '203.0.113.9', remote: '10.1.1.9' }
const ends6 = { local: '2001:db8::1', remote: '2001:db8::2' }
const elsewhere6 = { local: '2001:db8::9', remote: '2001:db8::99' }
const marked = { ttl: 9, tos: 0x10, fwMark: 0x21 }
const keyed = { key: { input: 1, output: 2 }, checksum: true, sequence: 'output' } as const
const inherited = {
  hopLimit: 9,
  encapsulationLimit: 'none',
  trafficClass: 'inherit',
  flowLabel: 'inherit',
  allowLocalRemote: true,
} as const
const labelled = { trafficClass: 0x28, flowLabel: 0xabcde, fwMark: 0x21 }

/** From what, to what: every parameter comes, changes and goes. */
const changes: [LinkType, LinkType][] = [
  [ipip(ends), ipip({ ...elsewhere, ...marked })],
  [
    ipip({ ...ends, ...marked, mode: 'ipip' }),
    ipip({ ...ends, mode: 'ipip', pathMtuDiscovery: false, fwMark: 0 }),
  ],
  [sit(ends), sit({ ...elsewhere, ...marked })],
  [gre({ ...ends, ...keyed, ...marked }), gre({ ...elsewhere, key: 42, fwMark: 0 })],
  [gre({ ...ends, key: 42, sequence: true }), gre({ ...ends, ...marked, checksum: 'input' })],
  [
    gre({ ...ends, pathMtuDiscovery: false }),
    gre({ ...ends, pathMtuDiscovery: false, ignoreDontFragment: true }),
  ],
  [gretap({ ...ends, key: 1 }), gretap({ ...ends, ...marked, key: 2 })],
  [ip6tnl({ ...ends6, ...inherited }), ip6tnl({ ...elsewhere6, ...labelled, mode: 'ipip6' })],
  [ip6tnl({ ...ends6, ...labelled, mode: 'ip6ip6' }), ip6tnl({ ...ends6, ...inherited, copyDscp: true })],
  [ip6gre({ ...ends6, ...keyed, ...inherited }), ip6gre({ ...elsewhere6, ...labelled, key: 42 })],
  [ip6gre({ ...ends6, ...labelled }), ip6gre({ ...ends6, ...inherited, ...keyed })],
  [ip6gretap({ ...ends6, key: 1, ...labelled }), ip6gretap({ ...ends6, key: 2 })],
  [
    vxlan({ ...ends, id: 42, destinationPort: 4789, ttl: 9 }),
    vxlan({ ...elsewhere, ttl: 10, ageingSeconds: 60 }),
  ],
]

const cases = [
  ...goldenTunnels.filter(isAvailable).map((type) => [create(type)]),
  ...changes.map(([before, after]) => [create(before), changeTunnel(name, after)]),
]

for (const requests of cases)
  test.serial(requests.map((request) => request.render()).join('; '), async (t) => {
    const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
    t.teardown(() => socket.close())
    for (const request of requests) await socket.request(request)
    const show = `-j -d link show ${name}`
    const made = shown(ip(ours, show))
    const link = await socket.request(getLink(name))
    await socket.request(deleteLink(name))
    const lines = requests.map((request) => request.render().replace(/^ip /, ''))
    t.deepEqual(made, shown(ip(theirs, ...lines, show, `link delete ${name}`)))
    t.is(typeWords(link), typeWords(lastValue(requests)).replace('dev v0', 'dev if1000'))
  })

/** The kernel chooses a tunnel's permanent address at random. */
function shown(json: string): object[] {
  const links: object[] = JSON.parse(json)
  return links.map((link) => ({ ...link, permaddr: undefined }))
}

function lastValue(requests: NetlinkRequest[]): object {
  return requests.at(-1)?.value ?? {}
}

/** What `ip link add` would say of the type: that of our request, or that of the kernel's answer. */
function typeWords(value: object): string {
  const words = linkMessage.render(RTM_LINK.NEW, verbFlags.add, value).replace(/.* type /, 'type ')
  // A change of vxlan must not name the port, and the kernel answers with its own.
  return words.replace(/(?<=vxlan.*) (id|dstport) \d+/g, '')
}

test.serial('changes that the kernel refuses', async (t) => {
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  t.teardown(() => socket.close())
  const results = await socket.transaction([
    create(gre({ ...ends, key: 1 })),
    addLink({ name: 'sj-2', type: gre({ ...ends, key: 2 }) }),
    changeTunnel('sj-2', gre({ ...ends, key: 1 })),
    changeTunnel('sj-2', gre({ local: ends.local, key: 2 })),
    addLink({ name: 'sj-3', type: ipip({ collectMetadata: true }) }),
    changeTunnel('sj-3', ipip(ends)),
    ...[name, 'sj-2', 'sj-3'].map((each) => deleteLink(each)),
  ])
  const outcomes = results.map((result) => (result.ok ? 'done' : result.error.errno))
  t.deepEqual(outcomes.slice(0, 6), ['done', 'done', 'EEXIST', 'EINVAL', 'done', 'EINVAL'])
  t.deepEqual(outcomes.slice(6), ['done', 'done', 'done'])
})

test.serial(
  'gre passes packets with its key and drops those with another, and is changed in place',
  async (t) => {
    ip(ours, `link set v1 netns ${theirs} name w1`, 'address add 10.9.0.1/24 dev v0')
    ip(theirs, 'address add 10.9.0.2/24 dev w1', 'link set w1 up')
    const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
    const there = NetlinkSocket.open({ namespace: `/run/netns/${theirs}` })
    t.teardown(() => {
      socket.close()
      there.close()
    })
    const near = { local: '10.9.0.1', remote: '10.9.0.2', ttl: 64 }
    const far = { local: '10.9.0.2', remote: '10.9.0.1', ttl: 64 }
    await socket.request(create(gre({ ...near, key: 42 })))
    await there.request(create(gre({ ...far, key: 42 })))
    ip(ours, `address add 192.0.2.1 peer 192.0.2.2 dev ${name}`)
    ip(theirs, `address add 192.0.2.2 peer 192.0.2.1 dev ${name}`)
    const answers = () =>
      spawnSync('ip', ['netns', 'exec', ours, 'ping', '-c', '1', '-W', '1', '192.0.2.2']).status === 0
    t.true(answers())
    await socket.request(changeTunnel(name, gre({ ...near, key: 43, checksum: 'input' })))
    t.false(answers())
    await there.request(changeTunnel(name, gre({ ...far, key: 43, checksum: 'output' })))
    t.true(answers())
    const statistics = (await there.request(getLink(name))).statistics
    // The two pings that passed; IPv6 may say something of its own on the tunnel.
    t.true(Number(statistics?.receivedPackets ?? 0) >= 2)
  },
)
