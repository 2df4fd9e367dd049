import { actionTimes } from './action-times.ts'
import { genericAction, renderVerdict, type Verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { choice, u16, u32, u64 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'

/** `PACKET_*` (linux/if_packet.h) */
const packetTypes = { host: 0, broadcast: 1, multicast: 2, otherhost: 3 } as const

/** Changes what the kernel notes beside a packet: `TCA_SKBEDIT_*` (linux/tc_act/tc_skbedit.h). */
export const skbeditAttributes = attributes({
  times: [1, 'TCA_SKBEDIT_TM', actionTimes],
  parameters: [2, 'TCA_SKBEDIT_PARMS', genericAction],
  /** Also the id of the class that HTB puts the packet in. */
  priority: [3, 'TCA_SKBEDIT_PRIORITY', u32],
  queueMapping: [4, 'TCA_SKBEDIT_QUEUE_MAPPING', u16],
  mark: [5, 'TCA_SKBEDIT_MARK', u32],
  packetType: [7, 'TCA_SKBEDIT_PTYPE', choice(u16, packetTypes)],
  /** Bits of the mark that are set; all when absent. */
  mask: [8, 'TCA_SKBEDIT_MASK', u32],
  /** Bits: `SKBEDIT_F_INHERITDSFIELD` and `SKBEDIT_F_TXQ_SKBHASH`. */
  flags: [9, 'TCA_SKBEDIT_FLAGS', u64],
  queueMappingMax: [10, 'TCA_SKBEDIT_QUEUE_MAPPING_MAX', u16],
})

const inheritDsFieldFlag = 0x20n

export interface Skbedit {
  /** Survives forwarding and encapsulation. */
  mark?: number
  /** Bits of the mark that are set; all when absent. */
  mask?: number
  /** The id of a class, `tcHandle(1, 0x10)`, or a number of 0 to 15. Lost when the packet is forwarded. */
  priority?: number
  /** The transmit queue of the device. */
  queueMapping?: number
  packetType?: keyof typeof packetTypes
  /** Sets the priority to the packet's DS field. */
  inheritDsField?: boolean
  verdict?: Verdict
}

/** Like `action skbedit mark MARK/MASK priority CLASS queue_mapping N ptype TYPE inheritdsfield`. */
export function skbedit({ verdict = 'pipe', inheritDsField = false, ...settings }: Skbedit) {
  const { mark, mask, priority, queueMapping, packetType } = settings
  const flags = inheritDsField ? inheritDsFieldFlag : undefined
  const parameters = { verdict }
  return {
    kind: 'skbedit',
    options: { skbedit: { parameters, queueMapping, priority, mark, mask, packetType, flags } },
  }
}

export function renderSkbedit(value: Encodable<typeof skbeditAttributes>): Words {
  const { priority, mark, mask, packetType, parameters, flags = 0n } = value
  const bits = mask === undefined ? '' : `/0x${mask.toString(16)}`
  return [
    option('queue_mapping', value.queueMapping),
    priority === undefined
      ? undefined
      : `priority ${(priority >>> 16).toString(16)}:${(priority & 0xffff).toString(16)}`,
    mark === undefined ? undefined : `mark 0x${mark.toString(16)}${bits}`,
    option('ptype', packetType),
    (flags & inheritDsFieldFlag) !== 0n && 'inheritdsfield',
    renderVerdict(parameters, 'pipe'),
  ]
}
