import test from 'ava'
import { type NewAction, sharedAction } from './action.ts'
import { csum } from './action-csum.ts'
import { gact } from './action-gact.ts'
import { mirred } from './action-mirred.ts'
import { nat } from './action-nat.ts'
import { pedit } from './action-pedit.ts'
import { police, readPolice } from './action-police.ts'
import { skbedit } from './action-skbedit.ts'
import { tunnelKey, tunnelKeyUnset } from './action-tunnel-key.ts'
import { filterMessage } from './filter.ts'
import { damagedForms, encodeRequest, readVectors, withNames } from './golden/vectors.ts'
import { messageHeaderBytes, type NetlinkRequest } from './message.ts'
import { MessageWriter } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { munge, mungeOffset } from './pedit-field.ts'
import * as shared from './shared-action.ts'
import { tcHandle } from './tc-handle.ts'

const device = 'v0'
const rate = { rateBitsPerSecond: 8e6, burstBytes: 10_000 }
const add = (index: number, action: NewAction) => shared.addAction({ index, action })

/** Each golden command as this library says it, in the order of the file. */
const requests: NetlinkRequest[] = [
  add(1, skbedit({ mark: 5, mask: 0xff })),
  shared.replaceAction({
    index: 2,
    action: skbedit({
      ...{ mark: 7, priority: tcHandle(1, 0x20), queueMapping: 3 },
      packetType: 'host',
      verdict: 'drop',
    }),
  }),
  add(3, skbedit({ inheritDsField: true })),
  add(4, gact('drop')),
  add(5, gact('pass', { random: { type: 'determ', every: 5, verdict: 'drop' } })),
  add(6, gact('goto chain 7')),
  add(7, gact('jump 2')),
  add(8, gact('reclassify', { random: { type: 'netrand', every: 100, verdict: 'pipe' } })),
  add(1, mirred({ direction: 'egress redirect', device })),
  add(2, mirred({ direction: 'ingress mirror', device, verdict: 'continue' })),
  add(1, police(rate)),
  add(
    2,
    police({
      ...{ ...rate, mtuBytes: 1600, peakRateBitsPerSecond: 16e6 },
      exceed: 'drop',
      conform: 'pipe',
    }),
  ),
  add(3, police({ packetsPerSecond: 1000, packetBurst: 100, exceed: 'drop' })),
  add(4, police({ ...rate, exceed: 'goto chain 3' })),
  add(
    5,
    police({
      ...{ rateBitsPerSecond: 40e9, burstBytes: 50_000_000 },
      minimumPacketBytes: 64,
      overheadBytes: 14,
    }),
  ),
  add(6, police({ averageBitsPerSecond: 4e6, exceed: 'continue', conform: 'drop' })),
  add(1, pedit([munge('ip', 'dsfield', 0xb8, { retain: 0xfc })], { verdict: 'pipe' })),
  add(
    2,
    pedit([
      munge('ip', 'src', '10.1.2.3'),
      munge('ip', 'dst', '10.1.2.4'),
      munge('ip', 'ttl', 0xff, { command: 'add' }),
      munge('ip', 'protocol', 17),
    ]),
  ),
  add(
    3,
    pedit([
      munge('eth', 'dst', '02:00:00:00:00:07'),
      munge('eth', 'src', '02:00:00:00:00:08'),
      munge('eth', 'type', 0x800),
    ]),
  ),
  add(
    4,
    pedit([
      munge('ip6', 'src', '2001:db8::7'),
      munge('ip6', 'flow_lbl', 0xabcde),
      munge('ip6', 'hoplimit', 64),
      munge('ip6', 'traffic_class', 0xb8),
      munge('ip6', 'nexthdr', 17),
      munge('ip6', 'payload_len', 32),
      munge('ip', 'ihl', 5),
    ]),
  ),
  add(
    5,
    pedit([
      munge('tcp', 'sport', 80),
      munge('tcp', 'dport', 81),
      munge('tcp', 'flags', 2, { retain: 3 }),
      munge('udp', 'sport', 82),
      munge('udp', 'dport', 83),
    ]),
  ),
  add(
    6,
    pedit([mungeOffset(0, 4, 0x12, { retain: 0xfffff }), mungeOffset(6, 2, 0x12), mungeOffset(9, 1, 3)]),
  ),
  add(7, {
    kind: 'pedit',
    options: { pedit: { parameters: { verdict: 'pass', keys: [{ mask: 0xfffff000, value: 0x12 }] } } },
  }),
  add(
    1,
    tunnelKey({
      ...{ source: '10.1.1.1', destination: '10.1.1.2', id: 42, destinationPort: 4789 },
      ...{ tos: 0x10, ttl: 64, checksum: false },
    }),
  ),
  add(2, tunnelKey({ source: '2001:db8::1', destination: '2001:db8::2', id: 7 })),
  add(3, tunnelKeyUnset()),
  add(1, nat({ direction: 'ingress', oldPrefix: '10.0.0.1', newAddress: '192.0.2.1' })),
  add(2, nat({ direction: 'egress', oldPrefix: '10.0.0.0/24', newAddress: '192.0.2.0', verdict: 'pipe' })),
  add(1, csum(['ip4h', 'tcp', 'udp'])),
  add(2, csum(['ip4h', 'icmp', 'igmp', 'tcp', 'udp', 'udplite', 'sctp'], { verdict: 'pipe' })),
  shared.deleteAction({ kind: 'police', index: 1 }),
  shared.getAction({ kind: 'police', index: 1 }),
  shared.dumpActions({ kind: 'police' }),
  shared.flushActions({ kind: 'police' }),
]

const vectors = readVectors('action')
/** Shared actions within filters. `tc` sends defaults beside the index, which the kernel does not look at. */
const bound = readVectors('filter-shared-action')

test('each golden command has a request', (t) => t.is(vectors.length, requests.length))

for (const [position, { command, hex }] of vectors.entries()) {
  const bytes = Buffer.from(hex, 'hex')
  const request = requests[position]
  test(`${command}: made by us`, (t) => {
    if (request === undefined) return t.fail('no request of ours')
    t.is(request.render(), command)
    const ours = encodeRequest(request, bytes.readUInt16LE(6))
    t.is(ours.toString('hex'), hex)
  })
}

for (const { command, hex, format } of [
  ...vectors.map((vector) => ({ ...vector, format: shared.actionMessage })),
  ...bound.map((vector) => ({ ...vector, format: filterMessage })),
]) {
  const bytes = Buffer.from(hex, 'hex')
  const type = bytes.readUInt16LE(4)
  const flags = bytes.readUInt16LE(6)

  test(`${command}: decoded, encoded again, and printed`, (t) => {
    const value = format.read(bytes, messageHeaderBytes)
    const writer = new MessageWriter(() => 0)
    format.write(writer, value)
    t.is(writer.bytes.toString('hex', 0, writer.length), hex.slice(messageHeaderBytes * 2))
    t.is(withNames(format.render(type, flags, value)), command)
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

test('a shared action is its kind and its index', (t) => {
  t.deepEqual(sharedAction('police', 7), {
    kind: 'police',
    options: { police: { parameters: { index: 7 } } },
  })
})

test('what a policer is told is what is read of it', (t) => {
  const told = { ...rate, mtuBytes: 65_535, peakRateBitsPerSecond: 16e6, exceed: 'drop' } as const
  t.like(readPolice(police(told).options.police), { ...told, conform: 'pass' })
  const packets = { packetsPerSecond: 50, packetBurst: 10, exceed: 'goto chain 3' } as const
  t.like(readPolice(police(packets).options.police), { ...packets, rateBitsPerSecond: undefined })
})

test('what does not fit is refused before it is sent', (t) => {
  const encode = (action: NewAction) => () => encodeRequest(add(1, action), 0)
  t.throws(() => munge('ip', 'dsfield', 256), { instanceOf: RangeError })
  t.throws(() => munge('ip', 'src', '2001:db8::1'), { instanceOf: RangeError })
  t.throws(() => munge('eth', 'dst', '10.0.0.1'), { instanceOf: RangeError })
  t.throws(encode(nat({ direction: 'ingress', oldPrefix: '10.0.0.1', newAddress: '2001:db8::1' })), {
    code: 'wire/unencodable',
  })
  t.throws(encode(gact(`goto chain ${2 ** 28}`)), { code: 'wire/unencodable' })
})
