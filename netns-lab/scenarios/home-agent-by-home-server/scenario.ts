import { until } from '../../condition.ts'
import { type HomeAgentName, homeAgents, type MobileNodeName, mobileNodes } from '../../topology/hosts.ts'
import { baseProfile, rateOfProfile } from '../../topology/service-control.ts'
import type { SignallingMessage } from '../../witness/signalling.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { accessSignalling } from '../tour/capture-points.ts'
import { checkForeignAgent, checkHomeAgent } from '../tour/kernel-checks.ts'
import { checkNothingLeft } from '../tour/release.ts'

/** RFC 4433: any home agent; one in the home domain. */
const anyHomeAgent = '0.0.0.0'
const anyInHomeDomain = '255.255.255.255'

/** Two home agents on the home link; the home server gives each node one of them, by load and by who is there (row C6). */
export const homeAgentByHomeServer: Scenario = {
  title: 'The home server allocates the home agent: by load, by health, and for the life of the session',
  variation: {
    extraHosts: ['hr', 'ha2'],
    configurations: {
      mn1: { homeAgent: anyHomeAgent, homeAddress: anyHomeAgent },
      mn2: { homeAgent: anyInHomeDomain, lifetimeSeconds: 1800 },
    },
  },
  async run(lab) {
    await prepare(lab)
    await loadStep(lab)
    await restartStep(lab)
    await healthStep(lab)
    await releaseStep(lab)
  },
}

/** The node that comes second finds the home agent that has no session yet. */
async function loadStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step(
    'load',
    'mn1 and mn2 ask for any home agent: each gets the one with the fewest sessions',
  )
  await arrive(lab, 'load', 'mn1', 'ha')
  await arrive(lab, 'load', 'mn2', 'ha2')
}

/** The allocation is part of the session, in the database: a home server that was killed goes on with it. */
async function restartStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step(
    'restart',
    'The home server is killed and started again; mn2 asks anew and keeps its home agent',
  )
  await roles.kill('hs')
  await roles.startAgain('hs')
  await roles.kill('mn2')
  await arrive(lab, 'restart', 'mn2', 'ha2')
}

/** Fewer sessions do not count when the home agent is not there. */
async function healthStep(lab: Lab): Promise<void> {
  const { witness, roles } = lab
  witness.report.step(
    'health',
    'mn2 leaves, its home agent dies, and mn2 comes back: the other one serves it',
  )
  await roles.daemon('mn2').stop()
  await checkNothingLeft(witness, ['ha2'], 5, 'the deregistration of mn2')
  await roles.kill('ha2')
  await arrive(lab, 'health', 'mn2', 'ha')
}

async function releaseStep({ roles, witness }: Lab): Promise<void> {
  witness.report.step('release', 'Both nodes deregister')
  await Promise.all([roles.daemon('mn1').stop(), roles.daemon('mn2').stop()])
  await checkNothingLeft(witness, ['ha', 'a1'], 10, 'the deregistrations')
}

/** A node comes to a1 without naming a home agent; capture and kernels say which one it got. */
async function arrive(lab: Lab, step: string, node: MobileNodeName, homeAgent: HomeAgentName): Promise<void> {
  const { witness } = lab
  const capture = await witness.capture(`${step}-${node}`, accessSignalling('a1'))
  await joinNode(lab, node, 'a1')
  // One that was killed has its routes still, and can be reached before it has registered again.
  const daemon = lab.roles.daemon(node)
  await until(
    `${node} has registered`,
    { timeoutSeconds: 15 },
    () => daemon.log().includes('"msg":"registered"') || undefined,
    () => daemon.logTail(),
  )
  await witness.stopCaptures([capture])
  const messages = await witness.signalling([capture], /Reg/)
  const { nai, homeAddress } = mobileNodes[node]
  const reply = messages.findLast(
    (message) => message.name === 'RRP' && message.replyCode === 0 && message.nai === nai,
  )
  witness.check(
    `${node}-learns`,
    `Home agent and home address in the registration reply to ${node} (UDP 434)`,
    `${homeAgents[homeAgent].address}, ${homeAddress}`,
    describeReply(reply),
  )
  const expected = {
    node,
    homeAgent,
    agent: 'a1',
    prefix: `${node}-`,
    rateBitsPerSecond: rateOfProfile[baseProfile[node]],
  } as const
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
}

function describeReply(reply: SignallingMessage | undefined): string {
  return reply ? `${reply.homeAgent}, ${reply.homeAddress}` : 'no reply'
}
