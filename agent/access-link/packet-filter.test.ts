import test from 'ava'
import { encodeEthernetFrame } from '#wire/ip/ethernet.ts'
import { encodeIpv4Packet } from '#wire/ip/ipv4.ts'
import { encodeUdpDatagram } from '#wire/ip/udp.ts'
import { runFilter } from './filter-machine.ts'
import { encodeInstructions, signallingFilter } from './packet-filter.ts'

const addresses = { source: '192.0.2.11', destination: '10.1.101.1' }

function frame(protocol: number, payload: Buffer): Buffer {
  return encodeEthernetFrame({
    destination: '02:00:00:00:00:01',
    source: '02:00:00:00:00:02',
    etherType: 0x0800,
    payload: encodeIpv4Packet({ ...addresses, protocol, timeToLive: 1, payload }),
  })
}

const udp = (sourcePort: number, destinationPort: number) =>
  frame(17, encodeUdpDatagram({ sourcePort, destinationPort, payload: Buffer.alloc(24) }, addresses))
const icmp = (type: number) => frame(1, Buffer.of(type, 0, 0, 0, 0, 0, 0, 0))

function patched(bytes: Buffer, offset: number, value: number): Buffer {
  const copy = Buffer.from(bytes)
  copy.writeUInt16BE(value, offset)
  return copy
}

const rows: [name: string, frame: Buffer, passes: boolean][] = [
  ['a registration', udp(434, 434), true],
  ['a registration from another port', udp(40_000, 434), true],
  ['an advertisement', icmp(9), true],
  ['a solicitation', icmp(10), true],
  ['an echo request', icmp(8), false],
  ['UDP that only comes from port 434', udp(434, 53), false],
  ['TCP to port 434', frame(6, Buffer.of(1, 178, 1, 178)), false],
  ['a later fragment', patched(udp(434, 434), 20, 0x00b9), false],
  ['ARP', patched(udp(434, 434), 12, 0x0806), false],
  ['IPv6', patched(udp(434, 434), 12, 0x86dd), false],
  ['a frame that ends in its IPv4 header', udp(434, 434).subarray(0, 30), false],
]

for (const [name, bytes, passes] of rows)
  test(`the filter ${passes ? 'passes' : 'stops'} ${name}`, (t) => {
    t.is(runFilter(signallingFilter, bytes) > 0, passes)
  })

test('the filter finds the port behind IPv4 options', (t) => {
  const plain = udp(434, 434)
  const withOptions = Buffer.concat([plain.subarray(0, 34), Buffer.alloc(8, 1), plain.subarray(34)])
  withOptions.writeUInt8(0x47, 14)
  t.true(runFilter(signallingFilter, withOptions) > 0)
})

test('an instruction takes the layout of struct sock_filter', (t) => {
  t.is(encodeInstructions([{ code: 'jeq #k', k: 0x800, jt: 1, jf: 12 }]).toString('hex'), '1500010c00080000')
})
