/** Generic routing encapsulation over IPv6 (RFC 7676), as far as net/ipv6/ip6_gre.c reads `IFLA_GRE_*`. */
import type { Encodable } from './attribute.ts'
import type { Words } from './command-line.ts'
import type { greAttributes } from './link-gre.ts'
import { type GreHeader, greHeader, renderGreHeader } from './link-gre-header.ts'
import { renderEncapsulation } from './link-tunnel-encapsulation.ts'
import { type Ipv6Tunnel, outerIpv6, renderOuterIpv6 } from './link-tunnel-ipv6.ts'

export interface Ip6greTunnel extends Ipv6Tunnel, GreHeader {
  /** `external` of `ip`: routes and `tunnel_key` choose each packet's outer header; give nothing else. */
  collectMetadata?: true
}

/** The type of a link, for `addLink` and `changeTunnel`. Like `ip link add NAME type ip6gre ...`. */
export function ip6gre(tunnel: Ip6greTunnel) {
  return { kind: 'ip6gre', data: { ip6gre: ip6greData(tunnel) } } as const
}

/** Like `ip6gre`, with ethernet frames inside. Like `ip link add NAME type ip6gretap ...`. */
export function ip6gretap(tunnel: Ip6greTunnel) {
  return { kind: 'ip6gretap', data: { ip6gretap: ip6greData(tunnel) } } as const
}

function ip6greData({ key, checksum, sequence, collectMetadata, ...outer }: Ip6greTunnel) {
  if (collectMetadata) return { collectMetadata }
  return { ...greHeader({ key, checksum, sequence }), ...outerIpv6(outer) }
}

export function renderIp6gre(data: Encodable<typeof greAttributes>, whole = false): Words {
  if (data.collectMetadata) return ['external']
  return [
    renderOuterIpv6(data, whole),
    renderGreHeader(data, whole),
    renderEncapsulation(data, 'inet6', whole),
  ]
}
