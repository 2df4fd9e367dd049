/**
 * Which VLANs the ports of a bridge are in (`AF_BRIDGE`, `IFLA_BRIDGE_*`; linux/if_bridge.h, net/bridge/br_netlink.c). The bridge
 * heeds them when it is made with `vlanFiltering`.
 */
import { attributes, attributesIn, type Decoded, type UnknownAttribute, writeFramed } from './attribute.ts'
import { type AttributeType, copyOf, interfaceIndex, text, u16, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { linkHeader } from './link-attribute.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query } from './message.ts'
import { type StructInput, type StructValue, struct } from './struct.ts'

const RTM_SETLINK = 19
const RTM_DELLINK = 17
const RTM_GETLINK = 18

/** `BRIDGE_VLAN_INFO_*`: the first and the last of a range have flags of their own. */
export const bridgeVlanFlag = {
  MASTER: 1,
  /** What comes without a tag is of this VLAN. */
  PVID: 2,
  /** The tag is taken off what goes out. */
  UNTAGGED: 4,
  RANGE_BEGIN: 8,
  RANGE_END: 16,
  BRENTRY: 32,
} as const

const membership = struct('bridge_vlan_info', { flags: u16, id: u16 })
const IFLA_BRIDGE_FLAGS = 0
const IFLA_BRIDGE_VLAN_INFO = 2
/** BRIDGE_FLAGS_SELF: the bridge itself, not the bridge of a port. */
const selfFlag = 2

interface Specification<Membership> {
  /** Whom the request is for: the bridge of the port when absent. */
  target?: number | undefined
  memberships: Membership[]
  unknown?: UnknownAttribute[] | undefined
}

/** The attributes within `IFLA_AF_SPEC`, of which that of a VLAN repeats. */
const specification: AttributeType<
  Specification<StructValue<typeof membership.fields>>,
  Specification<StructInput<typeof membership.fields>>
> = {
  read(bytes, start, end) {
    const value: Specification<StructValue<typeof membership.fields>> = { memberships: [] }
    const unknown: UnknownAttribute[] = []
    for (const { number, from, to } of attributesIn(bytes, start, end))
      if (number === IFLA_BRIDGE_FLAGS && value.target === undefined)
        value.target = u16.read(bytes, from, to, {})
      else if (number === IFLA_BRIDGE_VLAN_INFO) value.memberships.push(membership.read(bytes, from, to))
      else unknown.push({ number, payload: copyOf(bytes, from, to) })
    return unknown.length === 0 ? value : { ...value, unknown }
  },
  write(writer, { target, memberships, unknown = [] }) {
    if (target !== undefined) writeFramed(writer, IFLA_BRIDGE_FLAGS, () => u16.write(writer, target))
    for (const one of memberships)
      writeFramed(writer, IFLA_BRIDGE_VLAN_INFO, () => membership.write(writer, one))
    for (const { number, payload } of unknown) writeFramed(writer, number, () => writer.append(payload))
  },
}

const bridgeVlanAttributes = attributes({
  name: [3, 'IFLA_IFNAME', text],
  master: [10, 'IFLA_MASTER', interfaceIndex],
  vlans: [26, 'IFLA_AF_SPEC', specification],
  /** RTEXT_FILTER_BRVLAN_COMPRESSED 4: answers have ranges. */
  extensionMask: [29, 'IFLA_EXT_MASK', u32],
})

type BridgeVlansInput = MessageInput<typeof linkHeader, typeof bridgeVlanAttributes>
export const bridgeVlanMessage = new MessageFormat(linkHeader, bridgeVlanAttributes, renderBridgeVlan)
/** The VLANs of one port, or of a bridge itself, whose master is itself: `vlans.memberships`. */
export type BridgeVlans = Decoded<typeof bridgeVlanMessage>

export interface BridgeVlan {
  /** A port of a bridge; with `self` the bridge. */
  device: string | number
  /** 1 to 4094, or the first and last of many. */
  id: number | readonly [first: number, last: number]
  /** What comes without a tag is of this VLAN, of one only. */
  portVlan?: boolean
  /** The tag is taken off what goes out. */
  untagged?: boolean
  self?: boolean
}

/** Puts a port into a VLAN. Like `bridge vlan add dev DEVICE vid ID [pvid] [untagged] [self]`. */
export function addBridgeVlan(vlan: BridgeVlan) {
  return command(bridgeVlanMessage, RTM_SETLINK, 0, bridgeVlanValue(vlan))
}

/** Takes a port out of a VLAN; one that it is not in succeeds. Like `bridge vlan delete dev DEVICE vid ID [self]`. */
export function deleteBridgeVlan({ device, id, self }: Pick<BridgeVlan, 'device' | 'id' | 'self'>) {
  return command(bridgeVlanMessage, RTM_DELLINK, 0, bridgeVlanValue({ device, id, self: self ?? false }))
}

/** The VLANs of all ports and bridges, one item each; `bridgeVlanFlag` has the flags. Like `bridge -compressvlans vlan show`. */
export function dumpBridgeVlans() {
  return query(bridgeVlanMessage, RTM_GETLINK, NLM_F.DUMP, { family: 'bridge', extensionMask: 4 })
}

function bridgeVlanValue({ device, id, portVlan, untagged, self }: BridgeVlan) {
  const { PVID, UNTAGGED, RANGE_BEGIN, RANGE_END } = bridgeVlanFlag
  const flags = (portVlan ? PVID : 0) | (untagged ? UNTAGGED : 0)
  const memberships =
    typeof id === 'number'
      ? [{ flags, id }]
      : [
          { flags: flags | RANGE_BEGIN, id: id[0] },
          { flags: flags | RANGE_END, id: id[1] },
        ]
  return {
    ...({ family: 'bridge', index: device } as const),
    vlans: { target: self ? selfFlag : undefined, memberships },
  }
}

function renderBridgeVlan(type: number, _flags: number, { index, vlans }: BridgeVlansInput): string {
  if (type === RTM_GETLINK) return 'bridge -compressvlans vlan show'
  const [first, last = first] = vlans?.memberships ?? []
  const flags = first?.flags ?? 0
  return commandLine(
    `bridge vlan ${type === RTM_DELLINK ? 'delete' : 'add'}`,
    option('dev', deviceName(index)),
    option('vid', first === last ? first?.id : `${first?.id}-${last?.id}`),
    (flags & bridgeVlanFlag.PVID) !== 0 && 'pvid',
    (flags & bridgeVlanFlag.UNTAGGED) !== 0 && 'untagged',
    ((vlans?.target ?? 0) & selfFlag) !== 0 && 'self',
  )
}
