import { actionTimes } from './action-times.ts'
import { genericAction, type Verdict, verdict } from './action-verdict.ts'
import { attributes, type Encodable } from './attribute.ts'
import { choice, u16 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { struct } from './struct.ts'

/** Only a verdict on the packet: `TCA_GACT_*` (linux/tc_act/tc_gact.h). */
export const gactAttributes = attributes({
  times: [1, 'TCA_GACT_TM', actionTimes],
  parameters: [2, 'TCA_GACT_PARMS', genericAction],
  random: [
    3,
    'TCA_GACT_PROB',
    struct('tc_gact_p', {
      type: choice(u16, { none: 0, netrand: 1, determ: 2 }),
      /** One packet of so many, 1 to 10,000. */
      every: u16,
      verdict,
    }),
  ],
})

/** One packet of `every` has another verdict: by chance (`netrand`) or by counting (`determ`). */
export interface GactRandom {
  type: 'netrand' | 'determ'
  /** 1 to 10,000 */
  every: number
  verdict: Verdict
}

/** Like `action drop`, `action goto chain N`, or `action pass random determ drop 5`. */
export function gact(verdict: Verdict, { random }: { random?: GactRandom } = {}) {
  return { kind: 'gact', options: { gact: { parameters: { verdict }, random } } }
}

export function renderGact({ parameters, random }: Encodable<typeof gactAttributes>): Words {
  const { type = 'none', every, verdict: other } = random ?? {}
  return [
    parameters?.verdict ?? 'gact',
    type === 'none' || type === 0 ? [] : ['random', type, other ?? 'pass', every ?? 0],
  ]
}
