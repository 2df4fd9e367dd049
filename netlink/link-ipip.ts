import { attributes, type Encodable } from './attribute.ts'
import { be16, bool8, choice, interfaceIndex, ipAddress, present, u8, u16, u32 } from './attribute-type.ts'
import { deviceName, option, type Words } from './command-line.ts'

/** IP in IP (RFC 2003): `IFLA_IPTUN_*` of linux/if_tunnel.h, as far as net/ipv4/ipip.c reads them. */
export const ipipAttributes = attributes({
  device: [1, 'IFLA_IPTUN_LINK', interfaceIndex],
  local: [2, 'IFLA_IPTUN_LOCAL', ipAddress],
  remote: [3, 'IFLA_IPTUN_REMOTE', ipAddress],
  ttl: [4, 'IFLA_IPTUN_TTL', u8],
  tos: [5, 'IFLA_IPTUN_TOS', u8],
  flags: [8, 'IFLA_IPTUN_FLAGS', u16],
  payloadProtocol: [9, 'IFLA_IPTUN_PROTO', choice(u8, { any: 0, ipip: 4, mplsip: 137 })],
  pathMtuDiscovery: [10, 'IFLA_IPTUN_PMTUDISC', bool8],
  encapsulationType: [15, 'IFLA_IPTUN_ENCAP_TYPE', u16],
  encapsulationFlags: [16, 'IFLA_IPTUN_ENCAP_FLAGS', u16],
  encapsulationSourcePort: [17, 'IFLA_IPTUN_ENCAP_SPORT', be16],
  encapsulationDestinationPort: [18, 'IFLA_IPTUN_ENCAP_DPORT', be16],
  collectMetadata: [19, 'IFLA_IPTUN_COLLECT_METADATA', present],
  fwMark: [20, 'IFLA_IPTUN_FWMARK', u32],
})

/** The outer header of a tunnel over IPv4. */
export interface Ipv4Tunnel {
  /** Address of this end; any when absent. */
  local?: string
  remote?: string
  /** Hop limit of the outer header; that of the inner packet when absent. A fixed one needs path MTU discovery. */
  ttl?: number
  /** Type of service of the outer header; 1 copies that of the inner packet. */
  tos?: number
  /** Whether the outer header says "don't fragment"; the kernel's default is yes. */
  pathMtuDiscovery?: boolean
  /** Interface that the tunnel is bound to. */
  device?: string | number
}

export interface IpipTunnel extends Ipv4Tunnel {
  /** What may be inside; `any` when absent, as in `ip`. */
  mode?: 'any' | 'ipip' | 'mplsip'
}

/** The type of a link, for `addLink`. Like `ip link add NAME type ipip ...`. */
export function ipip({ device, local, remote, ttl, tos, pathMtuDiscovery, mode = 'any' }: IpipTunnel) {
  const outer = { device, local, remote, ttl, tos, pathMtuDiscovery }
  return { kind: 'ipip', data: { ipip: { payloadProtocol: mode, ...outer } } } as const
}

export function renderIpip(data: Encodable<typeof ipipAttributes>): Words {
  return [
    data.collectMetadata && 'external',
    // The kernel's default is ipip, that of `ip` is any.
    data.payloadProtocol === 'any' ? undefined : option('mode', data.payloadProtocol ?? 'ipip'),
    option('local', anyAddress(data.local)),
    option('remote', anyAddress(data.remote)),
    option('dev', deviceName(data.device)),
    option('ttl', data.ttl || undefined),
    option('tos', data.tos === 1 ? 'inherit' : data.tos || undefined),
    data.pathMtuDiscovery === false && 'nopmtudisc',
    option('fwmark', data.fwMark || undefined),
  ]
}

/** The kernel and `ip` write "any" as 0.0.0.0, and `ip` reads it as absence. */
export function anyAddress(address: string | undefined): string | undefined {
  return address === '0.0.0.0' || address === '::' ? undefined : address
}
