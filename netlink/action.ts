/** Actions of a filter (`TCA_ACT_*`; linux/pkt_cls.h), in the order in which they are taken. */
import { gactAttributes, renderGact } from './action-gact.ts'
import { renderSkbedit, skbeditAttributes } from './action-skbedit.ts'
import { attributes, type Encodable } from './attribute.ts'
import { selectedBy } from './attribute-selected.ts'
import { text, u32 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { tcStatistics } from './tc-statistics.ts'

const options = selectedBy('kind', { skbedit: skbeditAttributes, gact: gactAttributes })

export const actionAttributes = attributes({
  kind: [1, 'TCA_ACT_KIND', text],
  options: [2, 'TCA_ACT_OPTIONS', { ...options, nestedFlag: true }],
  index: [3, 'TCA_ACT_INDEX', u32],
  statistics: [4, 'TCA_ACT_STATS', tcStatistics],
})

/** An action with its parameters, as `skbedit()` and `gact()` make it. */
export type NewAction = Encodable<typeof actionAttributes>

export function renderAction({ kind, options }: NewAction): Words {
  return [
    'action',
    options?.gact ? undefined : kind,
    options?.skbedit && renderSkbedit(options.skbedit),
    options?.gact && renderGact(options.gact),
  ]
}
