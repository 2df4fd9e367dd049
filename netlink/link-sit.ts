import { attributes, type Encodable } from './attribute.ts'
import { choice, ipAddress, u8, u16 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'
import { parsePrefix } from './ip-address.ts'
import { ipTunnelRows } from './link-ipip.ts'
import { renderEncapsulation } from './link-tunnel-encapsulation.ts'
import { type Ipv4Tunnel, outerIpv4, renderFwMark, renderOuterIpv4 } from './link-tunnel-ipv4.ts'

/** IPv6 in IPv4 (RFC 4213; ISATAP: RFC 5214; 6rd: RFC 5969), as far as net/ipv6/sit.c reads it. */
export const sitAttributes = attributes({
  ...ipTunnelRows,
  flags: [8, 'IFLA_IPTUN_FLAGS', u16],
  payloadProtocol: [9, 'IFLA_IPTUN_PROTO', choice(u8, { any: 0, ipip: 4, ip6ip: 41, mplsip: 137 })],
  sixRdPrefix: [11, 'IFLA_IPTUN_6RD_PREFIX', ipAddress],
  sixRdRelayPrefix: [12, 'IFLA_IPTUN_6RD_RELAY_PREFIX', ipAddress],
  sixRdPrefixLength: [13, 'IFLA_IPTUN_6RD_PREFIXLEN', u16],
  sixRdRelayPrefixLength: [14, 'IFLA_IPTUN_6RD_RELAY_PREFIXLEN', u16],
})

/** `SIT_ISATAP` (linux/if_tunnel.h) */
const isatapFlag = 0x1

export interface SitTunnel extends Ipv4Tunnel {
  /** What may be inside; `any` when absent, as in `ip`. */
  mode?: 'any' | 'ip6ip' | 'ipip' | 'mplsip'
  /** Links by ISATAP; no when absent. */
  isatap?: boolean
  /** Where the IPv4 address of the remote end stands in an IPv6 address; 2002::/16 of 6to4 when absent. */
  sixRd?: { prefix: string; relayPrefix?: string }
}

/** The type of a link, for `addLink` and `changeTunnel`. Like `ip link add NAME type sit ...`. */
export function sit({ mode = 'any', isatap = false, sixRd, ttl = 0, ...outer }: SitTunnel) {
  const flags = isatap ? isatapFlag : 0
  // The kernel's default for `ttl` is 64, that of `ip` is 0.
  return {
    kind: 'sit',
    data: { sit: { payloadProtocol: mode, ...outerIpv4({ ...outer, ttl }), flags, ...sixRdOf(sixRd) } },
  } as const
}

function sixRdOf(sixRd: SitTunnel['sixRd']) {
  if (sixRd === undefined) return {}
  const prefix = parsePrefix(sixRd.prefix)
  const relay = parsePrefix(sixRd.relayPrefix ?? '0.0.0.0/0')
  return {
    sixRdPrefix: prefix.address,
    sixRdPrefixLength: prefix.length,
    sixRdRelayPrefix: relay.address,
    sixRdRelayPrefixLength: relay.length,
  }
}

export function renderSit(data: Encodable<typeof sitAttributes>, whole = false): Words {
  // The kernel's default is ip6ip, that of `ip` is any.
  const mode = data.payloadProtocol ?? 'ip6ip'
  return [
    option('mode', mode === 'any' && !whole ? undefined : mode),
    renderOuterIpv4(data, whole),
    ((data.flags ?? 0) & isatapFlag) !== 0 && 'isatap',
    renderSixRd(data, whole),
    renderFwMark(data.fwMark, whole),
    renderEncapsulation(data, 'inet', whole),
  ]
}

/** The kernel says 2002::/16 of every tunnel that was given no prefix. */
function renderSixRd(data: Encodable<typeof sitAttributes>, whole: boolean): Words {
  const { sixRdPrefix, sixRdPrefixLength = 0, sixRdRelayPrefix, sixRdRelayPrefixLength = 0 } = data
  if (sixRdPrefix === undefined) return []
  if (sixRdPrefix === '2002::' && sixRdPrefixLength === 16 && sixRdRelayPrefixLength === 0)
    return [whole && '6rd-reset']
  const relay = `${sixRdRelayPrefix}/${sixRdRelayPrefixLength}`
  return [
    option('6rd-prefix', `${sixRdPrefix}/${sixRdPrefixLength}`),
    option('6rd-relay_prefix', whole || sixRdRelayPrefixLength > 0 ? relay : undefined),
  ]
}
