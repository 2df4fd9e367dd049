import { joinNode } from '../preparation.ts'
import type { Lab } from '../scenario.ts'
import { checkRates, followMarks, type Registered } from './kernel-rates.ts'
import { rates } from './profiles.ts'

/** Both nodes register, each at its own foreign agent, with profiles whose conditions are about to be met. */
export async function registrationStep(lab: Lab): Promise<{ mn1: Registered; mn2: Registered }> {
  const { witness } = lab
  witness.report.step('register', 'mn1 registers at a1, mn2 at a2')
  await joinNode(lab, 'mn2', 'a2')
  await joinNode(lab, 'mn1', 'a1')
  const run = witness.look.bind(witness)
  const mn1 = await followMarks(run, { node: 'mn1', agent: 'a1' })
  const mn2 = await followMarks(run, { node: 'mn2', agent: 'a2' })
  const when = 'after its registration'
  await checkRates(witness, mn1, { id: 'mn1', when, rate: rates.commuter })
  await checkRates(witness, mn2, { id: 'mn2', when, rate: rates.reader })
  return { mn1, mn2 }
}
