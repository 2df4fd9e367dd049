/** What can be set of a link of any kind, and of the peer of a veth: from our names to flags and attributes, and to words of `ip`. */
import type { AttributeTable } from './attribute.ts'
import { deviceName, onOff, option, options, type Words } from './command-line.ts'
import { interfaceFlag } from './interface-flag.ts'
import type { linkHeader, linkRows } from './link-attribute.ts'
import type { MessageInput } from './message.ts'

/** A network namespace: the name that `ip netns` gave it or a path, that of a process, or an open descriptor. */
export type LinkNamespace = string | { process: number } | { descriptor: number }

export interface LinkSettings {
  up?: boolean | undefined
  /** Link-layer address. */
  address?: string | undefined
  /** Link-layer address that reaches all. */
  broadcast?: string | undefined
  /** Bytes. */
  mtu?: number | undefined
  /** Packets. */
  transmitQueueLength?: number | undefined
  /** Bridge or VRF that the link belongs to; 0 for none. */
  master?: string | number | undefined
  /** Number of the group, 0 for none in particular. */
  group?: number | undefined
  /** Text without meaning to the kernel; empty to take it away. */
  alias?: string | undefined
  /** Limits of a packet that is cut into segments late. */
  gsoMaxBytes?: number | undefined
  gsoMaxSegments?: number | undefined
  /** Limit of a packet that is put together from received ones. */
  groMaxBytes?: number | undefined
  /** How the IPv6 link-local address comes about; not for a link that is being made. */
  addressGeneration?: 'eui64' | 'none' | 'stable_secret' | 'random' | undefined
  /** Where to move the link, or to make it. */
  namespace?: LinkNamespace | undefined
  arp?: boolean | undefined
  multicast?: boolean | undefined
  allMulticast?: boolean | undefined
  promiscuous?: boolean | undefined
}

/** A message about a link, without what depends on its kind. */
export type PlainLink = MessageInput<typeof linkHeader, AttributeTable<typeof linkRows>>

/** Whether the flag is set, and what a request sets it by. */
const flagWords = [
  ['arp', 'arp', interfaceFlag.NOARP, false],
  ['multicast', 'multicast', interfaceFlag.MULTICAST, true],
  ['allMulticast', 'allmulticast', interfaceFlag.ALLMULTI, true],
  ['promiscuous', 'promisc', interfaceFlag.PROMISC, true],
] as const

const attributeWords = {
  address: 'address',
  broadcast: 'broadcast',
  mtu: 'mtu',
  transmitQueueLength: 'txqueuelen',
  transmitQueues: 'numtxqueues',
  receiveQueues: 'numrxqueues',
  gsoMaxBytes: 'gso_max_size',
  gsoMaxSegments: 'gso_max_segs',
  groMaxBytes: 'gro_max_size',
} as const

/** Header fields and attributes of a message. */
export function settingsValue(settings: LinkSettings) {
  const { address, broadcast, mtu, transmitQueueLength, gsoMaxBytes, gsoMaxSegments, groMaxBytes } = settings
  const { master, group, alias, namespace, addressGeneration } = settings
  const sizes = { transmitQueueLength, gsoMaxBytes, gsoMaxSegments, groMaxBytes }
  const families = addressGeneration === undefined ? undefined : { inet6: { addressGeneration } }
  return {
    ...flagsValue(settings),
    ...{ group, address, broadcast, mtu, ...sizes, master, alias },
    ...{ families, ...namespaceValue(namespace) },
  }
}

function flagsValue({ up, ...settings }: LinkSettings) {
  let flags = up ? interfaceFlag.UP : 0
  let changedFlags: number = up === undefined ? 0 : interfaceFlag.UP
  for (const [name, , bit, setBy] of flagWords) {
    if (settings[name] !== undefined) changedFlags |= bit
    if (settings[name] === setBy) flags |= bit
  }
  return changedFlags === 0 ? {} : { flags, changedFlags }
}

const namespaceFolder = '/run/netns/'

function namespaceValue(namespace: LinkNamespace | undefined) {
  if (namespace === undefined) return {}
  if (typeof namespace === 'string')
    return { namespaceDescriptor: namespace.includes('/') ? namespace : `${namespaceFolder}${namespace}` }
  return 'process' in namespace
    ? { namespaceProcess: namespace.process }
    : { namespaceDescriptor: namespace.descriptor }
}

/** The words of `ip link add` or `set` behind the name of the link. */
export function renderSettings(value: PlainLink): Words {
  const { flags = 0, changedFlags = 0, namespaceDescriptor: namespace } = value
  return [
    (changedFlags & interfaceFlag.UP) !== 0 && (flags & interfaceFlag.UP ? 'up' : 'down'),
    flagWords.map(
      ([, word, bit, setBy]) =>
        (changedFlags & bit) !== 0 && option(word, onOff(((flags & bit) !== 0) === setBy)),
    ),
    option('group', value.group),
    options(attributeWords, value, Number),
    value.master === 0 ? 'nomaster' : option('master', deviceName(value.master)),
    option('alias', value.alias === undefined ? undefined : quoted(value.alias)),
    option('addrgenmode', value.families?.inet6?.addressGeneration),
    option('netns', value.namespaceProcess),
    // A descriptor of this process, as another process can name it.
    typeof namespace === 'number' && option('netns', `/proc/${process.pid}/fd/${namespace}`),
    typeof namespace === 'string' && option('netns', namespace.replace(namespaceFolder, '')),
  ]
}

/** One word of a shell. */
function quoted(text: string): string {
  return /^[\w.:@%/+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
