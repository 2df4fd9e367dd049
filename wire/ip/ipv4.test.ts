import test from 'ava'
import type { ErrorCode } from '#core/error.ts'
import { mutations, readVectors } from '../golden/vectors.ts'
import { WireError } from '../wire-error.ts'
import { internetChecksum } from './checksum.ts'
import { decodeIpv4Packet, encodeIpv4Packet, ipProtocols } from './ipv4.ts'

/** IP in IP of scapy: an outer packet and an inner one. */
const golden = readVectors('tunnel').find(({ id }) => id === 'ipip-forward')?.bytes ?? Buffer.alloc(0)

test('the golden IP-in-IP packet', (t) => {
  const { payload, ...outer } = decodeIpv4Packet(golden)
  t.deepEqual(outer, {
    source: '192.0.2.1',
    destination: '198.51.100.2',
    protocol: ipProtocols.ipip,
    timeToLive: 64,
    typeOfService: 0,
    identification: 10,
  })
  const { payload: _, ...inner } = decodeIpv4Packet(payload)
  t.deepEqual(inner, {
    source: '203.0.113.7',
    destination: '192.0.2.77',
    protocol: ipProtocols.udp,
    timeToLive: 60,
    typeOfService: 0,
    identification: 9,
  })
})

const packet = {
  source: '192.0.2.1',
  destination: '198.51.100.2',
  protocol: ipProtocols.udp,
  timeToLive: 64,
  typeOfService: 0xb8,
  identification: 7,
  payload: Buffer.from('payload'),
}

test('a packet is encoded with its length, its checksum and "do not fragment"', (t) => {
  const bytes = encodeIpv4Packet(packet)
  t.is(bytes.subarray(0, 8).toString('hex'), '45b8001b00074000')
  t.is(internetChecksum(bytes.subarray(0, 20)), 0)
  t.deepEqual(decodeIpv4Packet(bytes), packet)
  t.deepEqual(decodeIpv4Packet(Buffer.concat([bytes, Buffer.alloc(19)])), packet, 'padding is dropped')
})

test('what is left out of a packet is zero', (t) => {
  const { typeOfService: _, identification: __, ...least } = packet
  t.like(decodeIpv4Packet(encodeIpv4Packet(least)), { typeOfService: 0, identification: 0 })
})

/** A packet with some bytes overwritten and its header checksum made right again. */
function overwritten(bytes: Buffer, changes: Record<number, number> = {}): Buffer {
  const changed = Buffer.from(bytes)
  for (const [offset, byte] of Object.entries(changes)) changed.writeUInt8(byte, Number(offset))
  changed.writeUInt16BE(0, 10)
  const header = changed.subarray(0, 4 * (changed.readUInt8(0) & 0x0f))
  changed.writeUInt16BE(internetChecksum(header), 10)
  return changed
}

test('options are skipped', (t) => {
  const options = Buffer.of(1, 1, 1, 0)
  const bytes = Buffer.concat([golden.subarray(0, 20), options, golden.subarray(20)])
  t.deepEqual(decodeIpv4Packet(overwritten(bytes, { 0: 0x46, 3: 0x38 })).payload, golden.subarray(20))
})

const refused: [why: string, bytes: Buffer, code: ErrorCode][] = [
  ['version 6', overwritten(golden, { 0: 0x65 }), 'wire/malformed'],
  ['a header of 16 bytes', overwritten(golden, { 0: 0x44 }), 'wire/malformed'],
  ['a length below the header', overwritten(golden, { 3: 19 }), 'wire/malformed'],
  ['a length past the end', overwritten(golden, { 3: 53 }), 'wire/truncated'],
  ['options past the end', overwritten(encodeIpv4Packet(packet), { 0: 0x4f }), 'wire/truncated'],
  ['the first fragment', overwritten(golden, { 6: 0x20 }), 'wire/malformed'],
  ['the last fragment', overwritten(golden, { 7: 0x01 }), 'wire/malformed'],
  [
    'a wrong checksum',
    Buffer.concat([golden.subarray(0, 8), Buffer.of(1), golden.subarray(9)]),
    'wire/malformed',
  ],
]

for (const [why, bytes, code] of refused)
  test(`refused: ${why}`, (t) => {
    t.throws(() => decodeIpv4Packet(bytes), { instanceOf: WireError, code })
  })

function holdsOrRefuses(bytes: Buffer): boolean {
  try {
    const decoded = decodeIpv4Packet(bytes)
    return decodeIpv4Packet(encodeIpv4Packet(decoded)).payload.equals(decoded.payload)
  } catch (error) {
    return error instanceof WireError
  }
}

test('every truncation and every bit flip decodes or is refused, also with the checksum made right', (t) => {
  const all = [...mutations(golden)]
  const repaired = all.filter((bytes) => bytes.length >= 12).map((bytes) => overwritten(bytes))
  t.deepEqual(
    [...all, ...repaired].filter((bytes) => !holdsOrRefuses(bytes)),
    [],
  )
})
