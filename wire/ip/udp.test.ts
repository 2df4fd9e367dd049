import test from 'ava'
import { mutations, readVectors } from '../golden/vectors.ts'
import { WireError } from '../wire-error.ts'
import { onesComplementSum } from './checksum.ts'
import { decodeIpv4Packet } from './ipv4.ts'
import { decodeUdpDatagram, encodeUdpDatagram, type UdpChecksum } from './udp.ts'

/** The datagram inside scapy's IP-in-IP packet. */
const tunnelled = readVectors('tunnel').find(({ id }) => id === 'ipip-forward')?.bytes ?? Buffer.alloc(0)
const golden = decodeIpv4Packet(decodeIpv4Packet(tunnelled).payload)

test('the golden datagram', (t) => {
  const { checksum, ...datagram } = decodeUdpDatagram(golden.payload, golden)
  t.deepEqual(datagram, { sourcePort: 5, destinationPort: 6, payload: Buffer.from('data') })
  t.is(checksum, 'valid')
  t.deepEqual(encodeUdpDatagram(datagram, golden), golden.payload)
})

const endpoints = { source: '10.1.101.1', destination: '192.0.2.11' }
const datagram = { sourcePort: 434, destinationPort: 434, payload: Buffer.from('registration!') }
const encoded = encodeUdpDatagram(datagram, endpoints)

function judge(checksum: number): UdpChecksum {
  const bytes = Buffer.from(encoded)
  bytes.writeUInt16BE(checksum, 6)
  return decodeUdpDatagram(bytes, endpoints).checksum
}

test('checksums are told apart', (t) => {
  const right = encoded.readUInt16BE(6)
  const pseudoHeader = Buffer.from('0a016501c000020b00110015', 'hex')
  t.is(judge(right), 'valid')
  t.is(judge(0), 'absent')
  t.is(judge(onesComplementSum(pseudoHeader)), 'partial')
  t.is(judge(right ^ 0x0100), 'wrong')
  t.is(decodeUdpDatagram(encoded, { ...endpoints, source: '10.1.101.2' }).checksum, 'wrong')
})

test('a checksum that comes out as zero is sent as 65535', (t) => {
  const rest = encodeUdpDatagram({ ...datagram, payload: Buffer.of(0, 0) }, endpoints).readUInt16BE(6)
  const bytes = encodeUdpDatagram({ ...datagram, payload: Buffer.of(rest >> 8, rest & 0xff) }, endpoints)
  t.is(bytes.readUInt16BE(6), 0xffff)
  t.is(decodeUdpDatagram(bytes, endpoints).checksum, 'valid')
})

test('bytes behind the length are dropped, a length past the end or below the header is refused', (t) => {
  t.is(decodeUdpDatagram(Buffer.concat([encoded, Buffer.of(0)]), endpoints).checksum, 'valid')
  t.throws(() => decodeUdpDatagram(encoded.subarray(0, -1), endpoints), { code: 'wire/truncated' })
  const short = Buffer.from(encoded)
  short.writeUInt16BE(7, 4)
  t.throws(() => decodeUdpDatagram(short, endpoints), { code: 'wire/malformed' })
})

test('what does not fit is not encoded', (t) => {
  const attempts = [
    { ...datagram, sourcePort: 65536 },
    { ...datagram, payload: Buffer.alloc(65528) },
  ]
  for (const attempt of attempts)
    t.throws(() => encodeUdpDatagram(attempt, endpoints), {
      instanceOf: WireError,
      code: 'wire/unencodable',
    })
})

test('every truncation and every bit flip is refused or told by the checksum', (t) => {
  for (const bytes of mutations(encoded))
    try {
      t.is(decodeUdpDatagram(bytes, endpoints).checksum, 'wrong')
    } catch (error) {
      t.true(error instanceof WireError)
    }
})
