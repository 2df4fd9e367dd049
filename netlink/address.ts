/** IP addresses of interfaces (`RTM_*ADDR`; linux/if_addr.h). */
import { type AddressFamily, addressFamily, familyOf, familyOption } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { interfaceIndex, ipAddress, s32, text, u8, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option, type Words } from './command-line.ts'
import { parsePrefix } from './ip-address.ts'
import { command, MessageFormat, type MessageInput, NLM_F, query, verbFlags, verbOf } from './message.ts'
import { routeScope } from './route-scope.ts'
import { struct } from './struct.ts'

export const RTM_ADDRESS = { NEW: 20, DELETE: 21, GET: 22 } as const

const addressHeader = struct('ifaddrmsg', {
  family: addressFamily,
  prefixLength: u8,
  /** The low eight bits of `allFlags`. */
  flags: u8,
  scope: routeScope,
  index: interfaceIndex,
})

/** `IFA_F_*` */
export const addressFlag = {
  TEMPORARY: 0x1,
  NODAD: 0x2,
  OPTIMISTIC: 0x4,
  DADFAILED: 0x8,
  HOME: 0x10,
  DEPRECATED: 0x20,
  TENTATIVE: 0x40,
  PERMANENT: 0x80,
  MANAGE_TEMPORARY: 0x100,
  NOPREFIXROUTE: 0x200,
  MULTICAST_AUTOJOIN: 0x400,
  STABLE_PRIVACY: 0x800,
} as const

/** A lifetime of 4294967295 seconds is for ever. */
const addressLifetime = struct('ifa_cacheinfo', {
  preferredSeconds: u32,
  validSeconds: u32,
  createdCentiseconds: u32,
  updatedCentiseconds: u32,
})

const addressAttributes = attributes({
  /** The address of the other end on a point-to-point link, else the same as `local`. */
  address: [1, 'IFA_ADDRESS', ipAddress],
  local: [2, 'IFA_LOCAL', ipAddress],
  label: [3, 'IFA_LABEL', text],
  broadcast: [4, 'IFA_BROADCAST', ipAddress],
  anycast: [5, 'IFA_ANYCAST', ipAddress],
  lifetime: [6, 'IFA_CACHEINFO', addressLifetime],
  allFlags: [8, 'IFA_FLAGS', u32],
  /** Of the route that comes with the prefix. */
  metric: [9, 'IFA_RT_PRIORITY', u32],
  targetNamespace: [10, 'IFA_TARGET_NETNSID', s32],
  protocol: [11, 'IFA_PROTO', u8],
})

type AddressInput = MessageInput<typeof addressHeader, typeof addressAttributes>
export const addressMessage = new MessageFormat(addressHeader, addressAttributes, renderAddress)
export type Address = Decoded<typeof addressMessage>

export interface InterfaceAddress {
  /** With its prefix length, as `192.0.2.1/24`; a bare address counts with all its bits. */
  address: string
  device: string | number
  /** The address at the other end of a point-to-point link; its prefix length, if it has one, is that of the address. */
  peer?: string
  broadcast?: string
  scope?: 'global' | 'site' | 'link' | 'host'
  /** Begins with the interface's name; IPv4. */
  label?: string
  /** Of the route that comes with the prefix. */
  metric?: number
  /** After which the kernel deletes the address; for ever when absent. */
  validSeconds?: number
  /** During which it is chosen as a source; as long as it is valid when absent. */
  preferredSeconds?: number
  /** The prefix gets no route. */
  noPrefixRoute?: boolean
  /** No duplicate address detection; IPv6. */
  noDuplicateDetection?: boolean
  /** The home address of a mobile node (RFC 6275); IPv6. */
  home?: boolean
  /** Makes temporary addresses of it (RFC 8981); IPv6. */
  manageTemporary?: boolean
  /** Who made the address, as in routes; from Linux 5.18 on. */
  protocol?: number
}

/** Like `ip address add PREFIX dev DEVICE`. */
export function addAddress(address: InterfaceAddress) {
  return command(addressMessage, RTM_ADDRESS.NEW, verbFlags.add, addressValue(address))
}

/** Like `ip address replace PREFIX dev DEVICE`. */
export function replaceAddress(address: InterfaceAddress) {
  return command(addressMessage, RTM_ADDRESS.NEW, verbFlags.replace, addressValue(address))
}

/** Like `ip address delete PREFIX dev DEVICE`. */
export function deleteAddress(address: InterfaceAddress) {
  return command(addressMessage, RTM_ADDRESS.DELETE, 0, addressValue(address))
}

/** All addresses, or those of one interface or family. Like `ip address show [dev DEVICE]`. */
export function dumpAddresses({
  device,
  family = 'unspec',
}: {
  device?: string | number
  family?: AddressFamily
} = {}) {
  return query(addressMessage, RTM_ADDRESS.GET, NLM_F.DUMP, { family, index: device })
}

const forever = 0xffffffff

function addressValue(request: InterfaceAddress) {
  const { address: prefix, device, broadcast, scope, label, metric, protocol } = request
  const { address, length } = parsePrefix(prefix)
  const [peer = '', peerLength] = request.peer?.split('/') ?? [address]
  const flags = flagsOf(request)
  const prefixLength = peerLength === undefined ? length : Number(peerLength)
  const header = { family: familyOf(address), prefixLength, scope, index: device }
  return {
    ...{ ...header, flags: flags > 0xff ? 0 : flags },
    local: address,
    broadcast,
    label,
    metric,
    protocol,
    allFlags: flags > 0xff ? flags : undefined,
    address: peer,
    lifetime: lifetimeOf(request),
  }
}

function flagsOf(address: InterfaceAddress): number {
  return (
    (address.noPrefixRoute ? addressFlag.NOPREFIXROUTE : 0) |
    (address.noDuplicateDetection ? addressFlag.NODAD : 0) |
    (address.home ? addressFlag.HOME : 0) |
    (address.manageTemporary ? addressFlag.MANAGE_TEMPORARY : 0)
  )
}

function lifetimeOf({ validSeconds, preferredSeconds }: InterfaceAddress) {
  if (validSeconds === undefined && preferredSeconds === undefined) return undefined
  const valid = validSeconds ?? forever
  return { preferredSeconds: preferredSeconds ?? valid, validSeconds: valid }
}

function renderAddress(type: number, flags: number, value: AddressInput): string {
  const device = option('dev', deviceName(value.index))
  const ip = ['ip', familyOption(value.family), 'address']
  if (type === RTM_ADDRESS.GET) return commandLine(ip, 'show', device)
  const own = value.local ?? value.address
  return commandLine(
    ip,
    type === RTM_ADDRESS.DELETE ? 'delete' : verbOf(flags),
    own === value.address ? undefined : [own, 'peer'],
    own && `${value.address}/${value.prefixLength ?? 0}`,
    option('broadcast', value.broadcast),
    device,
    option('label', value.label),
    value.scope === undefined || value.scope === 'global' ? undefined : ['scope', value.scope],
    option('metric', value.metric),
    option('proto', value.protocol),
    value.lifetime && renderLifetime(value.lifetime),
    renderFlags(value.allFlags ?? value.flags ?? 0),
  )
}

function renderLifetime({
  validSeconds = 0,
  preferredSeconds = 0,
}: Encodable<typeof addressLifetime>): Words {
  const seconds = (value: number) => (value === forever ? 'forever' : value)
  return [`valid_lft ${seconds(validSeconds)}`, `preferred_lft ${seconds(preferredSeconds)}`]
}

function renderFlags(flags: number): Words {
  return [
    (flags & addressFlag.NODAD) !== 0 && 'nodad',
    (flags & addressFlag.HOME) !== 0 && 'home',
    (flags & addressFlag.MANAGE_TEMPORARY) !== 0 && 'mngtmpaddr',
    (flags & addressFlag.NOPREFIXROUTE) !== 0 && 'noprefixroute',
  ]
}
