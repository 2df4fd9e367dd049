/** Links: network interfaces of every kind (`RTM_*LINK`; linux/if_link.h). */
import { attributes, type Decoded, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import { unterminatedText } from './attribute-type.ts'
import { commandLine, deviceName, option, type Words } from './command-line.ts'
import { linkHeader, linkRows } from './link-attribute.ts'
import { bridgeAttributes, renderBridge } from './link-bridge.ts'
import { bridgePortAttributes, renderBridgePort } from './link-bridge-port.ts'
import { macvlanAttributes, renderMacvlan } from './link-macvlan.ts'
import { type LinkSettings, renderSettings, settingsValue } from './link-settings.ts'
import { renderTunnel, tunnelTypes } from './link-tunnel.ts'
import { renderVeth, vethAttributes } from './link-veth.ts'
import { renderVlan, vlanAttributes } from './link-vlan.ts'
import { renderVrf, vrfAttributes, vrfPortAttributes } from './link-vrf.ts'
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

export type { LinkNamespace, LinkSettings } from './link-settings.ts'

export const RTM_LINK = { NEW: 16, DELETE: 17, GET: 18 } as const

const linkInfo = attributes({
  kind: [1, 'IFLA_INFO_KIND', unterminatedText],
  data: [
    2,
    'IFLA_INFO_DATA',
    selectedBy('kind', {
      ...tunnelTypes,
      veth: vethAttributes,
      bridge: bridgeAttributes,
      vlan: vlanAttributes,
      vrf: vrfAttributes,
      macvlan: macvlanAttributes,
    }),
  ],
  /** The kind of the master. */
  slaveKind: [4, 'IFLA_INFO_SLAVE_KIND', unterminatedText],
  slaveData: [
    5,
    'IFLA_INFO_SLAVE_DATA',
    // A request has the kind `bridge_slave` instead of a slaveKind.
    selectedBy(({ kind, slaveKind }) => slaveKind ?? String(kind).replace(/_slave$/, ''), {
      bridge: bridgePortAttributes,
      vrf: vrfPortAttributes,
    }),
  ],
})

const linkAttributes = attributes({ ...linkRows, info: [18, 'IFLA_LINKINFO', linkInfo] })

type LinkInput = MessageInput<typeof linkHeader, typeof linkAttributes>
export const linkMessage = new MessageFormat(linkHeader, linkAttributes, renderLink)
export type Link = Decoded<typeof linkMessage>
/** The type of a link with its parameters, as `ipip()` and `veth()` make it; `{ kind: 'dummy' }` or `'ifb'` has none. */
export type LinkType = Encodable<typeof linkInfo>

export interface NewLink extends LinkSettings {
  name: string
  type: LinkType
  /** The index to give it; the kernel's choice when absent. */
  index?: number
  /** The link below, for kinds that have one (vlan, macvlan). */
  lowerLink?: string | number | undefined
  transmitQueues?: number | undefined
  receiveQueues?: number | undefined
}

/** Makes a link. Like `ip link add NAME [link LOWER] type TYPE`. */
export function addLink({
  name,
  type,
  index,
  lowerLink,
  transmitQueues,
  receiveQueues,
  ...settings
}: NewLink) {
  const value = {
    index,
    ...settingsValue(settings),
    transmitQueues,
    receiveQueues,
    lowerLink,
    name,
    info: type,
  }
  return command(linkMessage, RTM_LINK.NEW, verbFlags.add, value)
}

export interface ChangedLink extends LinkSettings {
  /** The name to give it, while it is down. */
  name?: string
  /** Other parameters of its kind, or `bridgePort()` for what its bridge keeps of it. */
  type?: LinkType
}

/** Changes a link, renames it, or moves it to a namespace. Like `ip link set DEVICE ...`. */
export function setLink(device: string | number, settings: ChangedLink) {
  const { name = device, type, ...others } = settings
  // Of a name alone the kernel finds the link itself.
  const which = name === device && typeof device === 'string' ? {} : { index: device }
  const named = typeof name === 'string' ? { name } : {}
  const value = { ...which, ...settingsValue(others), ...named, info: type }
  return command(linkMessage, RTM_LINK.NEW, verbFlags.set, value)
}

/** Changes all links of a group. Like `ip link set group GROUP ...`. */
export function setLinkGroup(group: number, settings: Omit<LinkSettings, 'group'>) {
  return command(linkMessage, RTM_LINK.NEW, verbFlags.set, settingsValue({ ...settings, group }))
}

/** Like `ip link delete DEVICE`. */
export function deleteLink(device: string | number) {
  return command(linkMessage, RTM_LINK.DELETE, 0, identify(device))
}

/** Deletes all links of a group, far faster than one by one. Like `ip link delete group GROUP`. */
export function deleteLinkGroup(group: number) {
  return command(linkMessage, RTM_LINK.DELETE, 0, { group })
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

function renderLink(type: number, requestFlags: number, value: LinkInput): string {
  const { group, ...others } = value
  const name = value.name ?? deviceName(value.index)
  const device = name ?? option('group', group)
  if (type === RTM_LINK.DELETE) return commandLine('ip link delete', device)
  if (type === RTM_LINK.GET) {
    const filter = [option('master', deviceName(value.master)), option('type', value.info?.kind)]
    return commandLine('ip link show', name === undefined ? filter : ['dev', name])
  }
  const verb: Verb = verbOf(requestFlags)
  const renamed =
    verb === 'set' && value.name !== undefined && value.index ? deviceName(value.index) : undefined
  return commandLine(
    `ip link ${verb}`,
    renamed ?? device,
    option('name', renamed && value.name),
    verb === 'set' ? undefined : option('index', value.index || undefined),
    verb === 'set' ? undefined : option('link', deviceName(value.lowerLink)),
    renderSettings(name === undefined ? others : value),
    value.info?.kind === undefined ? undefined : ['type', value.info.kind, renderType(value.info, verb)],
  )
}

function renderType({ kind, data, slaveData }: LinkType, verb: Verb): Words {
  if (kind?.endsWith('_slave')) return [slaveData?.bridge && renderBridgePort(slaveData.bridge)]
  return [
    data && renderTunnel(data, verb === 'set'),
    data?.veth && renderVeth(data.veth),
    data?.bridge && renderBridge(data.bridge),
    data?.vlan && renderVlan(data.vlan),
    data?.vrf && renderVrf(data.vrf),
    data?.macvlan && renderMacvlan(data.macvlan),
  ]
}
