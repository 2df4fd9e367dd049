import test from 'ava'
import { mutations, readVectors } from '../golden/vectors.ts'
import { WireError } from '../wire-error.ts'
import { decodeIcmpMessage, encodeIcmpMessage } from './icmp.ts'
import { decodeIpv4Packet, ipProtocols } from './ipv4.ts'

/** scapy's keepalive: an echo request in an IPv4 packet, behind the 4 bytes of a tunnel data message. */
const keepalive = readVectors('mip').find(({ id }) => id === 'mip-tunnel-data-keepalive')?.bytes
const packet = decodeIpv4Packet(keepalive?.subarray(4) ?? Buffer.alloc(0))

test('the golden echo request goes there and back with its checksum', (t) => {
  t.is(packet.protocol, ipProtocols.icmp)
  const message = decodeIcmpMessage(packet.payload)
  t.is(message.type, 8)
  t.deepEqual(encodeIcmpMessage(message), packet.payload)
})

test('every truncation and every bit flip is refused; a cut through zeros leaves the sum as it is', (t) => {
  for (const mutation of mutations(packet.payload)) {
    const truncated = mutation.length < packet.payload.length
    if (truncated && packet.payload.subarray(mutation.length).every((byte) => byte === 0)) continue
    t.throws(() => decodeIcmpMessage(mutation), { instanceOf: WireError })
  }
})
