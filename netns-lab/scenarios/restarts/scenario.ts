import { joinNode, prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'
import { movesStep } from './moves.ts'
import { settledStep } from './settled-session.ts'

/** Row B5: whichever daemon is killed, and whenever, it goes on where it was. */
export const restarts: Scenario = {
  title: 'Each daemon is killed and started again, under traffic and in the middle of a move',
  async run(lab) {
    await prepare(lab)
    lab.witness.report.step('join', 'mn1 registers')
    await joinNode(lab, 'mn1', 'a1')
    await settledStep(lab)
    await movesStep(lab)
  },
}
