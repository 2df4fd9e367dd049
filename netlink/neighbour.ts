/** Neighbours: which link-layer address an IP address has on a link (`RTM_*NEIGH`; linux/neighbour.h). */
import { addressFamily, familyOf, familyOption } from './address-family.ts'
import { attributes, type Decoded } from './attribute.ts'
import { choice, interfaceIndex, ipAddress, linkAddress, u8, u16, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query, verbFlags, verbOf } from './message.ts'
import { padding, struct } from './struct.ts'

export const RTM_NEIGHBOUR = { NEW: 28, DELETE: 29, GET: 30 } as const

/** `ndm_flags` */
export const neighbourFlag = { PROXY: 0x8, ROUTER: 0x80 } as const

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

const neighbourAttributes = attributes({
  address: [1, 'NDA_DST', ipAddress],
  linkAddress: [2, 'NDA_LLADDR', linkAddress],
  probes: [4, 'NDA_PROBES', u32],
  device: [8, 'NDA_IFINDEX', interfaceIndex],
  protocol: [12, 'NDA_PROTOCOL', u8],
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
  family?: 'inet' | 'inet6'
  device?: string | number
  /** The addresses answered for, instead of the neighbours known. */
  proxy?: boolean
}

/** All entries of a family, or those of one interface. Like `ip neighbour show [proxy] [dev DEVICE]`. */
export function dumpNeighbours({ family = 'inet', device, proxy = false }: NeighbourFilter = {}) {
  const value = { family, flags: proxy ? neighbourFlag.PROXY : 0, device }
  return query(neighbourMessage, RTM_NEIGHBOUR.GET, NLM_F.DUMP, value)
}

function neighbourValue({ address, device, linkAddress, state, proxy = false, protocol }: NewNeighbour) {
  const flags = proxy ? neighbourFlag.PROXY : 0
  const header = { family: familyOf(address), index: device, state: state ?? 'permanent', flags } as const
  return { ...header, address, linkAddress, protocol }
}

function renderNeighbour(type: number, flags: number, value: NeighbourInput): string {
  const ip = ['ip', familyOption(value.family), 'neighbour']
  const proxy = (value.flags ?? 0) & neighbourFlag.PROXY ? 'proxy' : undefined
  const device = option('dev', deviceName(value.index) ?? deviceName(value.device))
  if (type === RTM_NEIGHBOUR.GET)
    return commandLine(ip, flags & NLM_F.DUMP ? 'show' : 'get', proxy, value.address, device)
  if (type === RTM_NEIGHBOUR.DELETE) return commandLine(ip, 'delete', proxy, value.address, device)
  return commandLine(
    ip,
    verbOf(flags),
    proxy,
    value.address,
    option('lladdr', value.linkAddress),
    device,
    proxy ? undefined : option('nud', value.state),
    option('protocol', value.protocol),
  )
}
