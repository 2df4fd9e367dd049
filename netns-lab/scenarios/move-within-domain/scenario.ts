import { mobileNodes } from '../../topology/hosts.ts'
import { baseProfile, rateOfProfile } from '../../topology/service-control.ts'
import { moveWithLoss } from '../move/lost-message.ts'
import { checkForwarded, checkSignalling, checkStandingFirst } from '../move/move-checks.ts'
import { recordTimeline } from '../move/timeline.ts'
import { moveVariation, visitorsAddress } from '../move/variation.ts'
import { delayHomeAgent, type Move, watchMove } from '../move/watched-move.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { checkForeignAgent, checkHomeAgent } from '../tour/kernel-checks.ts'
import { checkNothingLeft } from '../tour/release.ts'

const way = { from: 'a1', to: 'a2' } as const
const first: Move = { node: 'mn1', homeAddress: mobileNodes.mn1.homeAddress, homeAgent: 'ha', ...way }
const second: Move = { node: 'mn2', homeAddress: visitorsAddress, homeAgent: 'haa', ...way }

/** Rows C7 and C10: the new foreign agent sends the service profile change request to the previous one. */
export const moveWithinDomain: Scenario = {
  title: 'A move to another agent of the same domain: set up before, in flight forwarded, released after',
  variation: moveVariation(),
  async run(lab) {
    await prepare(lab)
    await firstMoveStep(lab)
    await lossStep(lab)
  },
}

async function firstMoveStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('move', 'mn1 moves from a1 to a2 under a stream')
  await joinNode(lab, 'mn1', 'a1')
  await delayHomeAgent('ha')
  const watched = await watchMove(lab, first, () => checkNothingLeft(witness, ['a1'], 5, 'mn1 has moved on'))
  checkSignalling(witness, first, watched)
  checkStandingFirst(witness, first, watched)
  await checkForwarded(witness, first, watched)
  await recordTimeline(witness, first, watched)
  const expected = { node: 'mn1', agent: 'a2', rateBitsPerSecond: rateOfProfile[baseProfile.mn1] } as const
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
}

async function lossStep(lab: Lab): Promise<void> {
  lab.witness.report.step('loss', 'mn2, whose home agent is in domain A, moves while a1 cannot be told')
  await joinNode(lab, 'mn2', 'a1', visitorsAddress)
  await moveWithLoss(lab, second, {
    repeated: 'QIR a2→fsa',
    sender: 'a2',
    givenUp: /the previous agent was not told to forward/,
  })
  const expected = {
    node: 'mn2',
    agent: 'a2',
    homeAgent: 'haa',
    homeAddress: visitorsAddress,
    rateBitsPerSecond: rateOfProfile[baseProfile.mn2],
    prefix: 'loss-',
  } as const
  await checkHomeAgent(lab.witness, expected)
  await checkForeignAgent(lab.witness, expected)
}
