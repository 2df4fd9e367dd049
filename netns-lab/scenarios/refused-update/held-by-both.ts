import type { Witness } from '../../witness/witness.ts'
import { agents, type Classes } from '../profile/held-by-kernels.ts'
import { describeClass, describeRates } from '../tour/expectation.ts'
import { rates } from './offer.ts'

/** The whole rate of mn1 at each agent, in bits per second, and whether the flow has a class. */
interface Expected {
  ha: number
  a1: number
  flowAt?: readonly (typeof agents)[number][]
}

/** Checks the classes of mn1 at both agents: the whole one still has the id that it had `before`. */
export function checkBoth(
  witness: Witness,
  prefix: string,
  when: string,
  found: Classes,
  { flowAt = [], ...expected }: Expected,
  before: Classes,
): void {
  for (const agent of agents) {
    const { whole, flow } = found[agent]
    const voice = flowAt.includes(agent) ? describeRates(rates.voice, rates.voice) : 'no class'
    witness.check(
      `${prefix}-${agent}`,
      `HTB classes of mn1 at ${agent} ${when}: of all, and of the flow`,
      `${before[agent].whole?.classId} ${describeRates(expected[agent], expected[agent])}; ${voice}`,
      `${whole?.classId} ${describeClass(whole)}; ${describeClass(flow)}`,
    )
  }
}
