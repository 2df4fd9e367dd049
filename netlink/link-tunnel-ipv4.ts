/** The outer header of a tunnel over IPv4: what ipip, sit, gre and gretap have in common. */
import { deviceName, option, type Words } from './command-line.ts'
import { encapsulationOf, type TunnelEncapsulation } from './link-tunnel-encapsulation.ts'

export interface Ipv4Tunnel {
  /** Address of this end; any when absent. */
  local?: string
  remote?: string
  /** Hop limit of the outer header; the inner packet's when absent or 0. Others need path MTU discovery. */
  ttl?: number
  /** Type of service of the outer header; 1 copies that of the inner packet. */
  tos?: number
  /** Whether the outer header says "don't fragment"; the kernel's default is yes. */
  pathMtuDiscovery?: boolean
  /** Interface that the tunnel is bound to. */
  device?: string | number
  /** Mark by which the route of the outer packet is looked up; 0 is none. */
  fwMark?: number
  encapsulation?: TunnelEncapsulation | 'none'
}

/** The attributes, by the names that they have in both tables. */
export function outerIpv4({ encapsulation, ...outer }: Ipv4Tunnel) {
  const { device, local, remote, ttl, tos, pathMtuDiscovery, fwMark } = outer
  const header = { device, local, remote, ttl, tos, pathMtuDiscovery, fwMark }
  return { ...header, ...encapsulationOf(encapsulation, 'inet') }
}

type OuterIpv4 = Omit<ReturnType<typeof outerIpv4>, `encapsulation${string}`>
type OuterIpv4Attributes = { readonly [Name in keyof OuterIpv4]?: OuterIpv4[Name] | undefined }

/** All but mark and encapsulation, which `ip` shows last. `whole`: with what `ip` would take by default. */
export function renderOuterIpv4(data: OuterIpv4Attributes, whole: boolean): Words {
  return [
    option('local', endAddress(data.local, whole)),
    option('remote', endAddress(data.remote, whole)),
    option('dev', deviceName(data.device)),
    option('ttl', data.ttl || (whole ? 'inherit' : undefined)),
    option('tos', data.tos === 1 ? 'inherit' : hexadecimal(data.tos || (whole ? 0 : undefined))),
    data.pathMtuDiscovery === false ? 'nopmtudisc' : whole && 'pmtudisc',
  ]
}

/** The kernel and `ip` write "any" as 0.0.0.0, and `ip` reads it as absence. */
export function endAddress(address: string | undefined, whole: boolean): string | undefined {
  const any = address === undefined || address === '0.0.0.0' || address === '::'
  return any ? (whole ? 'any' : undefined) : address
}

/** The kernel keeps the mark that a change over IPv4 does not name, as `ip` does. */
export function renderFwMark(fwMark: number | undefined, whole: boolean): string | undefined {
  return option('fwmark', hexadecimal(fwMark === 0 && !whole ? undefined : fwMark))
}

/** `ip` reads a type of service, a traffic class and a flow label as hexadecimal. */
export function hexadecimal(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `0x${value.toString(16)}`
}
