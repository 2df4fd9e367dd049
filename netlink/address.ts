/** IP addresses of interfaces (`RTM_*ADDR`; linux/if_addr.h). */
import { type AddressFamily, addressFamily, familyOf, familyOption } from './address-family.ts'
import { attributes, type Decoded } from './attribute.ts'
import { interfaceIndex, ipAddress, text, u8, u32 } from './attribute-type.ts'
import { commandLine, deviceName, option } from './command-line.ts'
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
  lifetime: [6, 'IFA_CACHEINFO', addressLifetime],
  allFlags: [8, 'IFA_FLAGS', u32],
  metric: [9, 'IFA_RT_PRIORITY', u32],
  protocol: [11, 'IFA_PROTO', u8],
})

type AddressInput = MessageInput<typeof addressHeader, typeof addressAttributes>
export const addressMessage = new MessageFormat(addressHeader, addressAttributes, renderAddress)
export type Address = Decoded<typeof addressMessage>

export interface InterfaceAddress {
  /** With its prefix length, as `192.0.2.1/24`; a bare address counts with all its bits. */
  address: string
  device: string | number
  /** The address at the other end of a point-to-point link. */
  peer?: string
  broadcast?: string
  scope?: 'global' | 'link' | 'host'
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

function addressValue({ address: prefix, device, peer, broadcast, scope }: InterfaceAddress) {
  const { address, length } = parsePrefix(prefix)
  const header = { family: familyOf(address), prefixLength: length, scope, index: device }
  return { ...header, local: address, broadcast, address: peer ?? address }
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
    value.scope === undefined || value.scope === 'global' ? undefined : ['scope', value.scope],
  )
}
