/** What filters of every kind print and say. Above 300 lines: a table of settings beside lines of `tc`. */
import test from 'ava'
import { gact } from './action-gact.ts'
import * as chains from './chain.ts'
import * as filters from './filter.ts'
import { basic } from './filter-basic.ts'
import { dscp, type Flower, flower } from './filter-flower.ts'
import { fw, fwByClassId } from './filter-fw.ts'
import { matchall } from './filter-matchall.ts'
import { formatU32Handle, u32Filter, u32Handle, u32HashTable } from './filter-u32.ts'
import { damagedForms, encodeRequest, readVectors, withNames } from './golden/vectors.ts'
import { messageHeaderBytes, type NetlinkRequest } from './message.ts'
import { MessageWriter } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { tcHandle } from './tc-handle.ts'

const ingress = { device: 'v0', parent: 'ingress' } as const
const root = { device: 'v0', parent: tcHandle(1) } as const
const all = { ...ingress, protocol: 'all' } as const
const ip = { ...ingress, protocol: 'ip' } as const
const classId = tcHandle(1, 1)
const drop = { actions: [gact('drop')] }
const ouiMask = 'ff:ff:ff:00:00:00'

const flowerOf = (
  priority: number,
  fields: Flower,
  protocol: filters.FilterList['protocol'] = 'ip',
): NetlinkRequest => filters.addFilter({ ...ingress, protocol, priority, type: flower(fields) })
const inChain = { ...ip, priority: 34, chain: 5, handle: 7 }

const flowers: NetlinkRequest[] = [
  flowerOf(20, {
    ...{ ipProtocol: 'tcp', source: '10.1.0.0/16', destination: '192.0.2.11' },
    sourcePort: { first: 1000, last: 2000 },
    destinationPort: 443,
    ...drop,
  }),
  flowerOf(21, {
    ipProtocol: 'udp',
    sourcePort: { first: 50, last: 52 },
    destinationPort: { first: 60, last: 65 },
    classId: tcHandle(1, 2),
  }),
  flowerOf(22, {
    ipProtocol: 'sctp',
    sourcePort: { value: 36412, mask: 0xfffc },
    destinationPort: 38412,
  }),
  flowerOf(23, {
    destinationLinkAddress: '02:00:00:00:00:01',
    sourceLinkAddress: `02:00:00:00:00:00/${ouiMask}`,
    tos: dscp(46),
    ttl: 64,
  }),
  flowerOf(24, { ipProtocol: 'tcp', tcpFlags: { value: 2, mask: 0x12 }, fragment: true }),
  flowerOf(24, { ipProtocol: 'tcp', fragment: true, firstFragment: false }),
  flowerOf(25, { ipProtocol: 'icmp', icmpType: 8, icmpCode: 0 }),
  flowerOf(26, { ipProtocol: 'icmpv6', icmpType: 128 }, 'ipv6'),
  flowerOf(
    27,
    { ipProtocol: 'tcp', source: '2001:db8::/32', destination: '2001:db8::1', destinationPort: 80 },
    'ipv6',
  ),
  flowerOf(
    28,
    {
      arp: {
        ...{ source: '10.0.0.0/8', target: '10.0.0.1', operation: 'request' },
        ...{ sourceLinkAddress: '02:00:00:00:00:01', targetLinkAddress: '02:00:00:00:00:02' },
      },
    },
    'arp',
  ),
  flowerOf(29, { vlanId: 100, vlanPriority: 3, vlanEtherType: 'ip', destination: '10.0.0.1' }, '802.1Q'),
  flowerOf(
    29,
    {
      ...{ vlanId: 100, vlanEtherType: '802.1Q' },
      ...{ innerVlanId: 7, innerVlanPriority: 1, innerVlanEtherType: 'ipv6' },
    },
    '802.1ad',
  ),
  flowerOf(30, {
    destination: '10.9.0.0/16',
    tunnel: {
      ...{ destination: '203.0.113.1', source: '203.0.113.0/24', key: 42 },
      ...{ destinationPort: 4789, tos: dscp(46), ttl: 64 },
    },
  }),
  flowerOf(31, { tunnel: { destination: '2001:db8::1', source: '2001:db8::/64', key: 0xffffffff } }),
  flowerOf(32, { inputDevice: 'v1', hardware: 'skip' }, 'all'),
  flowerOf(33, { hardware: 'only' }, 'all'),
  flowerOf(33, { vlanCount: 2 }, 'all'),
  flowerOf(35, {
    ipProtocol: 'tcp',
    connection: { state: '+trk+est-new', zone: 7, mark: { value: 0x10, mask: 0xff } },
  }),
  flowerOf(36, { mpls: { label: 100, trafficClass: 3, bottom: true, ttl: 64 } }, 'mpls_uc'),
  filters.addFilter({ ...inChain, type: flower({ destination: '10.9.0.1', ...drop }) }),
  filters.getFilter({ ...inChain, kind: 'flower' }),
  filters.deleteFilter({ ...inChain, kind: 'flower' }),
  filters.dumpFilters({ ...ingress, chain: 5 }),
  filters.addFilter({
    ...filters.sharedBlock(22),
    ...{ protocol: 'ip', priority: 1, type: flower({ destination: '10.9.0.1' }) },
  }),
]

const u32List = { ...root, protocol: 'ip', priority: 5 } as const
const table = u32Handle(2)
const u32s: NetlinkRequest[] = [
  filters.addFilter({ ...u32List, handle: table, type: u32HashTable({ divisor: 256 }) }),
  filters.addFilter({
    ...u32List,
    type: u32Filter({
      hashTable: u32Handle(2, 7),
      matches: [{ value: 0x0a000007, mask: 0xffffffff, offset: 16 }],
      classId: tcHandle(1, 7),
    }),
  }),
  filters.addFilter({
    ...u32List,
    type: u32Filter({
      hashTable: u32Handle(0x800),
      matches: [{ value: 0x0a000000, mask: 0xffffff00, offset: 16 }],
      hashKey: { mask: 0xff, at: 16 },
      link: table,
    }),
  }),
  filters.addFilter({
    ...u32List,
    handle: u32Handle(0x800, 0, 5),
    type: u32Filter({
      matches: [{ value: 0x00060000, mask: 0x00ff0000, offset: 8 }],
      nextHeader: { at: 0, mask: 0xf00, shift: 6, eat: true },
      link: table,
    }),
  }),
  filters.addFilter({
    ...{ ...u32List, priority: 6 },
    type: u32Filter({
      matches: [{ value: 80, mask: 0xffff, offset: 0, fromNextHeader: true }],
      nextHeader: { plus: 20 },
      classId,
    }),
  }),
  filters.addFilter({
    ...{ ...all, priority: 7 },
    type: u32Filter({
      mark: { value: 0x10, mask: 0xff },
      matches: [{ value: 0, mask: 0, offset: 0 }],
      ...{ inputDevice: 'v1', hardware: 'skip', ...drop },
    }),
  }),
  filters.deleteFilter({ ...u32List, handle: u32Handle(2, 7, 0x800), kind: 'u32' }),
  filters.deleteFilter({ ...u32List, handle: table, kind: 'u32' }),
  filters.addFilter({
    ...{ ...u32List, priority: 9 },
    type: u32Filter({
      matches: [{ value: 0, mask: 0, offset: 0 }],
      police: { rateBitsPerSecond: 1e6, burstBytes: 10_000, exceed: 'drop' },
    }),
  }),
]

const matching = (priority: number, ...[settings]: Parameters<typeof basic>) =>
  filters.addFilter({ ...ip, priority, type: basic(settings) })
const others: NetlinkRequest[] = [
  filters.addFilter({ ...all, priority: 40, type: matchall(drop) }),
  filters.addFilter({ ...all, priority: 41, handle: 1, type: matchall({ hardware: 'skip', classId }) }),
  matching(42, { match: { meta: 'nf_mark', mask: 0xff, relation: 'eq', value: 16 }, classId }),
  matching(43, {
    match: {
      all: [
        { meta: 'pkt_len', relation: 'gt', value: 100 },
        { meta: 'protocol', relation: 'eq', value: 0x800 },
      ],
    },
    classId,
  }),
  matching(44, {
    match: {
      all: [
        { meta: 'pkt_len', relation: 'gt', value: 100 },
        {
          not: {
            any: [
              { meta: 'priority', relation: 'lt', value: 2 },
              { meta: 'nf_mark', relation: 'eq', value: 3 },
            ],
          },
        },
        { not: { meta: 'pkt_type', relation: 'eq', value: 1 } },
      ],
    },
    ...drop,
  }),
  matching(45, {
    match: {
      any: [
        {
          all: [
            { u32: { value: 0x0a000000, mask: 0xff000000, offset: 16 } },
            { cmp: 'u8', offset: 9, layer: 'network', relation: 'eq', value: 6 },
          ],
        },
        { cmp: 'u16', offset: 2, layer: 'transport', relation: 'gt', value: 80 },
      ],
    },
    classId,
  }),
  matching(46, {
    match: {
      any: [
        { cmp: 'u32', offset: 4, layer: 'link', mask: 0xffff, trans: true, relation: 'eq', value: 5 },
        { meta: 'vlan', relation: 'eq', value: 3 },
      ],
    },
    classId,
  }),
  matching(47, {
    match: {
      all: [
        { nbyte: 'GET', offset: 20, layer: 'transport' },
        { meta: 'pkt_len', relation: 'gt', value: 100 },
      ],
    },
    classId,
  }),
  filters.addFilter({ ...ip, priority: 46, handle: 1, type: basic({ classId }) }),
  filters.addFilter({ ...root, protocol: 'all', priority: 50, type: fwByClassId() }),
  filters.addFilter({
    ...{ ...root, protocol: 'all', priority: 51, handle: 0x10 },
    type: fw({ classId, inputDevice: 'v1', ...drop }),
  }),
  chains.addChain({ ...ingress, chain: 5 }),
  chains.addChain({
    ...{ ...ingress, chain: 6 },
    template: { protocol: 'ip', type: flower({ ipProtocol: 'tcp', destination: '0.0.0.0/24' }) },
  }),
  chains.deleteChain({ ...ingress, chain: 5 }),
  chains.getChain({ ...ingress, chain: 5 }),
  chains.dumpChains(ingress),
  filters.changeFilter({ ...all, priority: 60, handle: 1, type: matchall({ classId: tcHandle(1, 2) }) }),
  filters.deleteFilters(ingress),
]

const golden: [file: string, requests: NetlinkRequest[]][] = [
  ['filter-flower', flowers],
  ['filter-u32', u32s],
  ['filter-other', others],
]
const rows = golden.flatMap(([file, requests]) =>
  readVectors(file).map((vector, index) => ({ ...vector, request: requests[index] })),
)

/** `tc` sends the flags of a flower filter that is looked for, which the kernel does not ask. */
const onlyHeader = /^tc filter (get|delete) .*flower/

for (const { command, hex, request } of rows) {
  const bytes = Buffer.from(hex, 'hex')
  const [type, flags] = [bytes.readUInt16LE(4), bytes.readUInt16LE(6)]
  const format = command.startsWith('tc chain') ? chains.chainMessage : filters.filterMessage

  test(`${command}: decoded and encoded again`, (t) => {
    const value = format.read(bytes, messageHeaderBytes)
    const writer = new MessageWriter(() => 0)
    format.write(writer, value)
    t.is(writer.bytes.toString('hex', 0, writer.length), hex.slice(messageHeaderBytes * 2))
    t.is(withNames(format.render(type, flags, value)), command)
    t.false(JSON.stringify(value).includes('"unknown"'))
  })

  test(`${command}: made by us`, (t) => {
    if (request === undefined) return t.fail('no request of ours')
    const ours = encodeRequest(request, flags)
    t.is(ours.readUInt16LE(4), type)
    t.is(ours.readUInt16LE(6), flags)
    if (onlyHeader.test(command)) {
      t.is(ours.toString('hex', 16, 36), bytes.toString('hex', 16, 36))
      t.is(request.render(), command)
      return
    }
    t.is(ours.toString('hex', 4), hex.slice(8))
    t.is(request.render(), command)
  })

  test(`${command}: every truncation and bit flip is a value or a typed error`, (t) => {
    // A rate table is 1 KiB of the same; the beginning of the message has all that is decoded otherwise.
    for (const message of damagedForms(bytes.subarray(0, 400)))
      try {
        format.render(type, flags, format.read(message, messageHeaderBytes))
      } catch (error) {
        if (!(error instanceof NetlinkError)) throw error
      }
    t.pass()
  })
}

test('an ematch tree in which groups share members is printed in bounded time', (t) => {
  const list = Array.from({ length: 4000 }, (_, index) => ({ flags: 1, container: (index | 1) + 1 }))
  const line = filters.filterMessage.render(filters.RTM_FILTER.NEW, 0, {
    kind: 'basic',
    options: { basic: { matches: { list } } },
  })
  t.true(line.startsWith('tc filter change basic match ('))
})

test('ports without their protocol are refused', (t) => {
  t.throws(() => flower({ destinationPort: 80 }), { instanceOf: RangeError })
})

test('a state of a connection is words with a sign', (t) => {
  for (const state of ['', 'trk', '+trk,new', '+tracked'])
    t.throws(() => flower({ connection: { state } }), { instanceOf: RangeError })
})

test('u32 handles as tc writes them', (t) => {
  t.deepEqual(
    [u32Handle(2), u32Handle(0x800, 0, 5), u32Handle(2, 7), u32Handle(2, 7, 0x800)].map(formatU32Handle),
    ['2:', '800::5', '2:7:', '2:7:800'],
  )
})
