import type { LinkType } from '../link.ts'
import { gre, gretap } from '../link-gre.ts'
import { ip6gre, ip6gretap } from '../link-ip6gre.ts'
import { ip6tnl } from '../link-ip6tnl.ts'
import { ipip } from '../link-ipip.ts'
import { sit } from '../link-sit.ts'
import { vxlan } from '../link-vxlan.ts'

const ends = { local: '203.0.113.1', remote: '10.1.1.2' }
const { local, remote } = ends
const ends6 = { local: '2001:db8::1', remote: '2001:db8::2' }
const fou = { type: 'fou', destinationPort: 5555 } as const
const gue = { type: 'gue', destinationPort: 5555 } as const
const allOfIpv6 = {
  ...ends6,
  device: 'v0',
  hopLimit: 32,
  encapsulationLimit: 'none',
  trafficClass: 0x28,
  flowLabel: 0xabcde,
  fwMark: 0x21,
} as const

/** The types of the tunnels in tunnel.json, in its order, as this library says them. */
export const goldenTunnels: LinkType[] = [
  ipip({ ...ends, mode: 'ipip', device: 'v0', ttl: 64, tos: 0x10, fwMark: 0x21 }),
  ipip({ remote, mode: 'mplsip', tos: 1, pathMtuDiscovery: false }),
  ipip({ collectMetadata: true }),
  ipip({ ...ends, encapsulation: fou }),
  ipip({ ...ends, encapsulation: { ...gue, sourcePort: 4000, checksum: true, remoteChecksum: true } }),
  sit({ ...ends, ttl: 64 }),
  sit({ local, mode: 'ip6ip', isatap: true }),
  sit({ local, ttl: 64, sixRd: { prefix: '2001:db8::/32', relayPrefix: '203.0.113.0/24' }, fwMark: 7 }),
  gre({
    ...ends,
    device: 'v0',
    ttl: 64,
    tos: 0x10,
    fwMark: 0x21,
    key: { input: 1, output: 2 },
    sequence: 'input',
    checksum: 'output',
  }),
  gre({
    ...ends,
    pathMtuDiscovery: false,
    ignoreDontFragment: true,
    key: 42,
    sequence: true,
    checksum: true,
  }),
  gre({ ...ends, key: { output: 7 }, encapsulation: gue }),
  gretap({ remote, ttl: 64, key: 42 }),
  gretap({ collectMetadata: true }),
  ip6tnl(ends6),
  ip6tnl({ ...allOfIpv6, mode: 'ipip6' }),
  ip6tnl({
    ...ends6,
    mode: 'ip6ip6',
    hopLimit: 0,
    encapsulationLimit: 2,
    trafficClass: 'inherit',
    flowLabel: 'inherit',
    copyDscp: true,
    allowLocalRemote: true,
    fwMark: 'inherit',
  }),
  ip6tnl({ collectMetadata: true }),
  ip6tnl({ remote: ends6.remote, encapsulation: { ...fou, checksum6: false } }),
  ip6gre({ ...ends6, key: 42 }),
  ip6gre({ ...allOfIpv6, key: { input: 1, output: 2 }, sequence: 'output', checksum: 'input' }),
  ip6gre({
    remote: ends6.remote,
    trafficClass: 'inherit',
    flowLabel: 'inherit',
    encapsulation: { ...gue, sourcePort: 4000 },
  }),
  ip6gretap({ ...ends6, key: 42, sequence: true, checksum: true }),
  ip6gretap({ collectMetadata: true }),
  vxlan({ ...ends, id: 42, destinationPort: 4789 }),
  vxlan({
    id: 42,
    remote: '239.1.1.1',
    device: 'v0',
    destinationPort: 4789,
    sourcePorts: { low: 4000, high: 5000 },
    learning: false,
    proxy: true,
    tos: 1,
    ttl: 64,
    dontFragment: 'set',
    ageingSeconds: 60,
    maximumAddresses: 10,
    checksum: false,
    groupBasedPolicy: true,
  }),
  vxlan({ ...ends6, id: 42, destinationPort: 4789, tos: 0x10, ttl: 'inherit', flowLabel: 0xabcde }),
  vxlan({ collectMetadata: true, destinationPort: 4789 }),
]
