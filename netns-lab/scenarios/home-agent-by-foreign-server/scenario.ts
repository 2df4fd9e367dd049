import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { tryInHost } from '../../topology/host-command.ts'
import { homeAgents } from '../../topology/hosts.ts'
import { baseProfile, rateOfProfile } from '../../topology/service-control.ts'
import { describeMessage, firstHopOutOfOrder } from '../../witness/signalling.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { accessSignalling, coreSignalling } from '../tour/capture-points.ts'
import { checkForeignAgent, checkHomeAgent } from '../tour/kernel-checks.ts'
import { checkNothingLeft } from '../tour/release.ts'

/** The first that the home agent of domain A gives away. */
const visitorsAddress = '198.51.100.16'
const rateBitsPerSecond = rateOfProfile[baseProfile.mn1]
const expected = { node: 'mn1', homeAgent: 'haa', homeAddress: visitorsAddress, rateBitsPerSecond } as const

/** The home realm allows the home agents of domain A; the foreign server allocates one, and it an address (rows C9 and C10). */
export const homeAgentByForeignServer: Scenario = {
  title: 'The foreign server allocates the home agent, in the network that the node visits',
  variation: {
    extraHosts: ['haa'],
    configurations: { mn1: { homeAgent: '0.0.0.0', homeAddress: '0.0.0.0' } },
    subscribers: { mn1: { homeAddress: undefined } },
  },
  async run(lab) {
    await prepare(lab)
    await allocationStep(lab)
    await moveStep(lab)
    await releaseStep(lab)
  },
}

async function allocationStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('allocation', 'mn1 asks for any home agent and any home address, in domain A')
  const captures = await Promise.all([
    witness.capture('allocation-core', coreSignalling({ tunnelled: false })),
    witness.capture('allocation-access', accessSignalling('a1')),
  ])
  await joinNode(lab, 'mn1', 'a1', visitorsAddress)
  await witness.stopCaptures(captures)
  const messages = await witness.signalling(captures, /Mobile|Home-Agent|Reg/)
  const hops = [
    'AMR a1→fsa',
    'AMR fsa→hs',
    'HAR hs→fsa',
    'HAR fsa→haa',
    'HAA haa→fsa',
    'HAA fsa→hs',
    'AMA fsa→a1',
  ]
  const wrong = firstHopOutOfOrder(messages, hops)
  witness.check(
    'diameter',
    'The registration on its way through Diameter: the home server leaves the choice to the foreign server',
    hops.join(', '),
    wrong === undefined ? hops.join(', ') : `missing or out of order: ${wrong}`,
  )
  const direct = messages.filter(({ from, to }) => [from, to].includes('hs') && [from, to].includes('haa'))
  witness.check(
    'through-foreign-server',
    'Diameter messages that pass between home server and home agent directly',
    'none',
    direct.map(describeMessage).join(', ') || 'none',
  )
  const reply = messages.findLast(({ name, from }) => name === 'RRP' && from === 'a1')
  witness.check(
    'learns',
    'Home agent and home address in the registration reply to mn1 (UDP 434)',
    `${homeAgents.haa.address}, ${visitorsAddress}`,
    reply ? `${reply.homeAgent}, ${reply.homeAddress}` : 'no reply',
  )
  await checkHomeAgent(witness, { ...expected, agent: 'a1' })
  await checkForeignAgent(witness, { ...expected, agent: 'a1' })
}

async function moveStep({ roles, witness }: Lab): Promise<void> {
  witness.report.step('move', 'mn1 moves to a2, and keeps its home agent and its address')
  await moveNode('mn1', 'a2')
  await until(
    'mn1 can be reached at a2',
    { timeoutSeconds: 15, intervalMilliseconds: 50 },
    async () => {
      const ping = await tryInHost('cn', ['ping', '-n', '-c', '1', '-W', '1', visitorsAddress])
      return ping.exitCode === 0 || undefined
    },
    () => roles.daemon('mn1').logTail(),
  )
  await checkHomeAgent(witness, { ...expected, agent: 'a2' })
  await checkForeignAgent(witness, { ...expected, agent: 'a2' })
  await checkNothingLeft(witness, ['a1'], 10, 'mn1 has moved on')
}

async function releaseStep({ roles, witness }: Lab): Promise<void> {
  witness.report.step('release', 'mn1 deregisters')
  await roles.daemon('mn1').stop()
  await checkNothingLeft(witness, ['haa', 'a1', 'a2'], 10, 'the deregistration')
}
