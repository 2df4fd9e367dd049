import { moveNode } from '../../topology/air.ts'
import { checkEndState, type Places } from '../end-state.ts'
import { OperatorRequests } from '../operator-requests.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'

const ways = [
  { id: 'cross', title: 'mn1 and mn2 swap places at the same moment', places: { mn1: 'a2', mn2: 'a1' } },
  { id: 'back', title: 'And back again', places: { mn1: 'a1', mn2: 'a2' } },
] as const satisfies readonly { id: string; title: string; places: Places }[]

/** Each agent is the new one of a node and the previous one of the other, and each forwards to the other. */
export const twoNodesCross: Scenario = {
  title: 'Two nodes swap places: both agents forward to each other, and each keeps its own visitor',
  variation: { configurations: { mn2: { lifetimeSeconds: 1800 } } },
  async run(lab) {
    const { witness } = lab
    await prepare(lab)
    const operator = new OperatorRequests(lab)
    await joinNode(lab, 'mn1', 'a1')
    await joinNode(lab, 'mn2', 'a2')
    for (const { id, title, places } of ways) {
      witness.report.step(id, title)
      await Promise.all([moveNode('mn1', places.mn1), moveNode('mn2', places.mn2)])
      await checkEndState(lab, operator, { id, after: 'both have moved', places, patienceSeconds: 30 })
    }
    operator.close()
  },
}
