import { moveNode } from '../../topology/air.ts'
import { impair } from '../../topology/impairment.ts'
import { checkEndState } from '../end-state.ts'
import { OperatorRequests } from '../operator-requests.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'
import { servedAt } from '../served-at.ts'

const impairment = { delayMilliseconds: 50, jitterMilliseconds: 10, lossPercent: 5, reorderPercent: 25 }
const way = ['a2', 'b1', 'a1'] as const

/** A bad core makes moves slow, not wrong. It stays bad to the end. */
export const lossyCore: Scenario = {
  title: 'Moves within and across domains while the core loses 5 % and reorders, 50 ms away',
  variation: { extraHosts: ['fsb', 'b1'] },
  async run(lab) {
    const { witness, roles } = lab
    await prepare(lab)
    const operator = new OperatorRequests(lab)
    await joinNode(lab, 'mn1', 'a1')
    witness.report.step('moves', `mn1 moves to ${way.join(', ')}, through a core that loses and reorders`)
    await impair(roles.hosts, impairment, 'everywhere')
    for (const place of way) {
      witness.report.activity(`mn1 moves to ${place}`)
      const begin = Date.now()
      await moveNode('mn1', place)
      await servedAt(lab, 'mn1', place)
      const seconds = Math.round((Date.now() - begin) / 100) / 10
      witness.report.figure({
        id: `to-${place}`,
        what: `Until mn1 was served at ${place}`,
        value: seconds,
        unit: 's',
      })
    }
    await witness.see('core', ['tc', '-s', 'qdisc', 'show', 'dev', 'ha'], /netem|dropped/)
    const places = { mn1: way.at(-1) ?? 'a1' }
    await checkEndState(lab, operator, { id: 'end', after: 'the last move', places, patienceSeconds: 40 })
    operator.close()
  },
}
