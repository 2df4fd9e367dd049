import { actionAttributes, type NewAction, renderAction } from './action.ts'
import { attributes, type Encodable } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { raw, u32 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { ematchTree, encodeMatch, type Match, renderMatch } from './ematch.ts'
import { renderTcHandle } from './tc-handle.ts'

/** Classification by extended matches: `TCA_BASIC_*` (linux/pkt_cls.h). */
export const basicAttributes = attributes({
  classId: [1, 'TCA_BASIC_CLASSID', u32],
  matches: [2, 'TCA_BASIC_EMATCHES', ematchTree],
  actions: [3, 'TCA_BASIC_ACT', arrayOf(actionAttributes)],
  counters: [5, 'TCA_BASIC_PCNT', raw],
})

export interface Basic {
  /** Every packet when absent. */
  match?: Match
  classId?: number
  actions?: NewAction[]
}

/** The type of a filter, for `addFilter`. Like `tc filter add ... basic match MATCHES classid ID`. */
export function basic({ match, classId, actions }: Basic) {
  return { kind: 'basic', options: { basic: { matches: match && encodeMatch(match), classId, actions } } }
}

/** `tc` refuses a line that ends with a match: a class or an action must follow it. */
export function renderBasic({ classId, matches, actions = [] }: Encodable<typeof basicAttributes>): Words {
  return [matches && renderMatch(matches), renderTcHandle('classid', classId), actions.map(renderAction)]
}
