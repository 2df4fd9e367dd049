import test from 'ava'
import { encodeEthernetFrame } from '#wire/ip/ethernet.ts'
import { encodeIpv4Packet } from '#wire/ip/ipv4.ts'
import { runFilter } from '../access-link/filter-machine.ts'
import { network } from '../route-optimization/network.ts'
import { towardsHomeFilter } from './unoptimized-traffic.ts'

const outgoing = 4
const incoming = 0
const networks = ['192.0.2.0/24', '198.51.100.16/28'].map((text) => network.parse(text))

const frame = (destination: string, protocol = 17, etherType = 0x0800) =>
  encodeEthernetFrame({
    destination: '02:00:00:00:00:01',
    source: '02:00:00:00:00:02',
    etherType,
    payload: encodeIpv4Packet({
      ...{ source: '10.3.101.10', destination, protocol, timeToLive: 64 },
      payload: Buffer.alloc(1000),
    }),
  })

const rows: [what: string, frame: Buffer, packetType: number, bytes: number][] = [
  ['to a node', frame('192.0.2.11'), outgoing, 34],
  ['to a node of the second network', frame('198.51.100.31'), outgoing, 34],
  ['behind the second network', frame('198.51.100.32'), outgoing, 0],
  ['in a tunnel to a care-of address', frame('10.1.1.2', 4), outgoing, 0],
  ['from outside', frame('192.0.2.11'), incoming, 0],
  ['no IPv4', frame('192.0.2.11', 17, 0x86dd), outgoing, 0],
]
for (const [what, bytes, packetType, expected] of rows)
  test(`copied of a packet ${what}: ${expected} bytes`, (t) => {
    t.is(runFilter(towardsHomeFilter(networks), bytes, packetType), expected)
  })
