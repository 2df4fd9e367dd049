/**
 * Links of every kind in twin namespaces: ours, and those that `ip` makes of the lines that our messages print. `ip -j -d link` must
 * show the same in both. Runs as root; makes and deletes its own namespaces. Above 300 lines: most is the table of
 * what is made; another file would cost another second in the kernel.
 */
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { addBridgeVlan, deleteBridgeVlan, dumpBridgeVlans } from './bridge-vlan.ts'
import { addLink, deleteLink, deleteLinkGroup, dumpLinks, getLink, setLink, setLinkGroup } from './link.ts'
import { bridge } from './link-bridge.ts'
import { bridgePort } from './link-bridge-port.ts'
import { macvlan, macvlanFlag } from './link-macvlan.ts'
import { veth } from './link-veth.ts'
import { vlan } from './link-vlan.ts'
import { vrf } from './link-vrf.ts'
import type { NetlinkRequest } from './message.ts'
import { NetlinkSocket } from './socket.ts'

const ours = 'sj-lk-ours'
const theirs = 'sj-lk-theirs'
/** Where links are moved to. */
const otherOf = (namespace: string) => `${namespace}-2`
const all = [ours, theirs, otherOf(ours), otherOf(theirs)]

/** Runs lines of `ip` in a namespace by one shell: starting processes is what takes time here. */
function ip(namespace: string, ...lines: string[]): string {
  const script = lines.map((line) => `ip -n ${namespace} ${line} || exit`).join('\n')
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' })
}

test.before(() => {
  for (const namespace of all) execFileSync('ip', ['netns', 'add', namespace])
})
test.after.always(() => {
  for (const namespace of all) execFileSync('ip', ['netns', 'delete', namespace])
})

const dummy = { kind: 'dummy' } as const
const linkAddress = (last: number) => `02:00:00:00:00:${last.toString(16).padStart(2, '0')}`
/** Fixed index and address, so that both namespaces have the same. */
const fixed = (last: number) => ({ index: 1000 + last, address: linkAddress(last) })

const namesOf = (links: Shown[]) => links.map(({ ifname }) => ifname).sort()

/** What changes by itself. */
const moving =
  /"(hello_timer|tcn_timer|topology_change_timer|gc_timer|message_age_timer|forward_delay_timer|hold_timer)":[\d.]+/g

interface Shown {
  ifname: string
}

/** What `ip` shows of the links that we make. */
function shown(namespace: string): Shown[] {
  const text = ip(namespace, '-j -d link show').replace(moving, '"$1":0')
  const links: Shown[] = JSON.parse(text)
  return links.filter(({ ifname }) => ifname.startsWith('sj-'))
}

/** The kernel settles operational states a little later: both are looked at until they agree, for some seconds at most. */
function alike(t: ExecutionContext, one: string, other: string): Shown[] {
  for (let looks = 0; looks < 50; looks++) {
    const links = shown(one)
    if (isDeepStrictEqual(links, shown(other))) return links
  }
  const links = shown(one)
  t.deepEqual(links, shown(other))
  return links
}

/** Carries out ours in one namespace and the printed lines in the other; both must then look alike. */
async function twins(
  t: ExecutionContext,
  socket: NetlinkSocket,
  requests: NetlinkRequest[],
): Promise<Shown[]> {
  const results = await socket.transaction(requests)
  t.deepEqual(
    results.flatMap((result) => (result.ok ? [] : [result.error.message])),
    [],
  )
  const lines = requests.map((request) => request.render().replace(/^ip /, ''))
  ip(theirs, ...lines.map((line) => line.replaceAll(otherOf(ours), otherOf(theirs))))
  return alike(t, ours, theirs)
}

const set: NetlinkRequest[] = [
  addLink({
    name: 'sj-v0',
    ...fixed(1),
    mtu: 1400,
    up: true,
    type: veth({ name: 'sj-v1', ...fixed(2), mtu: 1300 }),
  }),
  addLink({ name: 'sj-v2', ...fixed(3), type: veth({ name: 'sj-v3', ...fixed(4) }) }),
  addLink({
    name: 'sj-d0',
    ...fixed(5),
    transmitQueueLength: 50,
    gsoMaxBytes: 30_000,
    gsoMaxSegments: 20,
    groMaxBytes: 40_000,
    group: 5,
    transmitQueues: 4,
    receiveQueues: 2,
    type: dummy,
  }),
  addLink({ name: 'sj-i0', ...fixed(6), up: true, type: { kind: 'ifb' } }),
  addLink({ name: 'sj-b0', ...fixed(7), type: bridge() }),
  addLink({
    name: 'sj-b1',
    ...fixed(8),
    up: true,
    type: bridge({
      forwardDelayCentiseconds: 200,
      helloTimeCentiseconds: 100,
      maxAgeCentiseconds: 600,
      ageingTimeCentiseconds: 1000,
      priority: 4096,
      vlanFiltering: true,
      vlanProtocol: '802.1ad',
      groupForwardMask: 8,
      multicastSnooping: false,
      multicastQuerier: true,
      multicastHashMax: 512,
      multicastQueryIntervalCentiseconds: 10_000n,
      multicastStatistics: true,
      igmpVersion: 3,
      vlanDefaultId: 7,
      vlanStatistics: true,
      noLinkLocalLearning: true,
    }),
  }),
  addLink({ name: 'sj-vl5', ...fixed(9), lowerLink: 'sj-v0', type: vlan({ id: 5 }) }),
  addLink({
    name: 'sj-vl6',
    ...fixed(10),
    lowerLink: 'sj-v0',
    type: vlan({
      id: 6,
      protocol: '802.1ad',
      egressPriorities: [{ from: 2, to: 3 }],
      ingressPriorities: [{ from: 1, to: 2 }],
      reorderHeader: false,
      looseBinding: true,
    }),
  }),
  addLink({ name: 'sj-r0', ...fixed(11), up: true, type: vrf(434) }),
  addLink({ name: 'sj-m0', ...fixed(12), lowerLink: 'sj-v2', type: macvlan({ mode: 'bridge' }) }),
  addLink({
    name: 'sj-m1',
    ...fixed(13),
    lowerLink: 'sj-v3',
    type: macvlan({ mode: 'source', sources: [linkAddress(0x70), linkAddress(0x71)] }),
  }),
]

const change: NetlinkRequest[] = [
  setLink('sj-v1', { mtu: 1350, alias: "it's the uplink", master: 'sj-b1', up: true }),
  setLink('sj-v1', {
    type: bridgePort({
      priority: 16,
      cost: 7,
      hairpin: true,
      guard: true,
      fastLeave: true,
      learning: false,
      flood: false,
      multicastFlood: false,
      broadcastFlood: false,
      multicastToUnicast: true,
      proxyArp: true,
      groupForwardMask: 8,
      neighbourSuppression: true,
      isolated: true,
      locked: true,
      multicastRouter: 2,
    }),
  }),
  setLink('sj-d0', { master: 'sj-b1', addressGeneration: 'none' }),
  setLink('sj-v1', { type: bridgePort({ backupPort: 'sj-d0', flushForwarding: true }) }),
  setLink('sj-b0', { type: bridge({ spanningTree: 1, multicastSnooping: false }), up: true }),
  setLink('sj-b1', { type: bridge({ noLinkLocalLearning: false, flushForwarding: true }) }),
  setLink('sj-vl5', { master: 'sj-r0', broadcast: 'ff:ff:ff:ff:ff:fe' }),
  setLink('sj-vl6', { type: vlan({ egressPriorities: [{ from: 4, to: 5 }], reorderHeader: true }) }),
  setLink('sj-m0', { type: macvlan({ mode: 'private', flags: macvlanFlag.NO_DESTINATION }) }),
  setLink('sj-i0', { arp: true, multicast: false, promiscuous: true, allMulticast: true, up: false }),
  setLink('sj-v2', { transmitQueueLength: 77, group: 5, name: 'sj-w2' }),
]

test.serial('every kind of link, made and changed by us and by ip of our lines', async (t) => {
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  t.is((await twins(t, socket, set)).length, 13)
  await twins(t, socket, change)
  await twins(t, socket, [
    setLink('sj-v1', { type: bridgePort({ backupPort: 0 }) }),
    setLink('sj-d0', { master: 0, alias: 'x' }),
    setLink('sj-d0', { alias: '' }),
    setLinkGroup(5, { mtu: 1280, up: true }),
  ])
  const left = await twins(t, socket, [
    deleteLinkGroup(5),
    ...['sj-v0', 'sj-b0', 'sj-b1'].map((name) => deleteLink(name)),
  ])
  t.deepEqual(namesOf(left), ['sj-i0', 'sj-r0'])
  await twins(t, socket, [deleteLink('sj-i0'), deleteLink('sj-r0')])
  t.deepEqual(shown(ours), [])
  socket.close()
})

test.serial('links are made in namespaces and moved there, by name, path, process, descriptor', async (t) => {
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  const other = otherOf(ours)
  const openDescriptors = () => readdirSync('/proc/self/fd').length
  const before = openDescriptors()
  await twins(t, socket, [
    addLink({ name: 'sj-d1', ...fixed(1), type: dummy, namespace: other }),
    addLink({
      name: 'sj-v0',
      ...fixed(2),
      type: veth({ name: 'sj-v1', ...fixed(3), namespace: `/run/netns/${other}` }),
    }),
    addLink({ name: 'sj-d2', ...fixed(4), type: dummy }),
    addLink({ name: 'sj-d3', ...fixed(5), type: dummy }),
    setLink('sj-d2', { namespace: other }),
  ])
  t.is(openDescriptors(), before)
  const descriptor = openSync(`/run/netns/${other}`, 'r')
  await socket.request(setLink('sj-d3', { namespace: { descriptor } }))
  closeSync(descriptor)
  ip(theirs, `link set sj-d3 netns ${otherOf(theirs)}`)
  const moved = alike(t, other, otherOf(theirs))
  t.deepEqual(namesOf(moved), ['sj-d1', 'sj-d2', 'sj-d3', 'sj-v1'])
  const inOther = NetlinkSocket.open({ namespace: `/run/netns/${other}` })
  const here = addLink({ name: 'sj-d4', type: dummy, namespace: { process: process.pid } })
  await inOther.request(here)
  inOther.close()
  const own = NetlinkSocket.open()
  t.is((await own.request(getLink('sj-d4'))).info?.kind, 'dummy')
  await own.request(deleteLink('sj-d4'))
  own.close()
  await t.throwsAsync(socket.request(setLink('sj-v0', { namespace: 'no-such' })), {
    code: 'wire/unencodable',
  })
  await socket.request(deleteLink('sj-v0'))
  socket.close()
})

test.serial('what ip made is what we dump', async (t) => {
  ip(
    ours,
    'link add sj-v0 index 2001 up type veth peer name sj-v1 index 2002',
    'link add sj-b0 index 2003 type bridge priority 8192 vlan_filtering 1',
    'link set sj-v1 up master sj-b0 group 9 alias uplink',
    'link set sj-v1 type bridge_slave cost 9 isolated on',
    'link add sj-r0 index 2004 type vrf table 77',
    'link add sj-vl link sj-v0 index 2005 type vlan id 9 egress-qos-map 1:2 gvrp on',
    'link set sj-vl master sj-r0',
    'link add sj-m0 link sj-v0 index 2006 type macvlan mode source macaddr add 02:00:00:00:00:70',
    'link property add dev sj-v0 altname sj-alternative',
  )
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  const links = await Array.fromAsync(socket.dump(dumpLinks()))
  const link = (name: string) => links.find((one) => one.name === name)
  t.like(link('sj-v0'), {
    index: 2001,
    lowerLink: 2002,
    info: { kind: 'veth' },
    properties: { alternativeName: 'sj-alternative' },
    minMtu: 68,
    families: { inet6: { addressGeneration: 'eui64' } },
  })
  t.like(link('sj-v1'), {
    master: 2003,
    group: 9,
    alias: 'uplink',
    info: {
      kind: 'veth',
      slaveKind: 'bridge',
      slaveData: { bridge: { cost: 9, isolated: true, learning: true } },
    },
  })
  t.like(link('sj-b0')?.info?.data?.bridge, {
    priority: 8192,
    vlanFiltering: true,
    vlanProtocol: '802.1Q',
    bridgeId: `2000.${link('sj-b0')?.address}`,
  })
  t.like(link('sj-vl'), {
    info: {
      data: { vlan: { id: 9, flags: { flags: 3 }, egressPriorities: [{ from: 1, to: 2 }] } },
      slaveKind: 'vrf',
      slaveData: { vrf: { table: 77 } },
    },
  })
  t.like(link('sj-m0')?.info?.data?.macvlan, { mode: 'source', sources: [linkAddress(0x70)], sourceCount: 1 })
  const names = (await Array.fromAsync(socket.dump(dumpLinks({ master: 'sj-b0' })))).map(({ name }) => name)
  t.deepEqual(names, ['sj-v1'])
  const [{ stats64 }] = JSON.parse(ip(ours, '-j -s link show dev sj-vl'))
  const { statistics } = (await socket.request(getLink('sj-vl'))) ?? {}
  t.is(statistics?.transmittedPackets, BigInt(stats64.tx.packets))
  t.is(statistics?.receivedBytes, BigInt(stats64.rx.bytes))
  socket.close()
})

test.serial('bridge VLANs: what we make is what bridge makes of our lines, and what it shows', async (t) => {
  const device = 'sj-p0'
  const requests: NetlinkRequest[] = [
    addBridgeVlan({ device, id: 7 }),
    addBridgeVlan({ device, id: 8, portVlan: true, untagged: true }),
    addBridgeVlan({ device, id: [10, 20] }),
    addBridgeVlan({ device: 'sj-br', id: 9, self: true }),
    deleteBridgeVlan({ device, id: [12, 13] }),
    deleteBridgeVlan({ device, id: 99 }),
  ]
  for (const namespace of [ours, theirs])
    ip(
      namespace,
      'link add sj-br index 3000 type bridge vlan_filtering 1',
      'link add sj-p0 index 3001 master sj-br type dummy',
    )
  const socket = NetlinkSocket.open({ namespace: `/run/netns/${ours}` })
  for (const result of await socket.transaction(requests)) t.true(result.ok)
  const bridgeIn = (namespace: string, line: string) =>
    execFileSync('ip', ['netns', 'exec', namespace, ...line.split(' ')], { encoding: 'utf8' })
  for (const request of requests) bridgeIn(theirs, request.render())
  const show = (namespace: string): Shown[] => JSON.parse(bridgeIn(namespace, 'bridge -j vlan show'))
  const made = show(theirs)
  t.deepEqual(namesOf(made), ['sj-br', 'sj-p0'])
  const names = namesOf(made)
  t.deepEqual(
    show(ours).filter(({ ifname }) => names.includes(ifname)),
    made,
  )

  const dumped = await Array.fromAsync(socket.dump(dumpBridgeVlans()))
  const port = dumped.find(({ index }) => index === 3001)
  t.deepEqual(port?.vlans?.memberships, [
    { flags: 4, id: 1 },
    { flags: 0, id: 7 },
    { flags: 6, id: 8 },
    { flags: 8, id: 10 },
    { flags: 16, id: 11 },
    { flags: 8, id: 14 },
    { flags: 16, id: 20 },
  ])
  await t.throwsAsync(socket.request(addBridgeVlan({ device, id: 4095 })), {
    message: /bridge vlan add dev sj-p0 vid 4095: E/,
  })
  socket.close()
})
