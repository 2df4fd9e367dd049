import { choice, s32, u32 } from './attribute-type.ts'
import { struct } from './struct.ts'

/** What becomes of a packet after an action: `TC_ACT_*` (linux/pkt_cls.h). */
const verdicts = { continue: -1, pass: 0, reclassify: 1, drop: 2, pipe: 3 } as const
/** `pipe`: the next action of the filter; `continue`: the next filter; `pass` and `drop` are final. */
export type Verdict = keyof typeof verdicts

/** `struct tc_gen`: the beginning of every action's parameters. */
export const genericAction = struct('tc_gen', {
  index: u32,
  capabilities: u32,
  verdict: choice(s32, verdicts),
  references: s32,
  bindings: s32,
})
