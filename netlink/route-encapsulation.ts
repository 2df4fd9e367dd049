/** Lightweight tunnels: encapsulation that a route asks for instead of a device (linux/lwtunnel.h). */
import { attributes, type Encodable } from './attribute.ts'
import { type Selectable, type Selected, selectedBy } from './attribute-selected.ts'
import {
  type AttributeType,
  be16,
  be64,
  choice,
  ipAddress,
  type Siblings,
  u8,
  u16,
} from './attribute-type.ts'
import { option, type Words } from './command-line.ts'

/** `enum lwtunnel_ip_t`. For devices that collect metadata: gre, ipip, vxlan and others made `external`. */
const ipEncapsulation = attributes({
  /** Key or network identifier of the tunnel. */
  id: [1, 'LWTUNNEL_IP_ID', be64],
  destination: [2, 'LWTUNNEL_IP_DST', ipAddress],
  source: [3, 'LWTUNNEL_IP_SRC', ipAddress],
  ttl: [4, 'LWTUNNEL_IP_TTL', u8],
  tos: [5, 'LWTUNNEL_IP_TOS', u8],
  /** `encapsulationFlag` */
  flags: [6, 'LWTUNNEL_IP_FLAGS', be16],
})

/** `enum lwtunnel_ip6_t` */
const ip6Encapsulation = attributes({
  id: [1, 'LWTUNNEL_IP6_ID', be64],
  destination: [2, 'LWTUNNEL_IP6_DST', ipAddress],
  source: [3, 'LWTUNNEL_IP6_SRC', ipAddress],
  hopLimit: [4, 'LWTUNNEL_IP6_HOPLIMIT', u8],
  trafficClass: [5, 'LWTUNNEL_IP6_TC', u8],
  flags: [6, 'LWTUNNEL_IP6_FLAGS', be16],
})

/** `TUNNEL_*` of linux/if_tunnel.h: what the outer header has; `KEY` sends the id as the key. */
export const encapsulationFlag = { CHECKSUM: 0x1, KEY: 0x4, SEQUENCE: 0x8 } as const

export const encapsulationType = choice(u16, {
  none: 0,
  mpls: 1,
  ip: 2,
  ila: 3,
  ip6: 4,
  seg6: 5,
  bpf: 6,
  seg6local: 7,
  rpl: 8,
  ioam6: 9,
  xfrm: 10,
})

const tables = { ip: ipEncapsulation, ip6: ip6Encapsulation }

/** `{ ip: {...} }` or `{ ip6: {...} }`. */
export type RouteEncapsulation =
  | { ip: Encodable<typeof ipEncapsulation> }
  | { ip6: Encodable<typeof ip6Encapsulation> }

/** The two attributes of an encapsulation, in the order in which the kernel and `ip` write them. */
export function encapsulationAttributes(encapsulation: RouteEncapsulation | undefined): {
  encapsulation?: RouteEncapsulation
  encapsulationType?: 'ip' | 'ip6'
} {
  if (encapsulation === undefined) return {}
  return { encapsulation, encapsulationType: 'ip' in encapsulation ? 'ip' : 'ip6' }
}

/**
 * The payload of an encapsulation. Its layout depends on the attribute `typeNumber`, which the kernel and `ip` write right
 * behind it (lwtunnel_fill_encap), so that one is read ahead.
 */
export function encapsulationBefore(
  typeNumber: number,
): AttributeType<Selected<typeof tables>, Selectable<typeof tables>> {
  const selected = selectedBy('encapsulationType', tables)
  const ahead = (bytes: Buffer, end: number, siblings: Siblings): Siblings => {
    const next = (end + 3) & ~3
    if ('encapsulationType' in siblings || next + 6 > bytes.length) return siblings
    if (bytes.readUInt16LE(next) !== 6 || bytes.readUInt16LE(next + 2) !== typeNumber) return siblings
    return { encapsulationType: encapsulationType.read(bytes, next + 4, next + 6, {}) }
  }
  return {
    nestedFlag: true,
    read: (bytes, start, end, siblings) => selected.read(bytes, start, end, ahead(bytes, end, siblings)),
    write: selected.write,
    locate: (bytes, start, end, offset, siblings) =>
      selected.locate?.(bytes, start, end, offset, ahead(bytes, end, siblings)),
  }
}

export function renderEncapsulation(value: Selectable<typeof tables> | undefined): Words {
  if (value?.ip) {
    const { id, source, destination, ttl, tos, flags } = value.ip
    const addresses = [option('id', id), option('src', source), option('dst', destination)]
    return ['encap ip', addresses, option('ttl', ttl), option('tos', hexadecimal(tos)), renderFlags(flags)]
  }
  if (value?.ip6) {
    const { id, source, destination, hopLimit, trafficClass, flags } = value.ip6
    const addresses = [option('id', id), option('src', source), option('dst', destination)]
    const others = [option('hoplimit', hopLimit), option('tc', hexadecimal(trafficClass))]
    return ['encap ip6', addresses, others, renderFlags(flags)]
  }
  return []
}

function hexadecimal(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `0x${value.toString(16)}`
}

function renderFlags(flags = 0): Words {
  return [
    (flags & encapsulationFlag.KEY) !== 0 && 'key',
    (flags & encapsulationFlag.CHECKSUM) !== 0 && 'csum',
    (flags & encapsulationFlag.SEQUENCE) !== 0 && 'seq',
  ]
}
