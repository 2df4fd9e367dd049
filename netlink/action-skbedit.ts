import { genericAction, type Verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { raw, u16, u32 } from './attribute-type.ts'
import { option, type Words } from './command-line.ts'

/** Changes what the kernel notes beside a packet: `TCA_SKBEDIT_*` (linux/tc_act/tc_skbedit.h). */
export const skbeditAttributes = attributes({
  times: [1, 'TCA_SKBEDIT_TM', raw],
  parameters: [2, 'TCA_SKBEDIT_PARMS', genericAction],
  priority: [3, 'TCA_SKBEDIT_PRIORITY', u32],
  queueMapping: [4, 'TCA_SKBEDIT_QUEUE_MAPPING', u16],
  mark: [5, 'TCA_SKBEDIT_MARK', u32],
  /** Bits of the mark that are set; all when absent. */
  mask: [8, 'TCA_SKBEDIT_MASK', u32],
})

/** Sets the packet's mark, which survives forwarding and encapsulation. Like `action skbedit mark MARK`. */
export function skbedit({ mark, verdict = 'pipe' }: { mark: number; verdict?: Verdict }) {
  return { kind: 'skbedit', options: { skbedit: { parameters: { verdict }, mark } } }
}

export function renderSkbedit({
  priority,
  mark,
  mask,
  parameters,
}: Encodable<typeof skbeditAttributes>): Words {
  const bits = mask === undefined ? '' : `/0x${mask.toString(16)}`
  return [
    option('priority', priority),
    mark === undefined ? undefined : `mark 0x${mark.toString(16)}${bits}`,
    parameters?.verdict === 'pipe' ? undefined : parameters?.verdict,
  ]
}
