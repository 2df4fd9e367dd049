import { moveNode } from '../../topology/air.ts'
import { checkEndState } from '../end-state.ts'
import { OperatorRequests } from '../operator-requests.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { servedAt } from '../served-at.ts'

/** Of mn2: after so long an agent that nobody can reach lets it go by itself. */
const lifetimeSeconds = 10

/** A foreign domain without its server, in the middle of a move into it, and in the middle of a move out of it. */
export const expiredDomain: Scenario = {
  title: 'The foreign server is gone in mid-move: of the new domain, then of the previous one for ever',
  variation: { extraHosts: ['fsb', 'b1'], configurations: { mn2: { lifetimeSeconds } } },
  async run(lab) {
    await prepare(lab)
    const operator = new OperatorRequests(lab)
    await newDomainStep(lab, operator)
    await previousDomainStep(lab, operator)
    operator.close()
  },
}

async function newDomainStep(lab: Lab, operator: OperatorRequests): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('new', 'mn1 moves to domain B, whose server is gone, and comes back')
  await joinNode(lab, 'mn1', 'a1')
  await moveNode('mn1', 'b1')
  await roles.kill('fsb')
  await moveNode('mn1', 'a1')
  await servedAt(lab, 'mn1', 'a1')
  const places = { mn1: 'a1' } as const
  await checkEndState(lab, operator, { id: 'returned', after: 'the return', places, patienceSeconds: 30 })
  await roles.startAgain('fsb')
  await moveNode('mn1', 'b1')
  await servedAt(lab, 'mn1', 'b1')
  const there = { mn1: 'b1' } as const
  await checkEndState(lab, operator, {
    id: 'moved',
    after: 'the second try',
    places: there,
    patienceSeconds: 30,
  })
}

async function previousDomainStep(lab: Lab, operator: OperatorRequests): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('previous', 'mn2 leaves domain A, whose server is gone and does not come back')
  await joinNode(lab, 'mn2', 'a1')
  await moveNode('mn2', 'b1')
  await roles.kill('fsa')
  await servedAt(lab, 'mn2', 'b1')
  const places = { mn1: 'b1', mn2: 'b1' } as const
  const after = `the move, ${lifetimeSeconds} s of which are the lifetime that a1 waits for`
  await checkEndState(lab, operator, { id: 'expired', after, places, patienceSeconds: 40 })
}
