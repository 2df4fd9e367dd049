import { attributes, type Encodable } from './attribute.ts'
import { be16, be32, bool8, interfaceIndex, ipAddress, present, u8, u16, u32 } from './attribute-type.ts'
import { deviceName, option, type Words } from './command-line.ts'
import { anyAddress, type Ipv4Tunnel } from './link-ipip.ts'

/** Generic routing encapsulation (RFC 2784, keys: RFC 2890): `IFLA_GRE_*` of linux/if_tunnel.h. */
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
  flowInformation: [12, 'IFLA_GRE_FLOWINFO', be32],
  flags: [13, 'IFLA_GRE_FLAGS', u32],
  encapsulationType: [14, 'IFLA_GRE_ENCAP_TYPE', u16],
  encapsulationFlags: [15, 'IFLA_GRE_ENCAP_FLAGS', u16],
  encapsulationSourcePort: [16, 'IFLA_GRE_ENCAP_SPORT', be16],
  encapsulationDestinationPort: [17, 'IFLA_GRE_ENCAP_DPORT', be16],
  collectMetadata: [18, 'IFLA_GRE_COLLECT_METADATA', present],
  ignoreDontFragment: [19, 'IFLA_GRE_IGNORE_DF', bool8],
  fwMark: [20, 'IFLA_GRE_FWMARK', u32],
})

/** Bits of the first 16 of a GRE header (linux/if_tunnel.h, in network order). */
export const greFlag = { CHECKSUM: 0x8000, KEY: 0x2000, SEQUENCE: 0x1000 } as const

export interface GreTunnel extends Ipv4Tunnel {
  /** Key that is sent and expected; none when absent. */
  key?: number
}

/** The type of a link, for `addLink`. Like `ip link add NAME type gre ...`. */
export function gre({ device, key, local, remote, ttl, tos, pathMtuDiscovery }: GreTunnel) {
  const flags = key === undefined ? undefined : greFlag.KEY
  const keys = { inputFlags: flags, outputFlags: flags, inputKey: key, outputKey: key }
  return {
    kind: 'gre',
    data: { gre: { device, ...keys, local, remote, ttl, tos, pathMtuDiscovery } },
  } as const
}

export function renderGre(data: Encodable<typeof greAttributes>): Words {
  const input = (data.inputFlags ?? 0) & greFlag.KEY ? data.inputKey : undefined
  const output = (data.outputFlags ?? 0) & greFlag.KEY ? data.outputKey : undefined
  return [
    data.collectMetadata && 'external',
    option('local', anyAddress(data.local)),
    option('remote', anyAddress(data.remote)),
    option('dev', deviceName(data.device)),
    option('ttl', data.ttl || undefined),
    option('tos', data.tos === 1 ? 'inherit' : data.tos || undefined),
    data.pathMtuDiscovery === false && 'nopmtudisc',
    input === output ? option('key', input) : [option('ikey', input), option('okey', output)],
    option('fwmark', data.fwMark || undefined),
  ]
}
