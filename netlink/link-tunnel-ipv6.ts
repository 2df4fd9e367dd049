/** The outer header of a tunnel over IPv6 (RFC 2473): what ip6tnl, ip6gre and ip6gretap have in common. */
import { deviceName, option, type Words } from './command-line.ts'
import { encapsulationOf, type TunnelEncapsulation } from './link-tunnel-encapsulation.ts'
import { endAddress, hexadecimal, renderFwMark } from './link-tunnel-ipv4.ts'

/** `IP6_TNL_F_*` (linux/ip6_tunnel.h) */
export const ip6TunnelFlag = {
  NO_ENCAPSULATION_LIMIT: 0x1,
  INHERIT_TRAFFIC_CLASS: 0x2,
  INHERIT_FLOW_LABEL: 0x4,
  COPY_DSCP: 0x10,
  INHERIT_FW_MARK: 0x20,
  ALLOW_LOCAL_REMOTE: 0x40,
} as const

/** `IPV6_DEFAULT_TNL_ENCAP_LIMIT`, and the hop limit that `ip` takes; the kernel's own defaults are 0. */
const byDefault = { hopLimit: 64, encapsulationLimit: 4 } as const

export interface Ipv6Tunnel {
  /** Address of this end; any when absent. */
  local?: string
  remote?: string
  /** Of the outer header; 0 copies that of the inner packet, 64 when absent, as in `ip`. */
  hopLimit?: number
  /** How many tunnels a packet may still enter (RFC 2473, 4.1.1); 4 when absent, as in `ip`. */
  encapsulationLimit?: number | 'none'
  /** 8 bits of the outer header; 0 when absent. */
  trafficClass?: number | 'inherit'
  /** 20 bits of the outer header; 0 when absent. */
  flowLabel?: number | 'inherit'
  /** Copies the DSCP of the outer header to the inner packet when it leaves the tunnel; no when absent. */
  copyDscp?: boolean
  /** Lets the remote end be an address of this host; no when absent. */
  allowLocalRemote?: boolean
  /** Interface that the tunnel is bound to. */
  device?: string | number
  /** Mark by which the route of the outer packet is looked up; none when absent. */
  fwMark?: number | 'inherit'
  encapsulation?: TunnelEncapsulation | 'none'
}

/** The attributes, by the names that they have in both tables. @throws RangeError */
export function outerIpv6(tunnel: Ipv6Tunnel) {
  const { device, local, remote, hopLimit = byDefault.hopLimit, fwMark, encapsulation } = tunnel
  const { encapsulationLimit = byDefault.encapsulationLimit, trafficClass = 0, flowLabel = 0 } = tunnel
  return {
    device,
    ...{ local, remote, ttl: hopLimit },
    encapsulationLimit: encapsulationLimit === 'none' ? byDefault.encapsulationLimit : encapsulationLimit,
    flowInformation:
      bits('traffic class', trafficClass, 0xff) * 2 ** 20 + bits('flow label', flowLabel, 0xfffff),
    flags:
      (encapsulationLimit === 'none' ? ip6TunnelFlag.NO_ENCAPSULATION_LIMIT : 0) |
      (trafficClass === 'inherit' ? ip6TunnelFlag.INHERIT_TRAFFIC_CLASS : 0) |
      (flowLabel === 'inherit' ? ip6TunnelFlag.INHERIT_FLOW_LABEL : 0) |
      (tunnel.copyDscp ? ip6TunnelFlag.COPY_DSCP : 0) |
      (fwMark === 'inherit' ? ip6TunnelFlag.INHERIT_FW_MARK : 0) |
      (tunnel.allowLocalRemote ? ip6TunnelFlag.ALLOW_LOCAL_REMOTE : 0),
    fwMark: fwMark === 'inherit' ? 0 : fwMark,
    ...encapsulationOf(encapsulation, 'inet6'),
  }
}

function bits(name: string, value: number | 'inherit', largest: number): number {
  if (value === 'inherit') return 0
  if (!Number.isInteger(value) || value < 0 || value > largest)
    throw new RangeError(`a ${name} is 0 to ${largest}, got ${value}`)
  return value
}

type OuterIpv6 = Omit<ReturnType<typeof outerIpv6>, `encapsulation${string}`>
type OuterIpv6Attributes = { readonly [Name in keyof OuterIpv6]?: OuterIpv6[Name] | undefined } & {
  readonly encapsulationLimit?: number | undefined
}

/** All but the UDP encapsulation. `whole`: with what `ip` would take by default. */
export function renderOuterIpv6(data: OuterIpv6Attributes, whole: boolean): Words {
  const flags = data.flags ?? 0
  const flow = data.flowInformation ?? 0
  const inheritedOr = (flag: number, value: number) =>
    flags & flag ? 'inherit' : hexadecimal(value || (whole ? 0 : undefined))
  const hopLimit = data.ttl ?? 0
  const limit = flags & ip6TunnelFlag.NO_ENCAPSULATION_LIMIT ? 'none' : (data.encapsulationLimit ?? 0)
  return [
    option('local', endAddress(data.local, whole)),
    option('remote', endAddress(data.remote, whole)),
    option('dev', deviceName(data.device)),
    option('hoplimit', hopLimit === byDefault.hopLimit && !whole ? undefined : hopLimit || 'inherit'),
    option('encaplimit', limit === byDefault.encapsulationLimit && !whole ? undefined : limit),
    option('tclass', inheritedOr(ip6TunnelFlag.INHERIT_TRAFFIC_CLASS, (flow >>> 20) & 0xff)),
    option('flowlabel', inheritedOr(ip6TunnelFlag.INHERIT_FLOW_LABEL, flow & 0xfffff)),
    (flags & ip6TunnelFlag.COPY_DSCP) !== 0 && 'dscp inherit',
    flags & ip6TunnelFlag.ALLOW_LOCAL_REMOTE ? 'allow-localremote' : whole && 'noallow-localremote',
    flags & ip6TunnelFlag.INHERIT_FW_MARK
      ? 'fwmark inherit'
      : renderFwMark(data.fwMark ?? (whole ? 0 : undefined), whole),
  ]
}
