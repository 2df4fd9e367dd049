import { attributes, type Encodable } from './attribute.ts'
import { commandLine, option, type Words } from './command-line.ts'
import { linkHeader, linkRows } from './link-attribute.ts'
import { type LinkSettings, type PlainLink, renderSettings, settingsValue } from './link-settings.ts'
import { MessageFormat } from './message.ts'

/** The other end, described as a link is. */
const peer = new MessageFormat(linkHeader, attributes(linkRows), (_type, _flags, value) =>
  commandLine(renderPeer(value)),
)

/** Two links that are each other's other end: `VETH_INFO_*` of linux/veth.h. */
export const vethAttributes = attributes({ peer: [1, 'VETH_INFO_PEER', peer] })

export interface VethPeer extends LinkSettings {
  /** The kernel's choice (`veth0`, ...) when absent. */
  name?: string
  /** The index to give it; the kernel's choice when absent. */
  index?: number
}

/**
 * The type of a link, for `addLink`. With a `namespace` the peer is made there.
 * Like `ip link add NAME type veth peer name PEER ...`.
 */
export function veth({ name, index, ...settings }: VethPeer = {}) {
  return { kind: 'veth', data: { veth: { peer: { index, ...settingsValue(settings), name } } } } as const
}

export function renderVeth({ peer }: Encodable<typeof vethAttributes>): Words {
  return peer ? renderPeer(peer) : []
}

function renderPeer(value: PlainLink): Words {
  return [
    'peer',
    option('name', value.name),
    option('index', value.index || undefined),
    renderSettings(value),
  ]
}
