/** Neighbours: which link-layer address an IP address has on a link (`RTM_*NEIGH`; linux/neighbour.h). */
import { type AddressFamily, addressFamily, familyOf, familyOption } from './address-family.ts'
import { attributes, type Decoded } from './attribute.ts'
import { choice, interfaceIndex, ipAddress, linkAddress, u8, u16, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query, verbFlags, verbOf } from './message.ts'
import { padding, struct } from './struct.ts'

export const RTM_NEIGHBOUR = { NEW: 28, DELETE: 29, GET: 30 } as const

/** `ndm_flags` */
export const neighbourFlag = {
  USE: 0x1,
  SELF: 0x2,
  MASTER: 0x4,
  PROXY: 0x8,
  EXTERNALLY_LEARNED: 0x10,
  OFFLOADED: 0x20,
  STICKY: 0x40,
  ROUTER: 0x80,
} as const
/** `NTF_EXT_*`: the kernel keeps a managed entry fresh by itself. */
export const neighbourExtendedFlag = { MANAGED: 0x1 } as const

const neighbourStates = {
  none: 0,
  incomplete: 0x1,
  reachable: 0x2,
  stale: 0x4,
  delay: 0x8,
  probe: 0x10,
  failed: 0x20,
  noarp: 0x40,
  permanent: 0x80,
} as const
export type NeighbourState = keyof typeof neighbourStates

const neighbourHeader = struct('ndmsg', {
  family: addressFamily,
  reserved: padding(3),
  index: interfaceIndex,
  state: choice(u16, neighbourStates),
  /** `neighbourFlag` */
  flags: u8,
  type: u8,
})

/** `struct nda_cacheinfo`: in answers, how long ago. */
const neighbourCache = struct('nda_cacheinfo', {
  confirmedCentiseconds: u32,
  usedCentiseconds: u32,
  updatedCentiseconds: u32,
  references: u32,
})

const neighbourAttributes = attributes({
  address: [1, 'NDA_DST', ipAddress],
  linkAddress: [2, 'NDA_LLADDR', linkAddress],
  cache: [3, 'NDA_CACHEINFO', neighbourCache],
  probes: [4, 'NDA_PROBES', u32],
  device: [8, 'NDA_IFINDEX', interfaceIndex],
  master: [9, 'NDA_MASTER', interfaceIndex],
  protocol: [12, 'NDA_PROTOCOL', u8],
  /** `neighbourExtendedFlag` */
  extendedFlags: [15, 'NDA_FLAGS_EXT', u32],
})

type NeighbourInput = MessageInput<typeof neighbourHeader, typeof neighbourAttributes>
export const neighbourMessage = new MessageFormat(neighbourHeader, neighbourAttributes, renderNeighbour)
export type Neighbour = Decoded<typeof neighbourMessage>

export interface NeighbourKey {
  address: string
  device: string | number
  /** An address that this host answers for, instead of a neighbour that it knows. */
  proxy?: boolean
}

export interface NewNeighbour extends NeighbourKey {
  /** Not for a proxy. */
  linkAddress?: string
  /** `permanent` when absent. */
  state?: NeighbourState
  /** The neighbour is a router (IPv6). */
  router?: boolean
  /** Someone beside the kernel learned it: it is kept from garbage collection. */
  externallyLearned?: boolean
  /** Looks the address up at once; with the state `none`. */
  use?: boolean
  /** Like `use`, and the kernel keeps it looked up. */
  managed?: boolean
  /** Who made the entry, as in routes. */
  protocol?: number
}

/** Like `ip neighbour add ADDRESS lladdr ADDRESS dev DEVICE`. */
export function addNeighbour(neighbour: NewNeighbour) {
  return command(neighbourMessage, RTM_NEIGHBOUR.NEW, verbFlags.add, neighbourValue(neighbour))
}

/** Like `ip neighbour replace ADDRESS lladdr ADDRESS dev DEVICE`. */
export function replaceNeighbour(neighbour: NewNeighbour) {
  return command(neighbourMessage, RTM_NEIGHBOUR.NEW, verbFlags.replace, neighbourValue(neighbour))
}

/** Refused with ENOENT where the link has no such entry. Like `ip neighbour change ADDRESS lladdr ADDRESS dev DEVICE`. */
export function changeNeighbour(neighbour: NewNeighbour) {
  return command(neighbourMessage, RTM_NEIGHBOUR.NEW, verbFlags.change, neighbourValue(neighbour))
}

/** Like `ip neighbour delete ADDRESS dev DEVICE`. */
export function deleteNeighbour({ address, device, proxy = false }: NeighbourKey) {
  return command(neighbourMessage, RTM_NEIGHBOUR.DELETE, 0, neighbourValue({ address, device, proxy }))
}

/** One entry. Like `ip neighbour get ADDRESS dev DEVICE`. */
export function getNeighbour({ address, device, proxy = false }: NeighbourKey) {
  const value = { family: familyOf(address), index: device, flags: proxy ? neighbourFlag.PROXY : 0, address }
  return query(neighbourMessage, RTM_NEIGHBOUR.GET, 0, value)
}

export interface NeighbourFilter {
  family?: AddressFamily
  device?: string | number
  /** Those on devices of this bridge or VRF. */
  master?: string | number
  /** The addresses answered for, instead of the neighbours known. */
  proxy?: boolean
}

/**
 * All entries of a family, or those of one interface or master. Like `ip neighbour show [proxy] [dev DEVICE]`, which asks for
 * all families unless told otherwise.
 */
export function dumpNeighbours(filter: NeighbourFilter = {}) {
  const { family = 'inet', device, master, proxy = false } = filter
  const value = { family, flags: proxy ? neighbourFlag.PROXY : 0, device, master }
  return query(neighbourMessage, RTM_NEIGHBOUR.GET, NLM_F.DUMP, value)
}

function neighbourValue(neighbour: NewNeighbour) {
  const { address, device, linkAddress, state = 'permanent', managed = false, protocol } = neighbour
  const header = { family: familyOf(address), index: device, state, flags: flagsOf(neighbour) } as const
  const extendedFlags = managed ? neighbourExtendedFlag.MANAGED : undefined
  return { ...header, protocol, address, linkAddress, extendedFlags }
}

function flagsOf(neighbour: NewNeighbour): number {
  const { proxy = false, router = false, externallyLearned = false, use = false } = neighbour
  return (
    (proxy ? neighbourFlag.PROXY : 0) |
    (router ? neighbourFlag.ROUTER : 0) |
    (externallyLearned ? neighbourFlag.EXTERNALLY_LEARNED : 0) |
    (use ? neighbourFlag.USE : 0)
  )
}

function renderNeighbour(type: number, flags: number, value: NeighbourInput): string {
  const ip = ['ip', familyOption(value.family), 'neighbour']
  const has = (flag: number) => ((value.flags ?? 0) & flag) !== 0
  const proxy = has(neighbourFlag.PROXY) && 'proxy'
  const device = option('dev', deviceName(value.index) ?? deviceName(value.device))
  if (type === RTM_NEIGHBOUR.GET) {
    const verb = flags & NLM_F.DUMP ? 'show' : 'get'
    return commandLine(ip, verb, proxy, value.address, device, option('master', deviceName(value.master)))
  }
  if (type === RTM_NEIGHBOUR.DELETE) return commandLine(ip, 'delete', proxy, value.address, device)
  return commandLine(
    ip,
    verbOf(flags),
    proxy,
    value.address,
    option('lladdr', value.linkAddress),
    device,
    proxy ? undefined : option('nud', value.state),
    has(neighbourFlag.ROUTER) && 'router',
    has(neighbourFlag.EXTERNALLY_LEARNED) && 'extern_learn',
    has(neighbourFlag.USE) && 'use',
    ((value.extendedFlags ?? 0) & neighbourExtendedFlag.MANAGED) !== 0 && 'managed',
    option('protocol', value.protocol),
  )
}
