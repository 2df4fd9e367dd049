/** The next hops of a multipath route (`struct rtnexthop`; linux/rtnetlink.h). */
import { familyOf } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import {
  type AttributeType,
  choice,
  type FixedType,
  interfaceIndex,
  ipAddress,
  u8,
  u16,
} from './attribute-type.ts'
import { deviceName, option, type Words } from './command-line.ts'
import { malformed } from './netlink-error.ts'
import {
  encapsulationAttributes,
  encapsulationBefore,
  encapsulationType,
  type RouteEncapsulation,
  renderEncapsulation,
} from './route-encapsulation.ts'
import { type Realms, realms, renderRealms } from './route-realm.ts'
import { struct } from './struct.ts'

/** `RTNH_F_*`, also in the flags of routes and nexthop objects. */
export const nextHopFlag = { DEAD: 1, PERVASIVE: 2, ONLINK: 4, OFFLOAD: 8, LINKDOWN: 16 } as const

/** A share of the traffic, 1 to 256; the kernel counts from 0. */
export const weight: FixedType<number> = {
  size: 1,
  read: (bytes, start, end, siblings) => u8.read(bytes, start, end, siblings) + 1,
  write: (writer, value) => u8.write(writer, value - 1),
}

const viaFamily = choice(u16, { inet: 2, inet6: 10 })

/** `struct rtvia`: a gateway whose family is not that of the route. */
export const via: AttributeType<{ family: Decoded<typeof viaFamily>; address: string }> = {
  read: (bytes, start, end, siblings) => ({
    family: viaFamily.read(bytes, start, end, siblings),
    address: ipAddress.read(bytes, start + viaFamily.size, end, siblings),
  }),
  write(writer, { family, address }) {
    viaFamily.write(writer, family)
    ipAddress.write(writer, address)
  },
}

const header = struct('rtnexthop', { length: u16, flags: u8, weight, device: interfaceIndex })
const hopAttributes = attributes({
  encapsulation: [22, 'RTA_ENCAP', encapsulationBefore(21)],
  encapsulationType: [21, 'RTA_ENCAP_TYPE', encapsulationType],
  gateway: [5, 'RTA_GATEWAY', ipAddress],
  via: [18, 'RTA_VIA', via],
  realms: [11, 'RTA_FLOW', realms],
})
type HopValue = Omit<Decoded<typeof header>, 'length'> & Decoded<typeof hopAttributes>
type HopInput = Omit<Encodable<typeof header>, 'length'> & Encodable<typeof hopAttributes>

/** `RTA_MULTIPATH`: one structure after the other, each with attributes of its own. */
export const nextHops: AttributeType<HopValue[], readonly HopInput[]> = {
  read: (bytes, start, end) =>
    [...hopsIn(bytes, start, end)].map(({ from, to }) => {
      const { length: _, ...value } = header.read(bytes, from, to)
      hopAttributes.readInto(value, bytes, from + header.size, to)
      return value
    }),
  write: (writer, hops) =>
    hops.forEach((hop) => {
      const start = writer.length
      header.write(writer, hop)
      hopAttributes.writeOthers(writer, hop, header.fields)
      writer.bytes.writeUInt16LE(writer.length - start, start)
    }),
  locate(bytes, start, end, offset) {
    const hit = [...hopsIn(bytes, start, end)].find(({ to }) => offset < to)
    return hit && hopAttributes.locate(bytes, hit.from + header.size, hit.to, offset)
  },
}

function* hopsIn(bytes: Buffer, start: number, end: number): Generator<{ from: number; to: number }> {
  for (let from = start; from + header.size <= end; ) {
    const length = bytes.readUInt16LE(from)
    if (length < header.size || from + length > end)
      throw malformed(`next hop of ${length} bytes where ${end - from} are left`)
    yield { from, to: from + length }
    from += (length + 3) & ~3
  }
}

export interface NextHop {
  gateway?: string
  device?: string | number
  /** Its share of the traffic, 1 to 256; 1 when absent. */
  weight?: number
  /** The gateway is on the device's link although no route says so. */
  onLink?: boolean
  encapsulation?: RouteEncapsulation
  realms?: Realms
}

/** `family`: that of the route. */
export function nextHopValue(hop: NextHop, family: string): HopInput {
  const { gateway, device, encapsulation, onLink = false } = hop
  return {
    ...{ flags: onLink ? nextHopFlag.ONLINK : 0, weight: hop.weight ?? 1, device },
    ...encapsulationAttributes(encapsulation),
    ...gatewayAttributes(gateway, family),
    realms: hop.realms,
  }
}

/** A gateway as a route of the family can have it. */
export function gatewayAttributes(
  gateway: string | undefined,
  family: string,
): Pick<HopInput, 'gateway' | 'via'> {
  if (gateway === undefined) return {}
  const own = familyOf(gateway)
  return own === family ? { gateway } : { via: { family: own, address: gateway } }
}

/** `via ADDRESS` or `via inet6 ADDRESS`. */
export function renderGateway({ gateway, via }: Pick<HopInput, 'gateway' | 'via'>): Words {
  return [option('via', gateway), via && ['via', familyWord(via.family), via.address]]
}

function familyWord(family: string | number): string {
  return typeof family === 'string' ? family : `family-${family}`
}

export function renderNextHops(hops: readonly HopInput[] | undefined): Words {
  return (hops ?? []).map((hop) => [
    'nexthop',
    renderEncapsulation(hop.encapsulation),
    renderGateway(hop),
    option('dev', deviceName(hop.device)),
    `weight ${hop.weight ?? 1}`,
    renderRealms(hop.realms),
    ((hop.flags ?? 0) & nextHopFlag.ONLINK) !== 0 && 'onlink',
  ])
}
