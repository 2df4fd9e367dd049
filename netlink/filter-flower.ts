import type { NewAction } from './action.ts'
import type { EtherType } from './ether-type.ts'
import { type arpOperations, connectionStates, type ipProtocols } from './filter-flower-attribute.ts'
import { type Hardware, hardwareFlags } from './filter-hardware.ts'
import { decodeIp, parsePrefix } from './ip-address.ts'

/** A number of which all bits count, or those of a mask. */
export type Masked = number | { value: number; mask: number }
/** One port, ports by a mask, or all from the first to the last. */
export type Ports = Masked | { first: number; last: number }

/** Fields that a packet must have. Ports, flags and ICMP need `ipProtocol`, IP fields the filter's protocol. */
export interface Flower {
  /** Name of the interface through which the packet came. */
  inputDevice?: string
  hardware?: Hardware
  /** `02:00:00:00:00:01`, or with a mask `02:00:00:00:00:00/ff:ff:ff:00:00:00` */
  sourceLinkAddress?: string
  destinationLinkAddress?: string
  vlanCount?: number
  vlanId?: number
  vlanPriority?: number
  /** What stands behind the VLAN tag; IP fields need it where the filter's protocol is `802.1Q`. */
  vlanEtherType?: EtherType
  innerVlanId?: number
  innerVlanPriority?: number
  innerVlanEtherType?: EtherType
  ipProtocol?: keyof typeof ipProtocols | number
  /** IPv4 or IPv6 address or prefix. */
  source?: string
  destination?: string
  sourcePort?: Ports
  destinationPort?: Ports
  tcpFlags?: Masked
  /** The whole octet; of a DSCP: `dscp(46)`. For IPv6 the traffic class. */
  tos?: Masked
  /** For IPv6 the hop limit. */
  ttl?: Masked
  /** Of ICMP or ICMPv6, as `ipProtocol` says. */
  icmpType?: Masked
  icmpCode?: Masked
  fragment?: boolean
  firstFragment?: boolean
  arp?: {
    operation?: keyof typeof arpOperations
    source?: string
    target?: string
    sourceLinkAddress?: string
    targetLinkAddress?: string
  }
  /** Of the outer headers that a tunnel device with collected metadata took off. */
  tunnel?: {
    key?: number
    source?: string
    destination?: string
    destinationPort?: number
    tos?: Masked
    ttl?: Masked
  }
  /** What connection tracking says of the packet, which an action must have asked for before. */
  connection?: {
    /** As `tc` writes it: what must be and what must not, of trk, new, est, rel, inv and rpl: `+trk-new`. */
    state?: string
    zone?: Masked
    mark?: Masked
  }
  /** The first entry of the label stack, where the filter's protocol is `mpls_uc`. */
  mpls?: { label?: number; trafficClass?: number; bottom?: boolean; ttl?: number }
  /** Class to put the packet in, at egress. */
  classId?: number
  /** As `skbedit()` and `gact()` make them. */
  actions?: NewAction[]
}

/** The six bits of a DSCP in the octet that was the type of service (RFC 2474). */
export function dscp(codePoint: number): { value: number; mask: number } {
  return { value: codePoint << 2, mask: 0xfc }
}

/**
 * The type of a filter, for `addFilter`. Like `tc filter add ... flower dst_ip PREFIX action ...`.
 */
export function flower(fields: Flower) {
  const { arp = {}, tunnel = {}, connection = {}, mpls = {}, ipProtocol } = fields
  return {
    kind: 'flower',
    options: {
      flower: {
        inputDevice: fields.inputDevice,
        vlanCount: fields.vlanCount,
        vlanId: fields.vlanId,
        vlanPriority: fields.vlanPriority,
        vlanEtherType: fields.vlanEtherType,
        innerVlanId: fields.innerVlanId,
        innerVlanPriority: fields.innerVlanPriority,
        innerVlanEtherType: fields.innerVlanEtherType,
        ...linkAddressField('destinationLinkAddress', fields.destinationLinkAddress),
        ...linkAddressField('sourceLinkAddress', fields.sourceLinkAddress),
        ipProtocol,
        ...prefixField('source', fields.source),
        ...prefixField('destination', fields.destination),
        ...portField('Source', ipProtocol, fields.sourcePort),
        ...portField('Destination', ipProtocol, fields.destinationPort),
        ...maskedField('tcpFlags', fields.tcpFlags, 0xfff),
        ...maskedField('tos', fields.tos),
        ...maskedField('ttl', fields.ttl),
        ...maskedField(ipProtocol === 'icmpv6' ? 'icmp6Type' : 'icmpType', fields.icmpType),
        ...maskedField(ipProtocol === 'icmpv6' ? 'icmp6Code' : 'icmpCode', fields.icmpCode),
        ...prefixField('arpSource', arp.source),
        ...prefixField('arpTarget', arp.target),
        arpOperation: arp.operation,
        arpOperationMask: arp.operation && 0xff,
        ...linkAddressField('arpSourceLinkAddress', arp.sourceLinkAddress),
        ...linkAddressField('arpTargetLinkAddress', arp.targetLinkAddress),
        ...prefixField('tunnelDestination', tunnel.destination),
        ...prefixField('tunnelSource', tunnel.source),
        tunnelKey: tunnel.key,
        tunnelDestinationPort: tunnel.destinationPort,
        ...maskedField('tunnelTos', tunnel.tos),
        ...maskedField('tunnelTtl', tunnel.ttl),
        ...maskedField('connectionState', connectionState(connection.state)),
        ...maskedField('connectionZone', connection.zone, 0xffff),
        ...maskedField('connectionMark', connection.mark, 0xffffffff),
        mplsLabel: mpls.label,
        mplsTrafficClass: mpls.trafficClass,
        mplsBottom: mpls.bottom === undefined ? undefined : mpls.bottom ? 1 : 0,
        mplsTtl: mpls.ttl,
        classId: fields.classId,
        actions: fields.actions,
        flags: hardwareFlags(fields.hardware) ?? 0,
        ...fragmentField(fields.fragment, fields.firstFragment),
      },
    },
  }
}

type Field<Name extends string, Value> = { [Key in Name | `${Name}Mask`]?: Value | undefined }

/** A field and its mask. They have the two names by their templates, which TypeScript does not follow in an object. */
function field<Name extends string, Value>(name: Name, value: Value, mask: Value | undefined) {
  return { [name]: value, [`${name}Mask`]: mask } as Field<Name, Value>
}

function maskedField<Name extends string>(name: Name, given: Masked | undefined, allBits = 0xff) {
  if (given === undefined) return undefined
  return typeof given === 'number' ? field(name, given, allBits) : field(name, given.value, given.mask)
}

function linkAddressField<Name extends string>(name: Name, given: string | undefined) {
  if (given === undefined) return undefined
  const [address = '', mask = 'ff:ff:ff:ff:ff:ff'] = given.split('/')
  return field(name, address, mask)
}

/** An IPv6 prefix has attributes of its own, named with a 6. */
function prefixField<Name extends string>(name: Name, prefix: string | undefined) {
  if (prefix === undefined) return undefined
  const { address, length } = parsePrefix(prefix)
  const isIpv6 = address.includes(':')
  const bytes = Array.from({ length: isIpv6 ? 16 : 4 }, (_, index) => maskByte(length - index * 8))
  const mask = decodeIp(Buffer.from(bytes))
  return isIpv6 ? field(`${name}6`, address, mask) : field(name, address, mask)
}

function maskByte(bits: number): number {
  return (0xff00 >> Math.max(0, Math.min(8, bits))) & 0xff
}

/** @throws RangeError where a port has no protocol. */
function portField(end: 'Source' | 'Destination', protocol: Flower['ipProtocol'], ports: Ports | undefined) {
  if (ports === undefined) return undefined
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp')
    throw new RangeError('ports need ipProtocol tcp, udp or sctp')
  if (typeof ports === 'object' && 'first' in ports)
    return end === 'Source'
      ? { firstSourcePort: ports.first, lastSourcePort: ports.last }
      : { firstDestinationPort: ports.first, lastDestinationPort: ports.last }
  const name = `${protocol}${end}Port` as const
  return typeof ports === 'number' ? field(name, ports, undefined) : field(name, ports.value, ports.mask)
}

/** @throws RangeError where a word is none of a state */
function connectionState(words: string | undefined): Masked | undefined {
  if (words === undefined) return undefined
  if (!/^([+-][a-z]+)+$/.test(words)) throw new RangeError(`"${words}" is no state such as +trk-new`)
  const states: Record<string, number> = connectionStates
  let [value, mask] = [0, 0]
  for (const [word] of words.matchAll(/[+-][a-z]+/g)) {
    const bit = states[word.slice(1)]
    if (bit === undefined) throw new RangeError(`"${word}" is none of ${Object.keys(states).join(', ')}`)
    mask |= bit
    if (word.startsWith('+')) value |= bit
  }
  return { value, mask }
}

function fragmentField(fragment: boolean | undefined, firstFragment: boolean | undefined) {
  const mask = (fragment === undefined ? 0 : 1) | (firstFragment === undefined ? 0 : 2)
  if (mask === 0) return undefined
  return { fragmentFlags: (fragment ? 1 : 0) | (firstFragment ? 2 : 0), fragmentFlagsMask: mask }
}
