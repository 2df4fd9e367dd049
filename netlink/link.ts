/** Links: network interfaces of every kind (`RTM_*LINK`; linux/if_link.h). */
import { addressFamily } from './address-family.ts'
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import {
  choice,
  interfaceIndex,
  linkAddress,
  s32,
  text,
  u8,
  u16,
  u32,
  unterminatedText,
} from './attribute-type.ts'
import { commandLine, deviceName, option, type Words } from './command-line.ts'
import { interfaceFlag } from './interface-flag.ts'
import { greAttributes, renderGre } from './link-gre.ts'
import { ipipAttributes, renderIpip } from './link-ipip.ts'
import { linkStatistics } from './link-statistics.ts'
import {
  command,
  MessageFormat,
  type MessageInput,
  NLM_F,
  query,
  type Verb,
  verbFlags,
  verbOf,
} from './message.ts'
import { padding, struct } from './struct.ts'

export const RTM_LINK = { NEW: 16, DELETE: 17, GET: 18 } as const

const linkHeader = struct('ifinfomsg', {
  family: addressFamily,
  reserved: padding(1),
  /** ARPHRD_* (linux/if_arp.h): 1 ethernet, 768 ipip, 778 gre. */
  hardwareType: u16,
  index: interfaceIndex,
  /** `interfaceFlag` */
  flags: u32,
  /** Which of the flags a request sets. */
  changedFlags: u32,
})

const linkInfo = attributes({
  kind: [1, 'IFLA_INFO_KIND', unterminatedText],
  data: [2, 'IFLA_INFO_DATA', selectedBy('kind', { ipip: ipipAttributes, gre: greAttributes })],
})

const operationalState = choice(u8, {
  unknown: 0,
  notpresent: 1,
  down: 2,
  lowerlayerdown: 3,
  testing: 4,
  dormant: 5,
  up: 6,
})

const linkAttributes = attributes({
  address: [1, 'IFLA_ADDRESS', linkAddress],
  broadcast: [2, 'IFLA_BROADCAST', linkAddress],
  name: [3, 'IFLA_IFNAME', text],
  mtu: [4, 'IFLA_MTU', u32],
  /** Index of the link below, or of the peer of a veth. */
  lowerLink: [5, 'IFLA_LINK', interfaceIndex],
  qdisc: [6, 'IFLA_QDISC', text],
  master: [10, 'IFLA_MASTER', interfaceIndex],
  transmitQueueLength: [13, 'IFLA_TXQLEN', u32],
  operationalState: [16, 'IFLA_OPERSTATE', operationalState],
  info: [18, 'IFLA_LINKINFO', linkInfo],
  namespaceProcess: [19, 'IFLA_NET_NS_PID', u32],
  alias: [20, 'IFLA_IFALIAS', unterminatedText],
  statistics: [23, 'IFLA_STATS64', linkStatistics],
  group: [27, 'IFLA_GROUP', u32],
  namespaceDescriptor: [28, 'IFLA_NET_NS_FD', u32],
  extensionMask: [29, 'IFLA_EXT_MASK', u32],
  promiscuity: [30, 'IFLA_PROMISCUITY', u32],
  /** 1 while the link has a carrier. */
  carrier: [33, 'IFLA_CARRIER', u8],
  carrierChanges: [35, 'IFLA_CARRIER_CHANGES', u32],
  lowerLinkNamespace: [37, 'IFLA_LINK_NETNSID', s32],
})

type LinkInput = MessageInput<typeof linkHeader, typeof linkAttributes>
export const linkMessage = new MessageFormat(linkHeader, linkAttributes, renderLink)
export type Link = Decoded<typeof linkMessage>
/** The type of a link with its parameters, as `ipip()` and `gre()` make it; `{ kind: 'dummy' }` for one without. */
export type LinkType = Encodable<typeof linkInfo>

export interface LinkSettings {
  up?: boolean | undefined
  /** Bytes. */
  mtu?: number | undefined
  /** Link-layer address. */
  address?: string | undefined
  /** Bridge or VRF that the link belongs to. */
  master?: string | number | undefined
  alias?: string | undefined
}

export interface NewLink extends LinkSettings {
  name: string
  type: LinkType
  /** The index to give it; the kernel's choice when absent. */
  index?: number
}

/** Makes a link. Like `ip link add NAME type TYPE`. */
export function addLink({ name, type, index, ...settings }: NewLink) {
  const value = { index, ...flags(settings.up), name, ...attributesOf(settings), info: type }
  return command(linkMessage, RTM_LINK.NEW, verbFlags.add, value)
}

/** Changes a link, or renames it. Like `ip link set DEVICE ...`. */
export function setLink(device: string | number, settings: LinkSettings & { name?: string }) {
  const { name = device, ...others } = settings
  // Of a name alone the kernel finds the link itself.
  const which = name === device && typeof device === 'string' ? {} : { index: device }
  const named = typeof name === 'string' ? { name } : {}
  const value = { ...which, ...flags(others.up), ...named, ...attributesOf(others) }
  return command(linkMessage, RTM_LINK.NEW, verbFlags.set, value)
}

/** Like `ip link delete DEVICE`. */
export function deleteLink(device: string | number) {
  return command(linkMessage, RTM_LINK.DELETE, 0, identify(device))
}

/** One link, by name or index. Like `ip link show dev DEVICE`. */
export function getLink(device: string | number) {
  return query(linkMessage, RTM_LINK.GET, 0, identify(device))
}

/** All links, or those of one kind or master. Like `ip link show [type KIND] [master DEVICE]`. */
export function dumpLinks({ kind, master }: { kind?: string; master?: string | number } = {}) {
  const value = { family: 'packet', master, info: kind === undefined ? undefined : { kind } } as const
  return query(linkMessage, RTM_LINK.GET, NLM_F.DUMP, value)
}

function identify(device: string | number) {
  return typeof device === 'string' ? { name: device } : { index: device }
}

function flags(up: boolean | undefined) {
  return up === undefined ? {} : { flags: up ? interfaceFlag.UP : 0, changedFlags: interfaceFlag.UP }
}

function attributesOf({ mtu, address, master, alias }: LinkSettings) {
  return { address, mtu, master, alias }
}

function renderLink(type: number, requestFlags: number, value: LinkInput): string {
  const device = value.name ?? deviceName(value.index)
  if (type === RTM_LINK.DELETE) return commandLine('ip link delete', device)
  if (type === RTM_LINK.GET) {
    const filter = [option('master', deviceName(value.master)), option('type', value.info?.kind)]
    return commandLine('ip link show', device === undefined ? filter : ['dev', device])
  }
  const verb: Verb = verbOf(requestFlags)
  const renamed =
    verb === 'set' && value.name !== undefined && value.index ? deviceName(value.index) : undefined
  return commandLine(
    `ip link ${verb}`,
    renamed ?? device,
    option('name', renamed && value.name),
    verb === 'set' ? undefined : option('index', value.index || undefined),
    renderSettings(value),
    value.info?.kind === undefined ? undefined : ['type', value.info.kind, renderType(value.info)],
  )
}

function renderSettings(value: LinkInput): Words {
  const changesUp = (value.changedFlags ?? 0) & interfaceFlag.UP
  return [
    changesUp !== 0 && ((value.flags ?? 0) & interfaceFlag.UP ? 'up' : 'down'),
    option('address', value.address),
    option('mtu', value.mtu),
    value.master === 0 ? 'nomaster' : option('master', deviceName(value.master)),
    option('alias', value.alias),
    option('netns', value.namespaceProcess),
  ]
}

function renderType({ data }: LinkType): Words {
  return [data?.ipip ? renderIpip(data.ipip) : undefined, data?.gre ? renderGre(data.gre) : undefined]
}
