/** The layout of route messages (`struct rtmsg` and `RTA_*`; linux/rtnetlink.h). */
import { addressFamily } from './address-family.ts'
import { attributes } from './attribute.ts'
import { be16, choice, interfaceIndex, ipAddress, s32, u8, u32 } from './attribute-type.ts'
import { ipProtocol } from './ip-protocol.ts'
import type { MessageInput } from './message.ts'
import { encapsulationBefore, encapsulationType } from './route-encapsulation.ts'
import { routeMetrics } from './route-metric.ts'
import { nextHops, via } from './route-nexthop.ts'
import { realms } from './route-realm.ts'
import { routeScope } from './route-scope.ts'
import { struct } from './struct.ts'

export const RTM_ROUTE = { NEW: 24, DELETE: 25, GET: 26 } as const

/** `rtm_flags`, beside those of next hops */
export const routeFlag = { ONLINK: 4, LOOKUP_TABLE: 0x1000, FIB_MATCH: 0x2000 } as const

const routeTypes = {
  unspec: 0,
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
} as const
export type RouteType = keyof typeof routeTypes

export const routeHeader = struct('rtmsg', {
  family: addressFamily,
  destinationLength: u8,
  sourceLength: u8,
  tos: u8,
  /** The table, in requests where it is below 256; in answers `table` has it always. */
  shortTable: u8,
  protocol: u8,
  scope: routeScope,
  type: choice(u8, routeTypes),
  /** `routeFlag` */
  flags: u32,
})

/** `struct rta_cacheinfo`: in answers. */
const routeCache = struct('rta_cacheinfo', {
  references: u32,
  lastUseCentiseconds: u32,
  expiresCentiseconds: s32,
  errno: u32,
  id: u32,
  timestampCentiseconds: u32,
  timestampAgeCentiseconds: u32,
})

/** How a router is preferred (RFC 4191). */
const routerPreference = choice(u8, { medium: 0, high: 1, low: 3 })

export const routeAttributes = attributes({
  /** Absent for the default route. */
  destination: [1, 'RTA_DST', ipAddress],
  source: [2, 'RTA_SRC', ipAddress],
  inputDevice: [3, 'RTA_IIF', interfaceIndex],
  device: [4, 'RTA_OIF', interfaceIndex],
  gateway: [5, 'RTA_GATEWAY', ipAddress],
  metric: [6, 'RTA_PRIORITY', u32],
  preferredSource: [7, 'RTA_PREFSRC', ipAddress],
  metrics: [8, 'RTA_METRICS', routeMetrics],
  nextHops: [9, 'RTA_MULTIPATH', nextHops],
  realms: [11, 'RTA_FLOW', realms],
  cache: [12, 'RTA_CACHEINFO', routeCache],
  table: [15, 'RTA_TABLE', u32],
  fwMark: [16, 'RTA_MARK', u32],
  /** A gateway of the other family. */
  via: [18, 'RTA_VIA', via],
  preference: [20, 'RTA_PREF', routerPreference],
  encapsulationType: [21, 'RTA_ENCAP_TYPE', encapsulationType],
  encapsulation: [22, 'RTA_ENCAP', encapsulationBefore(21)],
  expiresSeconds: [23, 'RTA_EXPIRES', u32],
  userId: [25, 'RTA_UID', u32],
  payloadProtocol: [27, 'RTA_IP_PROTO', ipProtocol],
  sourcePort: [28, 'RTA_SPORT', be16],
  destinationPort: [29, 'RTA_DPORT', be16],
  nexthopId: [30, 'RTA_NH_ID', u32],
})

/** The tables that every kernel has. */
export const routeTable = { default: 253, main: 254, local: 255 } as const
/** `rtm_protocol`: who made the route. `ip` is "boot"; the kernel itself is "kernel". */
export const routeProtocol = { kernel: 2, boot: 3, static: 4 } as const

export type RouteInput = MessageInput<typeof routeHeader, typeof routeAttributes>
