import { genericAction, type Verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { raw } from './attribute-type.ts'
import type { Words } from './command-line.ts'

/** Only a verdict on the packet: `TCA_GACT_*` (linux/tc_act/tc_gact.h). */
export const gactAttributes = attributes({
  times: [1, 'TCA_GACT_TM', raw],
  parameters: [2, 'TCA_GACT_PARMS', genericAction],
})

/** Like `action drop` or `action pass`. */
export function gact(verdict: Verdict) {
  return { kind: 'gact', options: { gact: { parameters: { verdict } } } }
}

export function renderGact({ parameters }: Encodable<typeof gactAttributes>): Words {
  return [parameters?.verdict]
}
