import * as net from '../index.ts'

net.createNamespace('edge')
const socket = net.NetlinkSocket.open({ namespace: { name: 'edge' } })
const ingress = { device: 'in0', parent: 'ingress' } as const
const ip = { ...ingress, protocol: 'ip' } as const
const slow = { rateBitsPerSecond: 1e6, burstBytes: 10_000, exceed: 'drop' } as const

const results = await socket.transaction([
  net.addLink({ name: 'in0', type: net.veth({ name: 'out0' }), up: true }),
  net.addLink({ name: 'ifb0', type: { kind: 'ifb' }, up: true }),
  net.addQdisc({ device: 'in0', parent: 'clsact', type: net.clsact() }),
  // By fields: marks a flow, counts it against an action that other filters share, and gives it a code point.
  net.addAction({ index: 7, action: net.police(slow) }), // without index: the kernel's choice, in its result
  net.addFilter({
    ...{ ...ip, priority: 1 },
    type: net.flower({
      ...{ ipProtocol: 'udp', destination: '192.0.2.0/24', destinationPort: 5004, tos: net.dscp(0) },
      actions: [
        net.skbedit({ mark: 0x100 }),
        net.sharedAction('police', 7),
        net.pedit([net.munge('ip', 'dsfield', 0xb8, { retain: 0xfc })], { verdict: 'pipe' }),
        net.csum(['ip4h'], { verdict: 'pass' }),
      ],
    }),
  }),
  // By words: the packets with this word at offset 16 (the destination).
  net.addFilter({
    ...{ ...ip, priority: 2 },
    type: net.u32Filter({
      matches: [{ value: 0xc6336400, mask: 0xffffff00, offset: 16 }],
      actions: [net.mirred({ direction: 'egress redirect', device: 'ifb0' })],
    }),
  }),
  // By conditions: long packets, but not those with a mark.
  net.addFilter({
    ...{ ...ip, priority: 3 },
    type: net.basic({
      match: {
        all: [
          { meta: 'pkt_len', relation: 'gt', value: 1400 },
          { not: { meta: 'nf_mark', relation: 'gt', value: 0 } },
        ],
      },
      actions: [net.gact('drop')],
    }),
  }),
  // All others go on in chain 5, which translates an address.
  net.addFilter({ ...ip, priority: 4, type: net.matchall({ actions: [net.gact('goto chain 5')] }) }),
  net.addFilter({
    ...{ ...ip, chain: 5, priority: 1 },
    type: net.flower({
      destination: '203.0.113.7',
      actions: [net.nat({ direction: 'ingress', oldPrefix: '203.0.113.7', newAddress: '10.0.0.7' })],
    }),
  }),
])
for (const result of results) if (!result.ok) throw result.error

const seen = new Set<string>()
for await (const { chain, priority, kind } of socket.dump(net.dumpFilters(ingress)))
  seen.add(`${chain ?? 0}/${priority} ${kind}`)
console.log([...seen].join(', '))
//> 0/1 flower, 0/2 u32, 0/3 basic, 0/4 matchall, 5/1 flower
for await (const { actions = [] } of socket.dump(net.dumpActions({ kind: 'police' })))
  for (const { options } of actions) console.log(options?.police?.parameters?.bindings)
//> 1
socket.close()
net.deleteNamespace('edge')
