import { checkRates, followMarks } from '../conditions/kernel-rates.ts'
import { writeSubscribers } from '../conditions/subscribers.ts'
import { bringStation, hear, intruder } from '../conditions/wrong-keys.ts'
import { joinNode, prepare } from '../preparation.ts'
import { variation, writeOperators } from '../profile/operators.ts'
import type { Scenario } from '../scenario.ts'
import { checkAudit } from './edits.ts'
import { expiredEditStep } from './expired-edit.ts'
import { failuresSteps } from './failures.ts'
import { rates, visitor } from './profiles.ts'

/** What happens to a subscriber while an operator edits the profile: it waits, and counts once, in whatever way the edit ends. */
export const heldEvents: Scenario = {
  title: 'Events wait while an edit is open: it is committed, cancelled, or expires',
  needs: ['scapy'],
  variation,
  async run(lab) {
    const { witness } = lab
    writeOperators(lab)
    writeSubscribers(lab, [visitor()], { mn1: 'visitor', mn2: 'visitor' })
    await prepare(lab)
    await bringStation()
    const stranger = intruder(lab)
    try {
      witness.report.step('register', 'mn1 registers')
      await joinNode(lab, 'mn1', 'a1')
      const mn1 = await followMarks(witness.look.bind(witness), { node: 'mn1', agent: 'a1' })
      await checkRates(witness, mn1, { id: 'mn1', when: 'after its registration', rate: rates.base })
      await hear(lab, stranger)
      await failuresSteps(lab, stranger, mn1)
      stranger.stop()
      await expiredEditStep(lab, mn1)
      await checkAudit(lab, {
        'wrong-keys condition-met': 2,
        'wrong-keys condition-over': 2,
        'used-up condition-met': 1,
      })
    } finally {
      stranger.stop()
    }
  },
}
