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

const way = { from: 'a1', to: 'b1' } as const
const first: Move = { node: 'mn2', homeAddress: visitorsAddress, homeAgent: 'haa', ...way }
const second: Move = { node: 'mn1', homeAddress: mobileNodes.mn1.homeAddress, homeAgent: 'ha', ...way }

/** Rows C8 and C11: the home server sends the service profile change request to both foreign servers. */
export const moveAcrossDomains: Scenario = {
  title:
    'A move to another domain: both domains are told, and the previous one lets go though a message is lost',
  variation: moveVariation('fsb', 'b1'),
  async run(lab) {
    await prepare(lab)
    await firstMoveStep(lab)
    await lossStep(lab)
  },
}

async function firstMoveStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('move', 'mn2, whose home agent is in domain A, moves to domain B under a stream')
  await joinNode(lab, 'mn2', 'a1', visitorsAddress)
  await delayHomeAgent('haa')
  const watched = await watchMove(lab, first, () => checkNothingLeft(witness, ['a1'], 5, 'mn2 has moved on'))
  checkSignalling(witness, first, watched)
  checkStandingFirst(witness, first, watched)
  await checkForwarded(witness, first, watched)
  await recordTimeline(witness, first, watched)
  const expected = {
    node: 'mn2',
    agent: 'b1',
    homeAgent: 'haa',
    homeAddress: visitorsAddress,
    rateBitsPerSecond: rateOfProfile[baseProfile.mn2],
  } as const
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
}

async function lossStep(lab: Lab): Promise<void> {
  lab.witness.report.step('loss', 'mn1 moves to domain B while a1 cannot be told')
  await joinNode(lab, 'mn1', 'a1')
  await moveWithLoss(lab, second, {
    repeated: 'QIR hs→fsa',
    sender: 'hs',
    givenUp: /was not told to forward what is in flight/,
  })
  const rateBitsPerSecond = rateOfProfile[baseProfile.mn1]
  const expected = { node: 'mn1', agent: 'b1', rateBitsPerSecond, prefix: 'loss-' } as const
  await checkHomeAgent(lab.witness, expected)
  await checkForeignAgent(lab.witness, expected)
}
