import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { tryInHost } from '../../topology/host-command.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { countersOf } from '../../witness/network-counters.ts'
import type { Lab } from '../scenario.ts'
import { checkForeignAgent, checkHomeAgent } from '../tour/kernel-checks.ts'
import { checkNothingLeft } from '../tour/release.ts'

const { homeAddress } = mobileNodes.mn1
const longestSeconds = 15
/** Who is killed while mn1 moves on; the last is the agent to which it moves. */
const victims = ['hs', 'fsa', 'ha', 'mn1', 'new agent'] as const

/** In the middle of each of five moves another daemon is killed: each ends as a slow move. */
export async function movesStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('moves', 'mn1 moves to and fro, and each time another daemon is killed in the middle')
  let [here, there]: ('a1' | 'a2')[] = ['a1', 'a2']
  for (const victim of victims) {
    const host = victim === 'new agent' ? there : victim
    if (!host || !here || !there) continue
    witness.report.activity(`mn1 moves to ${there}, and the daemon in ${host} is killed`)
    await moveNode('mn1', there)
    await roles.kill(host)
    const begin = Date.now()
    await roles.startAgain(host)
    const isServed = await servedWithin(lab, longestSeconds)
    const seconds = (Date.now() - begin) / 1000
    witness.check(
      `served-${host}`,
      `Until mn1 was reached at ${there} after the kill of the daemon in ${host}, its start included`,
      `at most ${longestSeconds} s`,
      isServed ? `${seconds.toFixed(1)} s` : 'never',
      isServed,
    )
    ;[here, there] = [there, here]
  }
  if (there) await checkNothingLeft(witness, [there], 20, 'all these moves')
  const expected = { node: 'mn1', agent: here ?? 'a1', rateBitsPerSecond: rateOfProfile.silver } as const
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
}

async function servedWithin({ roles }: Lab, timeoutSeconds: number): Promise<boolean> {
  const ping = ['ping', '-n', '-c', '1', '-W', '1', homeAddress]
  return until(
    'mn1 answers',
    { timeoutSeconds, intervalMilliseconds: 50 },
    async () =>
      (countersOf(roles.daemon('mn1').processId).defaultRoute() &&
        (await tryInHost('cn', ping)).exitCode === 0) ||
      undefined,
  ).catch(() => false)
}
