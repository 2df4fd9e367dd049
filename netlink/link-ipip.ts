import { attributes, type Encodable } from './attribute.ts'
import { bool8, choice, interfaceIndex, ipAddress, present, u8, u16, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import {
  encapsulationFlags,
  encapsulationPort,
  encapsulationType,
  renderEncapsulation,
} from './link-tunnel-encapsulation.ts'
import { type Ipv4Tunnel, outerIpv4, renderFwMark, renderOuterIpv4 } from './link-tunnel-ipv4.ts'

/** `IFLA_IPTUN_*` of linux/if_tunnel.h, as far as ipip, sit and ip6tnl have the same. */
export const ipTunnelRows = {
  device: [1, 'IFLA_IPTUN_LINK', interfaceIndex],
  local: [2, 'IFLA_IPTUN_LOCAL', ipAddress],
  remote: [3, 'IFLA_IPTUN_REMOTE', ipAddress],
  ttl: [4, 'IFLA_IPTUN_TTL', u8],
  tos: [5, 'IFLA_IPTUN_TOS', u8],
  pathMtuDiscovery: [10, 'IFLA_IPTUN_PMTUDISC', bool8],
  encapsulationType: [15, 'IFLA_IPTUN_ENCAP_TYPE', encapsulationType],
  encapsulationFlags: [16, 'IFLA_IPTUN_ENCAP_FLAGS', encapsulationFlags],
  encapsulationSourcePort: [17, 'IFLA_IPTUN_ENCAP_SPORT', encapsulationPort],
  encapsulationDestinationPort: [18, 'IFLA_IPTUN_ENCAP_DPORT', encapsulationPort],
  collectMetadata: [19, 'IFLA_IPTUN_COLLECT_METADATA', present],
  fwMark: [20, 'IFLA_IPTUN_FWMARK', u32],
} as const

/** IP in IP (RFC 2003), as far as net/ipv4/ipip.c reads it. */
export const ipipAttributes = attributes({
  ...ipTunnelRows,
  flags: [8, 'IFLA_IPTUN_FLAGS', u16],
  payloadProtocol: [9, 'IFLA_IPTUN_PROTO', choice(u8, { any: 0, ipip: 4, mplsip: 137 })],
})

export interface IpipTunnel extends Ipv4Tunnel {
  /** What may be inside; `any` when absent, as in `ip`. */
  mode?: 'any' | 'ipip' | 'mplsip'
  /** `external` of `ip`: routes and `tunnel_key` choose each packet's outer header; give nothing else. */
  collectMetadata?: true
}

/** The type of a link, for `addLink` and `changeTunnel`. Like `ip link add NAME type ipip ...`. */
export function ipip({ mode = 'any', collectMetadata, ...outer }: IpipTunnel) {
  return {
    kind: 'ipip',
    data: { ipip: { payloadProtocol: mode, collectMetadata, ...outerIpv4(outer) } },
  } as const
}

export function renderIpip(data: Encodable<typeof ipipAttributes>, whole = false): Words {
  // The kernel's default is ipip, that of `ip` is any.
  const mode = data.payloadProtocol ?? 'ipip'
  return [
    data.collectMetadata && 'external',
    option('mode', mode === 'any' && !whole ? undefined : mode),
    renderOuterIpv4(data, whole),
    renderFwMark(data.fwMark, whole),
    renderEncapsulation(data, 'inet', whole),
  ]
}
