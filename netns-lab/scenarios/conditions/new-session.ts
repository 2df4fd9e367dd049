import { joinNode } from '../preparation.ts'
import type { Lab } from '../scenario.ts'
import { checkNothingLeft } from '../tour/release.ts'
import { checkRates, followMarks } from './kernel-rates.ts'
import { rates } from './profiles.ts'

/** The volume is one of the session: mn2 leaves and comes back, and has all of it again. */
export async function newSessionStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('session', 'mn2 ends its session: with the next one it has all of its volume again')
  await roles.daemon('mn2').stop('SIGTERM')
  await checkNothingLeft(witness, ['a2'], 10, 'the deregistration of mn2')
  await joinNode(lab, 'mn2', 'a2')
  const mn2 = await followMarks(witness.look.bind(witness), { node: 'mn2', agent: 'a2' })
  await checkRates(witness, mn2, { id: 'fresh', when: 'with the new session', rate: rates.reader })
}
