import { be16, choice, u16 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'

/**
 * UDP around a tunnel's packets, of the kind foo-over-UDP or generic UDP encapsulation: `TUNNEL_ENCAP_*` of
 * linux/if_tunnel.h. Both IFLA_IPTUN_* and IFLA_GRE_* have these four, by numbers of their own.
 */
export const encapsulationType = choice(u16, { none: 0, fou: 1, gue: 2 })
export const encapsulationFlags = u16
export const encapsulationPort = be16

const encapsulationFlag = { CHECKSUM: 0x1, CHECKSUM6: 0x2, REMOTE_CHECKSUM: 0x4 } as const

/** What `ip` sets when it is told nothing: over IPv6 a UDP packet needs a checksum. */
const flagsByDefault = { inet: 0, inet6: encapsulationFlag.CHECKSUM6 } as const
type OuterFamily = keyof typeof flagsByDefault

/** The kernel refuses it with EINVAL where its module (`fou`) is missing. */
export interface TunnelEncapsulation {
  type: 'fou' | 'gue'
  /** UDP port; 0, or absent, lets the kernel choose one by the flow. */
  sourcePort?: number
  destinationPort: number
  /** Whether UDP over IPv4 has a checksum; no when absent. */
  checksum?: boolean
  /** Whether UDP over IPv6 has a checksum; when absent, yes for a tunnel over IPv6. */
  checksum6?: boolean
  /** Remote checksum offload, `gue` only; no when absent. */
  remoteChecksum?: boolean
}

/** Attributes of a tunnel over `family`. `none` takes the encapsulation of an existing tunnel away. */
export function encapsulationOf(
  encapsulation: TunnelEncapsulation | 'none' | undefined,
  family: OuterFamily,
) {
  if (encapsulation === undefined) return {}
  if (encapsulation === 'none') return { encapsulationType: 'none' } as const
  const { type, sourcePort = 0, destinationPort, checksum, checksum6, remoteChecksum } = encapsulation
  return {
    encapsulationType: type,
    encapsulationFlags:
      (checksum ? encapsulationFlag.CHECKSUM : 0) |
      ((checksum6 ?? family === 'inet6') ? encapsulationFlag.CHECKSUM6 : 0) |
      (remoteChecksum ? encapsulationFlag.REMOTE_CHECKSUM : 0),
    encapsulationSourcePort: sourcePort,
    encapsulationDestinationPort: destinationPort,
  }
}

interface EncapsulationAttributes {
  readonly encapsulationType?: string | number | undefined
  readonly encapsulationFlags?: number | undefined
  readonly encapsulationSourcePort?: number | undefined
  readonly encapsulationDestinationPort?: number | undefined
}

/** `whole`: none is worth a word, as in a change, where `ip` keeps what is not named. */
export function renderEncapsulation(
  data: EncapsulationAttributes,
  family: OuterFamily,
  whole: boolean,
): Words {
  const type = data.encapsulationType
  if (type === undefined) return []
  if (type === 'none') return [whole && 'noencap']
  const flags = data.encapsulationFlags ?? 0
  const changed = flags ^ flagsByDefault[family]
  const flag = (bit: number, name: string) => (changed & bit) !== 0 && (flags & bit ? name : `no${name}`)
  return [
    option('encap', type),
    option('encap-sport', data.encapsulationSourcePort || 'auto'),
    option('encap-dport', data.encapsulationDestinationPort),
    flag(encapsulationFlag.CHECKSUM, 'encap-csum'),
    flag(encapsulationFlag.CHECKSUM6, 'encap-udp6-csum'),
    flag(encapsulationFlag.REMOTE_CHECKSUM, 'encap-remcsum'),
  ]
}
