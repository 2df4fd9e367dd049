import { attributes, type Encodable } from './attribute.ts'
import { be32, choice, u8, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { ipTunnelRows } from './link-ipip.ts'
import { renderEncapsulation } from './link-tunnel-encapsulation.ts'
import { type Ipv6Tunnel, outerIpv6, renderOuterIpv6 } from './link-tunnel-ipv6.ts'

/** IPv4 and IPv6 in IPv6 (RFC 2473), as far as net/ipv6/ip6_tunnel.c reads it. */
export const ip6tnlAttributes = attributes({
  ...ipTunnelRows,
  encapsulationLimit: [6, 'IFLA_IPTUN_ENCAP_LIMIT', u8],
  /** Traffic class and flow label, as in the first 32 bits of an IPv6 header. */
  flowInformation: [7, 'IFLA_IPTUN_FLOWINFO', be32],
  /** `ip6TunnelFlag` */
  flags: [8, 'IFLA_IPTUN_FLAGS', u32],
  payloadProtocol: [9, 'IFLA_IPTUN_PROTO', choice(u8, { any: 0, ipip6: 4, ip6ip6: 41 })],
})

export interface Ip6tnlTunnel extends Ipv6Tunnel {
  /** What may be inside: IPv4, IPv6, or `any` of the two when absent, as in `ip`. */
  mode?: 'any' | 'ipip6' | 'ip6ip6'
  /** `external` of `ip`: routes and `tunnel_key` choose each packet's outer header; give nothing else. */
  collectMetadata?: true
}

/** The type of a link, for `addLink` and `changeTunnel`. Like `ip link add NAME type ip6tnl ...`. */
export function ip6tnl({ mode = 'any', collectMetadata, ...outer }: Ip6tnlTunnel) {
  const header = collectMetadata ? { collectMetadata } : outerIpv6(outer)
  return { kind: 'ip6tnl', data: { ip6tnl: { payloadProtocol: mode, ...header } } } as const
}

export function renderIp6tnl(data: Encodable<typeof ip6tnlAttributes>, whole = false): Words {
  // The kernel's default is ip6ip6, that of `ip` is any.
  const mode = data.payloadProtocol ?? 'ip6ip6'
  return [
    option('mode', mode === 'any' && !whole ? undefined : mode),
    data.collectMetadata ? 'external' : renderOuterIpv6(data, whole),
    renderEncapsulation(data, 'inet6', whole),
  ]
}
