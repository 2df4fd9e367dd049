import { attributes, type Encodable } from './attribute.ts'
import { repeated } from './attribute-array.ts'
import { choice, linkAddress, u16, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'

/** `MACVLAN_FLAG_*` of linux/if_link.h. */
export const macvlanFlag = { NO_PROMISCUITY: 0x1, NO_DESTINATION: 0x2 } as const

const modes = choice(u32, { private: 1, vepa: 2, bridge: 4, passthru: 8, source: 16 })
const addressChange = choice(u32, { add: 0, del: 1, flush: 2, set: 3 })

/** A link with an address of its own on the link below: `IFLA_MACVLAN_*` of linux/if_link.h. */
export const macvlanAttributes = attributes({
  /** Who of the links on the same lower one reaches whom. */
  mode: [1, 'IFLA_MACVLAN_MODE', modes],
  /** `macvlanFlag` */
  flags: [2, 'IFLA_MACVLAN_FLAGS', u16],
  /** What a request does with the senders that mode `source` accepts. */
  sourceChange: [3, 'IFLA_MACVLAN_MACADDR_MODE', addressChange],
  /** The one to add or delete. */
  source: [4, 'IFLA_MACVLAN_MACADDR', linkAddress],
  /** Those to set, and those that there are. */
  sources: [5, 'IFLA_MACVLAN_MACADDR_DATA', repeated(4, linkAddress)],
  sourceCount: [6, 'IFLA_MACVLAN_MACADDR_COUNT', u32],
  /** Packets. */
  broadcastQueueLength: [7, 'IFLA_MACVLAN_BC_QUEUE_LEN', u32],
  broadcastQueueLengthUsed: [8, 'IFLA_MACVLAN_BC_QUEUE_LEN_USED', u32],
})

type MacvlanData = Encodable<typeof macvlanAttributes>

export interface Macvlan extends Pick<MacvlanData, 'mode' | 'flags' | 'broadcastQueueLength'> {
  /** The senders that mode `source` accepts, instead of those before. */
  sources?: readonly string[]
}

/** The type of a link; `addLink` names the one below as `lowerLink`. Like `ip link add link DEVICE name NAME type macvlan mode MODE`. */
export function macvlan({ mode, flags, broadcastQueueLength, sources }: Macvlan) {
  const change = sources && ({ sourceChange: 'set', sources } as const)
  return { kind: 'macvlan', data: { macvlan: { broadcastQueueLength, ...change, mode, flags } } } as const
}

export function renderMacvlan(data: MacvlanData): Words {
  const { flags = 0, sources = [] } = data
  return [
    option('mode', data.mode),
    data.flags === 0 && 'flag null',
    (flags & macvlanFlag.NO_PROMISCUITY) !== 0 && 'flag nopromisc',
    (flags & macvlanFlag.NO_DESTINATION) !== 0 && 'flag nodst',
    option('bcqueuelen', data.broadcastQueueLength),
    data.sourceChange !== undefined && ['macaddr', data.sourceChange, data.source, ...sources],
  ]
}
