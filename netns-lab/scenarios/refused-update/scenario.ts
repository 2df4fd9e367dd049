import { joinNode, prepare } from '../preparation.ts'
import { writeOperators } from '../profile/operators.ts'
import type { Scenario } from '../scenario.ts'
import { awayStep } from './away.ts'
import { rollBackStep } from './roll-back.ts'
import { splitStep } from './split.ts'
import { variation } from './variation.ts'

/** What becomes of a change that one of the two agents cannot follow. */
export const refusedUpdate: Scenario = {
  title: 'A kernel refuses a change in mid-stream: rolled back at both agents, or split and tried again',
  variation,
  async run(lab) {
    writeOperators(lab)
    await prepare(lab)
    lab.witness.report.step('register', 'mn1 registers with bronze')
    await joinNode(lab, 'mn1', 'a1')
    await rollBackStep(lab)
    await splitStep(lab)
    await awayStep(lab)
  },
}
