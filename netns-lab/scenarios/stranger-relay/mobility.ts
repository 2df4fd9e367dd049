import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { tryInHost } from '../../topology/host-command.ts'
import { type ForeignAgentName, mobileNodes } from '../../topology/hosts.ts'
import { type ProfileName, rateOfProfile } from '../../topology/service-control.ts'
import { classOf, shapingPoint } from '../../witness/subscriber-state.ts'
import { setProfile } from '../operator.ts'
import { joinNode } from '../preparation.ts'
import type { Lab } from '../scenario.ts'
import { checkNothingLeft } from '../tour/release.ts'

const { nai, homeAddress } = mobileNodes.mn1

/** mn1 registers, gets another profile, moves and leaves, all of it through the relay. */
export async function mobilityStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step('registration', 'mn1 registers through the relay')
  await joinNode(lab, 'mn1', 'a1')
  await checkRates(lab, 'a1', 'bronze')

  witness.report.step('change', 'The operator gives mn1 gold, pushed through the relay')
  const exitCode = await setProfile(lab, nai, 'gold')
  witness.check('operator', "Exit code of the operator's command", '0', String(exitCode))
  await checkRates(lab, 'a1', 'gold')

  witness.report.step('move', 'mn1 moves to a2')
  await moveNode('mn1', 'a2')
  await until(
    'mn1 can be reached at a2',
    { timeoutSeconds: 15, intervalMilliseconds: 50 },
    async () => {
      const ping = await tryInHost('cn', ['ping', '-n', '-c', '1', '-W', '1', homeAddress])
      return ping.exitCode === 0 || undefined
    },
    () => roles.daemon('mn1').logTail(),
  )
  await checkRates(lab, 'a2', 'gold')

  witness.report.step('release', 'mn1 deregisters, and nothing of it is left anywhere')
  await roles.daemon('mn1').stop('SIGTERM')
  await checkNothingLeft(witness, ['ha', 'a1', 'a2'], 10, 'the deregistration of mn1')
}

async function checkRates({ witness }: Lab, agent: ForeignAgentName, profile: ProfileName): Promise<void> {
  for (const host of ['ha', agent] as const) {
    const found = await classOf(witness.look.bind(witness), shapingPoint[host], homeAddress)
    const what = `Rate of the class of mn1 at ${host}, in bit/s`
    witness.check(`rate-${host}`, what, String(rateOfProfile[profile]), String(found?.rateBitsPerSecond))
  }
}
