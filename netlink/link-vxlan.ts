import { isIPv6 } from 'node:net'
import { attributes, type Encodable } from './attribute.ts'
import {
  type AttributeType,
  be16,
  be32,
  bool8,
  choice,
  interfaceIndex,
  ipAddress,
  present,
  u8,
  u32,
} from './attribute-type.ts'
import { deviceName, option, type Words } from './command-line.ts'
import { endAddress, hexadecimal } from './link-tunnel-ipv4.ts'
import { struct } from './struct.ts'

/** Asked for by its presence, answered as a byte. */
const presentOrByte: AttributeType<true | number> = {
  read: (bytes, start, end) => start === end || bytes.readUInt8(start),
  write: (writer, value) => value === true || u8.write(writer, value),
}

/** Ethernet in UDP (RFC 7348): `IFLA_VXLAN_*` of linux/if_link.h. */
export const vxlanAttributes = attributes({
  /** 24 bits. */
  id: [1, 'IFLA_VXLAN_ID', u32],
  remote: [2, 'IFLA_VXLAN_GROUP', ipAddress],
  device: [3, 'IFLA_VXLAN_LINK', interfaceIndex],
  local: [4, 'IFLA_VXLAN_LOCAL', ipAddress],
  ttl: [5, 'IFLA_VXLAN_TTL', u8],
  tos: [6, 'IFLA_VXLAN_TOS', u8],
  learning: [7, 'IFLA_VXLAN_LEARNING', bool8],
  ageingSeconds: [8, 'IFLA_VXLAN_AGEING', u32],
  maximumAddresses: [9, 'IFLA_VXLAN_LIMIT', u32],
  sourcePorts: [10, 'IFLA_VXLAN_PORT_RANGE', struct('ifla_vxlan_port_range', { low: be16, high: be16 })],
  proxy: [11, 'IFLA_VXLAN_PROXY', bool8],
  routeShortCircuit: [12, 'IFLA_VXLAN_RSC', bool8],
  notifyMissingLinkAddress: [13, 'IFLA_VXLAN_L2MISS', bool8],
  notifyMissingIpAddress: [14, 'IFLA_VXLAN_L3MISS', bool8],
  destinationPort: [15, 'IFLA_VXLAN_PORT', be16],
  remote6: [16, 'IFLA_VXLAN_GROUP6', ipAddress],
  local6: [17, 'IFLA_VXLAN_LOCAL6', ipAddress],
  checksum: [18, 'IFLA_VXLAN_UDP_CSUM', bool8],
  zeroChecksum6Sent: [19, 'IFLA_VXLAN_UDP_ZERO_CSUM6_TX', bool8],
  zeroChecksum6Accepted: [20, 'IFLA_VXLAN_UDP_ZERO_CSUM6_RX', bool8],
  remoteChecksumSent: [21, 'IFLA_VXLAN_REMCSUM_TX', bool8],
  remoteChecksumAccepted: [22, 'IFLA_VXLAN_REMCSUM_RX', bool8],
  groupBasedPolicy: [23, 'IFLA_VXLAN_GBP', present],
  collectMetadata: [25, 'IFLA_VXLAN_COLLECT_METADATA', bool8],
  flowLabel: [26, 'IFLA_VXLAN_LABEL', be32],
  genericProtocolExtension: [27, 'IFLA_VXLAN_GPE', present],
  inheritTtl: [28, 'IFLA_VXLAN_TTL_INHERIT', presentOrByte],
  dontFragment: [29, 'IFLA_VXLAN_DF', choice(u8, { unset: 0, set: 1, inherit: 2 })],
  vniFilter: [30, 'IFLA_VXLAN_VNIFILTER', bool8],
})

/** Defaults are those of the kernel. */
export interface VxlanTunnel {
  /** Network identifier, 24 bits. */
  id?: number
  /** Where frames for unknown addresses go: the other end, or a multicast group, which needs `device`. */
  remote?: string
  local?: string
  /** UDP port: 4789 is that of IANA, but 8472 is taken when absent. A change must not name it. */
  destinationPort?: number
  /** UDP ports to choose from by the flow. */
  sourcePorts?: { low: number; high: number }
  /** Hop limit of the outer header; 0, or absent: the kernel's choice. */
  ttl?: number | 'inherit'
  /** Type of service of the outer header; 1 copies that of the inner packet. */
  tos?: number
  dontFragment?: 'unset' | 'set' | 'inherit'
  /** 20 bits of an outer IPv6 header. */
  flowLabel?: number
  device?: string | number
  /** Whether link-layer addresses are learned; when absent yes, but not with `collectMetadata`. */
  learning?: boolean
  ageingSeconds?: number
  maximumAddresses?: number
  /** Answers for neighbours (ARP) that the tunnel knows. */
  proxy?: boolean
  /** Whether UDP over IPv4 has a checksum; yes when absent. */
  checksum?: boolean
  groupBasedPolicy?: true
  /** `external` of `ip`: routes and `tunnel_key` choose each packet's ends and identifier; give no `id`. */
  collectMetadata?: true
}

/**
 * The type of a link, for `addLink` and `changeTunnel`; a change keeps what is absent. Like `ip link add NAME
 * type vxlan ...`.
 */
export function vxlan({ local, remote, ttl, ...others }: VxlanTunnel) {
  const { collectMetadata, learning = collectMetadata ? false : undefined } = others
  const ends = {
    ...(local !== undefined && isIPv6(local) ? { local6: local } : { local }),
    ...(remote !== undefined && isIPv6(remote) ? { remote6: remote } : { remote }),
  }
  const hops = ttl === 'inherit' ? ({ inheritTtl: true } as const) : { ttl }
  return {
    kind: 'vxlan',
    data: { vxlan: { ...others, learning, ...ends, ...hops } },
  } as const
}

const ageingSecondsByDefault = 300

/** `whole`: what is as by default is named too, if it is there. */
export function renderVxlan(data: Encodable<typeof vxlanAttributes>, whole = false): Words {
  const remote = endAddress(data.remote ?? data.remote6, false)
  const { sourcePorts, collectMetadata, ageingSeconds, dontFragment } = data
  const ports = `${sourcePorts?.low ?? 0} ${sourcePorts?.high ?? 0}`
  const given = (value: number | undefined) => (value === 0 && !whole ? undefined : value)
  const flag = (name: string, value: boolean | undefined, byDefault = false) =>
    value === undefined || (value === byDefault && !whole) ? undefined : value ? name : `no${name}`
  return [
    collectMetadata ? 'external' : option('id', data.id),
    option(/^(22[4-9]|23\d)\.|^ff/i.test(remote ?? '') ? 'group' : 'remote', remote),
    option('local', endAddress(data.local ?? data.local6, false)),
    option('dev', deviceName(data.device)),
    sourcePorts && ports !== '0 0' && option('srcport', ports),
    option('dstport', data.destinationPort),
    flag('learning', data.learning, !collectMetadata),
    flag('proxy', data.proxy),
    flag('rsc', data.routeShortCircuit),
    flag('l2miss', data.notifyMissingLinkAddress),
    flag('l3miss', data.notifyMissingIpAddress),
    option('tos', data.tos === 1 ? 'inherit' : hexadecimal(given(data.tos))),
    option('ttl', data.inheritTtl ? 'inherit' : given(data.ttl) === 0 ? 'auto' : given(data.ttl)),
    dontFragment === 'unset' && !whole ? undefined : option('df', dontFragment),
    option('flowlabel', hexadecimal(given(data.flowLabel))),
    option('ageing', ageingSeconds === ageingSecondsByDefault && !whole ? undefined : ageingSeconds),
    option('maxaddress', given(data.maximumAddresses)),
    flag('udpcsum', data.checksum, true),
    flag('udp6zerocsumtx', data.zeroChecksum6Sent),
    flag('udp6zerocsumrx', data.zeroChecksum6Accepted),
    flag('remcsumtx', data.remoteChecksumSent),
    flag('remcsumrx', data.remoteChecksumAccepted),
    data.groupBasedPolicy && 'gbp',
    data.genericProtocolExtension && 'gpe',
    flag('vnifilter', data.vniFilter),
  ]
}
