/**
 * Twin namespaces: filters that we make in one, `tc` makes in the other from the lines that our messages print. What `tc` shows
 * must then be the same. Runs as root; makes and deletes its own namespaces. Above 300 lines: most is the table of what
 * is made; another file would cost another second in the kernel.
 */
import { execFileSync } from 'node:child_process'
import test from 'ava'
import { gact } from './action-gact.ts'
import { skbedit } from './action-skbedit.ts'
import * as chains from './chain.ts'
import * as filters from './filter.ts'
import { basic } from './filter-basic.ts'
import { dscp, type Flower, flower } from './filter-flower.ts'
import { fw, fwByClassId } from './filter-fw.ts'
import { matchall } from './filter-matchall.ts'
import { u32Filter, u32Handle, u32HashTable } from './filter-u32.ts'
import { type NetlinkRequest, NLM_F } from './message.ts'
import { NetlinkSocket } from './socket.ts'
import { tcHandle } from './tc-handle.ts'

const ours = 'sj-fl-ours'
const theirs = 'sj-fl-theirs'
const setUp = [
  'ip link add v0 index 1000 type veth peer name v1 index 1001',
  'tc qdisc add dev v0 clsact',
  'tc qdisc add dev v0 root handle 1: htb',
  'tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit',
  'tc class add dev v0 parent 1: classid 1:2 htb rate 1mbit',
  'tc qdisc add dev v1 ingress_block 22 clsact',
]

/** Runs lines of `ip` and `tc` in a namespace, all in one shell. */
function run(namespace: string, ...lines: string[]): string {
  const script = lines.map((line) => `${line.replaceAll(/[()"]/g, '\\$&')} || exit`).join('\n')
  return execFileSync('ip', ['netns', 'exec', namespace, 'sh', '-c', script], { encoding: 'utf8' })
}

test.before(() => {
  // Were it loaded for a filter, the kernel would begin with that filter anew, and a table of u32 have the next number.
  execFileSync('modprobe', ['act_police'])
  for (const namespace of [ours, theirs]) {
    execFileSync('ip', ['netns', 'add', namespace])
    run(namespace, ...setUp)
  }
})
test.after.always(() => {
  for (const namespace of [ours, theirs]) execFileSync('ip', ['netns', 'delete', namespace])
})

/** Runs lines of `tc` in a namespace by one process, for starting processes is what takes time here. */
function tc(namespace: string, options: string[], lines: string[]): string {
  const input = lines.map((line) => line.replace(/^tc /, '')).join('\n')
  return execFileSync('tc', ['-n', namespace, ...options, '-batch', '-'], { input, encoding: 'utf8' })
}

const open = (namespace = ours) => NetlinkSocket.open({ namespace: `/run/netns/${namespace}` })

const texts = ['dev v0 ingress', 'dev v0 egress', 'dev v0 parent 1:', 'block 22']
/** Of u32 and basic, which are elsewhere, `tc` writes no JSON. */
const documents = ['dev v0 ingress', 'block 22']

function observed(namespace: string): string[] {
  const show = (places: string[]) => places.map((at) => `filter show ${at}`)
  const text = tc(namespace, ['-d'], [...show(texts), 'chain show dev v0 ingress'])
  const json = tc(namespace, ['-d', '-j'], show(documents))
  // An action's number and age are the kernel's choice.
  const ignored = /\b(index"?[ :]\d+|(installed|used) \d+ sec)/g
  return [text, json].map((shown) => shown.replaceAll(ignored, ''))
}

const ingress = { device: 'v0', parent: 'ingress' } as const
const egress = { device: 'v0', parent: 'egress', protocol: 'all' } as const
const root = { device: 'v0', parent: tcHandle(1) } as const
const classId = tcHandle(1, 1)
const drop = { actions: [gact('drop')] }

const fields: [protocol: filters.FilterList['protocol'], fields: Flower][] = [
  ['ip', { source: '10.1.0.0/16', destination: '192.0.2.11', ...drop }],
  ['ip', { ipProtocol: 'tcp', sourcePort: { first: 1000, last: 2000 }, destinationPort: 443, ...drop }],
  ['ip', { ipProtocol: 'udp', sourcePort: { value: 5060, mask: 0xfffc }, classId }],
  ['ip', { ipProtocol: 'sctp', destinationPort: { first: 60, last: 65 } }],
  ['ip', { ipProtocol: 47, tos: dscp(46), ttl: 64 }],
  ['ip', { ipProtocol: 'tcp', tcpFlags: { value: 2, mask: 0x12 }, fragment: true }],
  ['ip', { fragment: true, firstFragment: false }],
  ['ip', { ipProtocol: 'icmp', icmpType: 8, icmpCode: 0 }],
  ['ipv6', { ipProtocol: 'icmpv6', icmpType: 128, tos: 0xb8 }],
  ['ipv6', { source: '2001:db8::/32', destination: '2001:db8::1', ipProtocol: 'tcp', destinationPort: 80 }],
  ['arp', { arp: { source: '10.0.0.0/8', target: '10.0.0.1', operation: 'request' } }],
  ['arp', { arp: { operation: 'reply', sourceLinkAddress: '02:00:00:00:00:01' } }],
  ['802.1Q', { vlanId: 100, vlanPriority: 3, vlanEtherType: 'ip', destination: '10.0.0.1' }],
  ['802.1ad', { vlanId: 100, vlanEtherType: '802.1Q', innerVlanId: 7, innerVlanEtherType: 'ipv6' }],
  ['all', { sourceLinkAddress: '02:00:00:00:00:00/ff:ff:ff:00:00:00', inputDevice: 'v1', hardware: 'skip' }],
  [
    'ip',
    { tunnel: { key: 42, destination: '203.0.113.1', source: '203.0.113.0/24', destinationPort: 4789 } },
  ],
  ['ip', { tunnel: { destination: '203.0.113.1', tos: dscp(46), ttl: 64 }, destination: '10.9.0.0/16' }],
  ['all', { tunnel: { destination: '2001:db8::1', source: '2001:db8::/64' } }],
  ['ip', { ipProtocol: 'tcp', connection: { state: '+trk-new', mark: { value: 16, mask: 255 } } }],
  ['mpls_uc', { mpls: { label: 100, trafficClass: 3, bottom: true, ttl: 64 } }],
]
const flowers = fields.map(([protocol, match], index) =>
  filters.addFilter({ ...ingress, protocol, priority: 20 + index, type: flower(match) }),
)

const u32List = { ...root, protocol: 'ip', priority: 5 } as const
const meta = (nfMark: number) => ({ meta: 'nf_mark', relation: 'eq', value: nfMark }) as const
const others: NetlinkRequest[] = [
  filters.addFilter({ ...u32List, handle: u32Handle(2), type: u32HashTable({ divisor: 256 }) }),
  filters.addFilter({
    ...u32List,
    type: u32Filter({
      hashTable: u32Handle(2, 7),
      matches: [{ value: 0x0a000007, mask: 0xffffffff, offset: 16 }],
      classId,
    }),
  }),
  filters.addFilter({
    ...u32List,
    type: u32Filter({
      hashTable: u32Handle(0x800),
      matches: [{ value: 0x0a000000, mask: 0xffffff00, offset: 16 }],
      hashKey: { mask: 0xff, at: 16 },
      link: u32Handle(2),
    }),
  }),
  filters.addFilter({
    ...{ ...u32List, handle: u32Handle(0x800, 0, 5) },
    type: u32Filter({
      matches: [{ value: 0x00060000, mask: 0x00ff0000, offset: 8 }],
      nextHeader: { at: 0, mask: 0xf00, shift: 6, eat: true },
      link: u32Handle(2),
    }),
  }),
  filters.addFilter({
    ...{ ...egress, priority: 7 },
    type: u32Filter({
      mark: { value: 0x10, mask: 0xff },
      matches: [{ value: 80, mask: 0xffff, offset: 0, fromNextHeader: true }],
      ...{ inputDevice: 'v1', ...drop },
    }),
  }),
  filters.addFilter({ ...egress, priority: 40, type: matchall(drop) }),
  filters.addFilter({ ...egress, priority: 41, handle: 1, type: matchall({ hardware: 'skip', classId }) }),
  filters.addFilter({
    ...{ ...egress, priority: 42 },
    type: basic({ match: { all: [meta(5), { not: { any: [meta(6), meta(7)] } }] }, classId }),
  }),
  filters.addFilter({
    ...{ ...egress, priority: 43 },
    type: basic({
      match: {
        any: [
          { u32: { value: 0x0a000000, mask: 0xff000000, offset: 16 } },
          { cmp: 'u8', offset: 9, layer: 'network', relation: 'eq', value: 6 },
          { meta: 'pkt_len', mask: 0xff, relation: 'gt', value: 100 },
        ],
      },
      actions: [skbedit({ mark: 7 }), gact('pass')],
    }),
  }),
  filters.addFilter({ ...egress, priority: 44, handle: 1, type: basic({ classId }) }),
  filters.addFilter({
    ...{ ...egress, priority: 45 },
    type: u32Filter({
      matches: [{ value: 0, mask: 0, offset: 0 }],
      police: { rateBitsPerSecond: 1e6, burstBytes: 10_000, exceed: 'drop' },
    }),
  }),
  filters.changeFilter({ ...egress, priority: 44, handle: 1, type: basic({ classId: tcHandle(1, 2) }) }),
  filters.addFilter({ ...root, protocol: 'all', priority: 51, handle: 0x10, type: fw({ classId, ...drop }) }),
  filters.addFilter({
    ...{ ...root, protocol: 'all', priority: 52, handle: 0x20 },
    type: fw({ classId, mask: 0xf0, inputDevice: 'v1' }),
  }),
  chains.addChain({ ...ingress, chain: 5 }),
  chains.addChain({
    ...{ ...ingress, chain: 6 },
    template: { protocol: 'ip', type: flower({ ipProtocol: 'tcp', destination: '0.0.0.0/24' }) },
  }),
  filters.addFilter({
    ...{ ...ingress, chain: 6, protocol: 'ip', priority: 1, handle: 9 },
    type: flower({ ipProtocol: 'tcp', destination: '10.9.0.0/24', ...drop }),
  }),
  filters.replaceFilter({
    ...{ ...ingress, chain: 6, protocol: 'ip', priority: 1, handle: 9 },
    type: flower({ ipProtocol: 'udp', destination: '10.9.1.0/24', ...drop }),
  }),
  filters.addFilter({
    ...{ ...filters.sharedBlock(22), protocol: 'ip', priority: 1 },
    type: flower({ destination: '10.9.0.1', ...drop }),
  }),
]
const remove: NetlinkRequest[] = [
  filters.deleteFilter({ ...ingress, chain: 6, protocol: 'ip', priority: 1, handle: 9, kind: 'flower' }),
  chains.deleteChain({ ...ingress, chain: 6 }),
  chains.deleteChain({ ...ingress, chain: 5 }),
  filters.deleteFilters(ingress),
  filters.deleteFilterList({ ...egress, priority: 7 }),
  filters.deleteFilter({ ...egress, priority: 41, handle: 1, kind: 'matchall' }),
  filters.deleteFilter({ ...root, protocol: 'all', priority: 51, handle: 0x10, kind: 'fw' }),
  filters.deleteFilter({ ...u32List, handle: u32Handle(0x800, 0, 5), kind: 'u32' }),
  filters.deleteFilters(egress),
  filters.deleteFilters(root),
  filters.deleteFilters(filters.sharedBlock(22)),
]

test.serial(
  'what we make and what tc makes of our lines is the same, and is gone after both deleted it',
  async (t) => {
    const before = observed(ours)
    t.deepEqual(before, observed(theirs))
    const socket = open()
    for (const requests of [[...flowers, ...others], remove]) {
      const results = await socket.transaction(requests)
      t.deepEqual(
        results.flatMap((result) => (result.ok ? [] : [result.error.message])),
        [],
      )
      tc(
        theirs,
        [],
        requests.map((request) => request.render()),
      )
      t.deepEqual(observed(ours), observed(theirs))
    }
    socket.close()
    t.deepEqual(observed(ours), before)
  },
)

test.serial('what tc made is what we get and dump, and it prints as the line that made it', async (t) => {
  const lines = [
    'tc filter add dev v0 ingress protocol ip prio 1 handle 0x1 flower ip_proto tcp src_ip 10.1.0.0/16 src_port 1-9 ip_tos 0xb8/0xfc action drop',
    'tc filter add dev v0 ingress protocol ip prio 2 chain 7 handle 0x1 flower enc_dst_ip 203.0.113.1 enc_key_id 42',
    'tc filter add dev v0 ingress protocol all prio 3 handle 0x1 basic match meta(nf_mark eq 5) and not meta(pkt_len gt 100) classid 1:1',
    'tc filter add dev v0 ingress protocol ip prio 7 handle 0x1 basic match nbyte("GET" at 20 layer transport) classid 1:1',
    'tc filter add dev v0 ingress protocol all prio 4 handle 0x1 matchall classid 1:2',
    'tc filter add dev v0 ingress protocol all prio 5 handle 0x10/0xff fw classid 1:2',
    'tc filter add dev v0 ingress protocol ip prio 6 handle 800::5 u32 ht 800: match u32 0x0a000000 0xff000000 at 16 classid 1:1',
  ]
  run(theirs, ...lines)
  const socket = open(theirs)
  const dumped = await Array.fromAsync(socket.dump(filters.dumpFilters(ingress)))
  const flag = NLM_F.CREATE | NLM_F.EXCL
  const printed = dumped.map((value) =>
    filters.filterMessage.render(filters.RTM_FILTER.NEW, flag, value).replace(/ index \d+$/, ''),
  )
  for (const line of lines) {
    t.true(printed.includes(line.replace(' v0', ' if1000')), `${line}\n${printed.join('\n')}`)
  }
  const tcp = {
    ipProtocol: 'tcp',
    source: '10.1.0.0',
    sourceMask: '255.255.0.0',
    tos: 0xb8,
    tosMask: 0xfc,
  } as const
  const first = { ...ingress, protocol: 'ip', priority: 1, handle: 1, kind: 'flower' } as const
  t.like((await socket.request(filters.getFilter(first))).options?.flower, tcp)
  t.deepEqual(
    (await Array.fromAsync(socket.dump(filters.dumpFilters({ ...ingress, chain: 7 })))).map(
      ({ priority }) => priority,
    ),
    [2, 2],
  )
  const listed = await Array.fromAsync(socket.dump(chains.dumpChains(ingress)))
  t.deepEqual(listed.map(({ chain }) => chain).toSorted(), [0, 7])
  t.is((await socket.request(chains.getChain({ ...ingress, chain: 7 }))).chain, 7)
  socket.close()
})

test.serial('a filter without a handle takes marks for classes', async (t) => {
  const socket = open()
  const byClassId = { ...root, protocol: 'all', priority: 60 } as const
  await socket.request(filters.addFilter({ ...byClassId, type: fwByClassId() }))
  await socket.request(filters.deleteFilterList(byClassId))
  socket.close()
  t.pass()
})

test.serial('flower sees the key of the tunnel that a packet came out of', async (t) => {
  const [receiver, sender] = ['sj-fl-receiver', 'sj-fl-sender'] as const
  for (const namespace of [receiver, sender]) execFileSync('ip', ['netns', 'add', namespace])
  t.teardown(() => {
    for (const namespace of [receiver, sender]) execFileSync('ip', ['netns', 'delete', namespace])
  })
  run(receiver, `ip link add v0 type veth peer name v0 netns ${sender}`)
  for (const [namespace, address] of [
    [receiver, '203.0.113.1/24'],
    [sender, '203.0.113.2/24'],
  ] as const)
    run(
      namespace,
      'ip link set v0 up',
      `ip address add ${address} dev v0`,
      'ip link add tunnel type gre external',
      'ip link set tunnel up',
    )
  for (const key of [42, 43])
    run(sender, `ip route add 10.0.0.${key} encap ip id ${key} key dst 203.0.113.1 dev tunnel`)
  run(receiver, 'tc qdisc add dev tunnel clsact')
  const socket = open(receiver)
  const place = { device: 'tunnel', parent: 'ingress', protocol: 'ip', priority: 1 } as const
  for (const [handle, fields] of Object.entries({
    1: { key: 42, destination: '203.0.113.1', source: '203.0.113.0/24' },
    2: { key: 44 },
    3: { key: 43, source: '203.0.113.3' },
  }))
    await socket.request(
      filters.addFilter({
        ...{ ...place, priority: Number(handle), handle: Number(handle) },
        type: flower({ tunnel: fields, actions: [gact('drop')] }),
      }),
    )
  // Nobody answers.
  run(sender, ...[42, 43].map((key) => `! ping -c 3 -i 0.02 -W 0.2 -I 203.0.113.2 10.0.0.${key} >/dev/null`))
  const shown: { options?: { actions?: { stats: { packets: number } }[] } }[] = JSON.parse(
    run(receiver, 'tc -s -j filter show dev tunnel ingress'),
  )
  t.deepEqual(
    shown.flatMap(({ options }) => options?.actions?.map(({ stats }) => stats.packets) ?? []),
    [3, 0, 0],
  )
  const held = await socket.request(filters.getFilter({ ...place, handle: 1, kind: 'flower' }))
  t.is(held.options?.flower?.actions?.[0]?.statistics?.basic?.packets, 3)
  socket.close()
})
