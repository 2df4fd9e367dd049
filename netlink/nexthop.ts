/**
 * Nexthop objects: gateways and devices that many routes share by number, and groups of them (`RTM_*NEXTHOP`;
 * linux/nexthop.h). Changing one changes all routes that refer to it.
 */
import { type AddressFamily, addressFamily, familyOf, familyOption } from './address-family.ts'
import { attributes, type Decoded, flagged } from './attribute.ts'
import { interfaceIndex, ipAddress, present, u8, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query, verbFlags, verbOf } from './message.ts'
import {
  nexthopGroup,
  nexthopGroupType,
  renderGroup,
  renderResilient,
  resilientGroup,
} from './nexthop-group.ts'
import {
  encapsulationAttributes,
  encapsulationBefore,
  encapsulationType,
  type RouteEncapsulation,
  renderEncapsulation,
} from './route-encapsulation.ts'
import { nextHopFlag } from './route-nexthop.ts'
import { routeScope } from './route-scope.ts'
import { padding, struct } from './struct.ts'

export const RTM_NEXTHOP = { NEW: 104, DELETE: 105, GET: 106 } as const

const nexthopHeader = struct('nhmsg', {
  family: addressFamily,
  /** In answers. */
  scope: routeScope,
  protocol: u8,
  reserved: padding(1),
  /** `nextHopFlag` */
  flags: u32,
})

const nexthopAttributes = attributes({
  id: [1, 'NHA_ID', u32],
  group: [2, 'NHA_GROUP', nexthopGroup],
  groupType: [3, 'NHA_GROUP_TYPE', nexthopGroupType],
  blackhole: [4, 'NHA_BLACKHOLE', present],
  device: [5, 'NHA_OIF', interfaceIndex],
  gateway: [6, 'NHA_GATEWAY', ipAddress],
  encapsulationType: [7, 'NHA_ENCAP_TYPE', encapsulationType],
  encapsulation: [8, 'NHA_ENCAP', encapsulationBefore(7)],
  /** In dump requests: groups only. */
  groups: [9, 'NHA_GROUPS', present],
  master: [10, 'NHA_MASTER', interfaceIndex],
  forwardingDatabase: [11, 'NHA_FDB', present],
  resilient: [12, 'NHA_RES_GROUP', flagged(resilientGroup)],
})

type NexthopInput = MessageInput<typeof nexthopHeader, typeof nexthopAttributes>
export const nexthopMessage = new MessageFormat(nexthopHeader, nexthopAttributes, renderNexthop)
export type Nexthop = Decoded<typeof nexthopMessage>

export interface NewNexthop {
  /** Above 0. */
  id: number
  /** Where no gateway tells; inet when absent. */
  family?: 'inet' | 'inet6'
  gateway?: string
  device?: string | number
  /** The gateway is on the device's link although no route says so. */
  onLink?: boolean
  encapsulation?: RouteEncapsulation
  /** Drops the packets. */
  blackhole?: boolean
  /** For entries of a bridge's or VXLAN's forwarding database instead of routes. */
  forwardingDatabase?: boolean
  /** Nexthop objects that share the traffic, each by its weight (1 to 256; 1 when absent), instead of all the above. */
  group?: readonly { id: number; weight?: number }[]
  /** Flows of the group stay with their next hop while others come and go. */
  resilient?: { buckets?: number; idleSeconds?: number; unbalancedSeconds?: number }
  /** Who made it, as in routes. */
  protocol?: number
}

/** Refused with EEXIST where the number is taken. Like `ip nexthop add id N ...`. */
export function addNexthop(nexthop: NewNexthop) {
  return command(nexthopMessage, RTM_NEXTHOP.NEW, verbFlags.add, nexthopValue(nexthop))
}

/** Routes that refer to the number take the new one without a gap. Like `ip nexthop replace id N ...`. */
export function replaceNexthop(nexthop: NewNexthop) {
  return command(nexthopMessage, RTM_NEXTHOP.NEW, verbFlags.replace, nexthopValue(nexthop))
}

/** Deletes the routes that refer to it too; ENOENT where there is none. Like `ip nexthop delete id N`. */
export function deleteNexthop(id: number) {
  return command(nexthopMessage, RTM_NEXTHOP.DELETE, 0, { id })
}

/** Like `ip nexthop get id N`. */
export function getNexthop(id: number) {
  return query(nexthopMessage, RTM_NEXTHOP.GET, 0, { id })
}

export interface NexthopFilter {
  family?: AddressFamily
  device?: string | number
  /** Those by devices of this VRF. */
  master?: string | number
  groupsOnly?: boolean
}

/** All that a filter lets through. Like `ip nexthop show [dev DEVICE] [master DEVICE] [groups]`. */
export function dumpNexthops({ family = 'unspec', device, master, groupsOnly = false }: NexthopFilter = {}) {
  const value = { family, device, master, groups: groupsOnly || undefined } as const
  return query(nexthopMessage, RTM_NEXTHOP.GET, NLM_F.DUMP, value)
}

function nexthopValue(nexthop: NewNexthop): NexthopInput {
  const { id, gateway, device, group, resilient, protocol, onLink = false } = nexthop
  const own = nexthop.family ?? familyOf(gateway ?? '')
  const flags = onLink ? nextHopFlag.ONLINK : 0
  return {
    ...{ family: group === undefined ? own : 'unspec', protocol, flags },
    id,
    group,
    blackhole: nexthop.blackhole || undefined,
    ...encapsulationAttributes(nexthop.encapsulation),
    gateway,
    device,
    forwardingDatabase: nexthop.forwardingDatabase || undefined,
    resilient: resilient && {
      buckets: resilient.buckets,
      idleCentiseconds: centiseconds(resilient.idleSeconds),
      unbalancedCentiseconds: centiseconds(resilient.unbalancedSeconds),
    },
    groupType: resilient && 'resilient',
  }
}

function centiseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 100)
}

function renderNexthop(type: number, flags: number, value: NexthopInput): string {
  const device = option('dev', deviceName(value.device))
  const dump = type === RTM_NEXTHOP.GET && (flags & NLM_F.DUMP) !== 0
  // `ip` learns the family of the others from the gateway.
  const ip = ['ip', value.gateway === undefined && familyOption(value.family), 'nexthop']
  const id = option('id', value.id)
  const groups = value.groups && 'groups'
  if (dump) return commandLine(ip, 'show', device, option('master', deviceName(value.master)), groups)
  if (type === RTM_NEXTHOP.GET) return commandLine(ip, 'get', id)
  if (type === RTM_NEXTHOP.DELETE) return commandLine(ip, 'delete', id)
  return commandLine(
    ip,
    verbOf(flags),
    id,
    value.blackhole && 'blackhole',
    renderGroup(value.group),
    option('type', value.groupType === 'mpath' ? undefined : value.groupType),
    renderResilient(value.resilient),
    renderEncapsulation(value.encapsulation),
    option('via', value.gateway),
    device,
    ((value.flags ?? 0) & nextHopFlag.ONLINK) !== 0 && 'onlink',
    value.forwardingDatabase && 'fdb',
    option('proto', value.protocol || undefined),
  )
}
