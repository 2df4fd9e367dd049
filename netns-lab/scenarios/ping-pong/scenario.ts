import { setTimeout as delay } from 'node:timers/promises'
import { moveNode } from '../../topology/air.ts'
import { checkEndState } from '../end-state.ts'
import { OperatorRequests } from '../operator-requests.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Scenario } from '../scenario.ts'

const moves = 20
const seconds = 10

/** At the border of two cells, as fast as that: many a registration is overtaken by the next one. */
export const pingPong: Scenario = {
  title: '20 moves between two agents in 10 s',
  async run(lab) {
    const { witness } = lab
    await prepare(lab)
    const operator = new OperatorRequests(lab)
    await joinNode(lab, 'mn1', 'a1')
    witness.report.step('moves', `mn1 moves ${moves} times in ${seconds} s`)
    const begin = Date.now()
    let here: 'a1' | 'a2' = 'a1'
    for (let move = 1; move <= moves; move++) {
      here = here === 'a1' ? 'a2' : 'a1'
      witness.report.activity(`move ${move}, to ${here}`)
      await moveNode('mn1', here)
      await delay(Math.max(0, begin + (move * seconds * 1000) / moves - Date.now()))
    }
    const places = { mn1: here }
    await checkEndState(lab, operator, { id: 'end', after: 'the last move', places, patienceSeconds: 30 })
    operator.close()
  },
}
