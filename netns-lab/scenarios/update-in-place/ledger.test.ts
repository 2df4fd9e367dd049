import test from 'ava'
import { account, runsOf, type SeenPacket, seenPackets } from './ledger.ts'

const packets = (...ids: number[]): SeenPacket[] =>
  ids.map((number) => ({ kind: 'datagram', id: `${number}`, ipLength: 100, dscp: [0] }))

test('what is lost, comes twice, comes from nowhere or comes late is named', (t) => {
  t.deepEqual(account(packets(1, 2, 3, 4, 5), packets(1, 3, 2, 2, 9, 5)), {
    lost: ['4'],
    surplus: ['2', '9'],
    overtaken: ['2'],
  })
  t.deepEqual(account(packets(1, 2, 3), packets(1, 2, 3)), { lost: [], surplus: [], overtaken: [] })
})

/** A capture file with Ethernet frames of these packets. */
function captureOf(...packets: string[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(1, 20)
  const records = packets.flatMap((hex) => {
    const frame = Buffer.concat([Buffer.alloc(14), Buffer.from(hex, 'hex')])
    const record = Buffer.alloc(16)
    record.writeUInt32LE(frame.length, 8)
    return [record, frame]
  })
  return Buffer.concat([header, ...records])
}

/** An IPv4 header: DSCP, length, identification, protocol. */
function ipv4(dscp: number, length: number, identification: number, protocol: number): string {
  const header = Buffer.alloc(20)
  header.writeUInt8(0x45, 0)
  header.writeUInt8(dscp << 2, 1)
  header.writeUInt16BE(length, 2)
  header.writeUInt16BE(identification, 4)
  header.writeUInt8(protocol, 9)
  return header.toString('hex')
}

test('datagrams are known by their number, also in a tunnel', (t) => {
  const udp = `${'00'.repeat(8)}${'00'.repeat(8)}0000002a`
  const file = captureOf(
    ipv4(34, 248, 1, 4) + ipv4(46, 228, 2, 17) + udp,
    ipv4(0, 32, 3, 17) + '00'.repeat(12),
  )
  t.deepEqual(seenPackets(file, 1428), [
    { kind: 'datagram', id: '42', ipLength: 248, dscp: [34, 46] },
    { kind: 'other', id: '', ipLength: 32, dscp: [0] },
  ])
})

test('segments are known by sequence number and identification, also when they were joined', (t) => {
  const tcp = `00000000${'ffffff00'}00000000${'80'}${'00'.repeat(19)}`
  t.deepEqual(seenPackets(captureOf(ipv4(0, 52 + 1528, 65_535, 6) + tcp), 1428), [
    { kind: 'segment', id: '4294967040 65535', ipLength: 1480, dscp: [0] },
    { kind: 'segment', id: '1172 0', ipLength: 152, dscp: [0] },
  ])
})

test('runs of equal values', (t) => {
  t.deepEqual(runsOf(['a', 'a', 'b', 'a']), [
    { value: 'a', count: 2 },
    { value: 'b', count: 1 },
    { value: 'a', count: 1 },
  ])
})
