import { attributes, type Encodable } from './attribute.ts'
import { be16, be32, bool8, interfaceIndex, ipAddress, present, u8, u32 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { type GreHeader, greHeader, renderGreHeader } from './link-gre-header.ts'
import {
  encapsulationFlags,
  encapsulationPort,
  encapsulationType,
  renderEncapsulation,
} from './link-tunnel-encapsulation.ts'
import { type Ipv4Tunnel, outerIpv4, renderFwMark, renderOuterIpv4 } from './link-tunnel-ipv4.ts'

export { greFlag } from './link-gre-header.ts'

/**
 * Generic routing encapsulation (RFC 2784, keys: RFC 2890): `IFLA_GRE_*` of linux/if_tunnel.h, for gre,
 * gretap (ethernet frames inside) and the two over IPv6, ip6gre and ip6gretap.
 */
export const greAttributes = attributes({
  device: [1, 'IFLA_GRE_LINK', interfaceIndex],
  inputFlags: [2, 'IFLA_GRE_IFLAGS', be16],
  outputFlags: [3, 'IFLA_GRE_OFLAGS', be16],
  inputKey: [4, 'IFLA_GRE_IKEY', be32],
  outputKey: [5, 'IFLA_GRE_OKEY', be32],
  local: [6, 'IFLA_GRE_LOCAL', ipAddress],
  remote: [7, 'IFLA_GRE_REMOTE', ipAddress],
  ttl: [8, 'IFLA_GRE_TTL', u8],
  tos: [9, 'IFLA_GRE_TOS', u8],
  pathMtuDiscovery: [10, 'IFLA_GRE_PMTUDISC', bool8],
  encapsulationLimit: [11, 'IFLA_GRE_ENCAP_LIMIT', u8],
  /** Traffic class and flow label, as in the first 32 bits of an IPv6 header. */
  flowInformation: [12, 'IFLA_GRE_FLOWINFO', be32],
  /** `ip6TunnelFlag` */
  flags: [13, 'IFLA_GRE_FLAGS', u32],
  encapsulationType: [14, 'IFLA_GRE_ENCAP_TYPE', encapsulationType],
  encapsulationFlags: [15, 'IFLA_GRE_ENCAP_FLAGS', encapsulationFlags],
  encapsulationSourcePort: [16, 'IFLA_GRE_ENCAP_SPORT', encapsulationPort],
  encapsulationDestinationPort: [17, 'IFLA_GRE_ENCAP_DPORT', encapsulationPort],
  collectMetadata: [18, 'IFLA_GRE_COLLECT_METADATA', present],
  ignoreDontFragment: [19, 'IFLA_GRE_IGNORE_DF', bool8],
  fwMark: [20, 'IFLA_GRE_FWMARK', u32],
  /** ERSPAN is not made here, but `ip` says its version of every tunnel over IPv6. */
  erspanVersion: [22, 'IFLA_GRE_ERSPAN_VER', u8],
})

export interface GreTunnel extends Ipv4Tunnel, GreHeader {
  /** Fragments packets although they say "don't fragment"; needs `pathMtuDiscovery: false`. */
  ignoreDontFragment?: boolean
  /** `external` of `ip`: routes and `tunnel_key` choose each packet's outer header; give nothing else. */
  collectMetadata?: true
}

/** The type of a link, for `addLink` and `changeTunnel`. Like `ip link add NAME type gre ...`. */
export function gre(tunnel: GreTunnel) {
  return { kind: 'gre', data: { gre: greData(tunnel) } } as const
}

/** Like `gre`, with ethernet frames inside. Like `ip link add NAME type gretap ...`. */
export function gretap(tunnel: GreTunnel) {
  return { kind: 'gretap', data: { gretap: greData(tunnel) } } as const
}

function greData({ key, checksum, sequence, ignoreDontFragment, collectMetadata, ...outer }: GreTunnel) {
  const header = greHeader({ key, checksum, sequence })
  return { ...header, ...outerIpv4(outer), ignoreDontFragment, collectMetadata }
}

export function renderGre(data: Encodable<typeof greAttributes>, whole = false): Words {
  if (data.collectMetadata) return ['external']
  const { ignoreDontFragment } = data
  return [
    renderOuterIpv4(data, whole),
    ignoreDontFragment === undefined ? undefined : ignoreDontFragment ? 'ignore-df' : whole && 'noignore-df',
    renderGreHeader(data, whole),
    renderFwMark(data.fwMark, whole),
    renderEncapsulation(data, 'inet', whole),
  ]
}
