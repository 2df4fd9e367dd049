import { actionAttributes, type NewAction, renderAction } from './action.ts'
import { attributes, type Encodable } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { raw, u32 } from './attribute-type.ts'
import type { Words } from './command-line.ts'
import { type Hardware, hardwareFlags, renderHardware } from './filter-hardware.ts'
import { renderTcHandle } from './tc-handle.ts'

/** Every packet: `TCA_MATCHALL_*` (linux/pkt_cls.h). */
export const matchallAttributes = attributes({
  classId: [1, 'TCA_MATCHALL_CLASSID', u32],
  actions: [2, 'TCA_MATCHALL_ACT', arrayOf(actionAttributes)],
  flags: [3, 'TCA_MATCHALL_FLAGS', u32],
  counters: [4, 'TCA_MATCHALL_PCNT', raw],
})

export interface Matchall {
  hardware?: Hardware
  classId?: number
  actions?: NewAction[]
}

/** The type of a filter, for `addFilter`. Like `tc filter add ... matchall action ...`. */
export function matchall({ hardware, classId, actions }: Matchall = {}) {
  return { kind: 'matchall', options: { matchall: { classId, actions, flags: hardwareFlags(hardware) } } }
}

export function renderMatchall({
  classId,
  actions = [],
  flags,
}: Encodable<typeof matchallAttributes>): Words {
  return [renderHardware(flags), renderTcHandle('classid', classId), actions.map(renderAction)]
}
