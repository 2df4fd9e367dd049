import { join } from 'node:path'
import { ScapyNode } from '../../strangers/scapy-node.ts'
import { moveNode } from '../../topology/air.ts'
import { keyFileOf, mnAaaSpi } from '../../topology/credentials.ts'
import { type ForeignAgentName, foreignAgents, homeAgentAddress, mobileNodes } from '../../topology/hosts.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { accessSignalling, coreSignalling } from '../tour/capture-points.ts'
import { checkForeignAgent, checkHomeAgent } from '../tour/kernel-checks.ts'
import { checkNothingLeft } from '../tour/release.ts'

const { nai, homeAddress } = mobileNodes.mn2
const lifetimeSeconds = 600

/** What the stranger is told, and the code that the RFC has for it. */
interface Turn {
  command: string
  code: number
  why: string
}

const turns = {
  refused: [
    { command: `register wrong-key ${lifetimeSeconds}`, code: 67, why: 'a wrong MN-AAA authenticator' },
    { command: `register stale ${lifetimeSeconds}`, code: 133, why: 'an identification that is an hour old' },
  ],
  register: [{ command: `register ${lifetimeSeconds}`, code: 0, why: 'a right one' }],
  refresh: [
    { command: `refresh ${lifetimeSeconds}`, code: 0, why: 'the key that it derived (RFC 3957)' },
    { command: `refresh wrong-key ${lifetimeSeconds}`, code: 131, why: 'a wrong mobile-home authenticator' },
    { command: `refresh stale ${lifetimeSeconds}`, code: 133, why: 'an identification that is an hour old' },
  ],
  leave: [{ command: 'refresh 0', code: 0, why: 'lifetime 0' }],
} as const satisfies Record<string, readonly Turn[]>

/** A mobile node that is not ours uses our agents. */
export const strangerNode: Scenario = {
  title: 'A mobile node made with scapy registers, refreshes, moves and deregisters',
  needs: ['scapy'],
  async run(lab) {
    const { witness, roles, projectFolder } = lab
    await prepare(lab)
    const captures = await Promise.all([
      witness.capture('core', coreSignalling({ tunnelled: false })),
      witness.capture('access-a1', accessSignalling('a1')),
      witness.capture('access-a2', accessSignalling('a2')),
    ])
    const node = new ScapyNode('mn2', join(projectFolder, 'netns-lab/strangers/mobile-node.py'), [
      'radio0',
      nai,
      homeAddress,
      homeAgentAddress,
      String(mnAaaSpi),
      join(roles.configurationFolder, keyFileOf('mn2')),
    ])
    try {
      await node.ready()
      const codes = await tell(lab, node)
      witness.report.step('codes', 'The stranger and tshark have seen the same codes')
      await witness.stopCaptures(captures)
      witness.report.evidence({ host: 'mn2', command: 'mobile-node.py', output: node.transcript }, /code/)
      const messages = await witness.signalling(captures, /Reg/)
      const replies = messages.filter(({ name, to }) => name === 'RRP' && to === 'mn2')
      const captured = replies.map(({ replyCode }) => String(replyCode)).join(', ')
      witness.check(
        'same-codes',
        'Codes of the replies in the capture: those that the stranger printed',
        codes.join(', '),
        captured,
      )
    } finally {
      node.stop()
    }
  },
}

/** The story of the stranger; returns the codes that it printed. */
async function tell(lab: Lab, node: ScapyNode): Promise<number[]> {
  const { witness } = lab
  const codes: number[] = []
  const take = async (own: readonly Turn[]): Promise<void> => {
    for (const [index, { command, code, why }] of own.entries()) {
      const outcome = await node.tell(command)
      codes.push(outcome.code ?? Number.NaN)
      // A foreign agent shares no key with the node; what the home agent says has to be authentic.
      const seen = outcome.error ?? `${outcome.code}${outcome.authenticated ? ', authentic' : ''}`
      const expected = code === 67 ? '67' : `${code}, authentic`
      witness.check(
        `${index}-${command.replaceAll(' ', '-')}`,
        `Reply to \`${command}\`: ${why}`,
        expected,
        seen,
      )
    }
  }
  const rateBitsPerSecond = rateOfProfile.silver

  witness.report.step('refused', 'The stranger hears a1; what it cannot prove is refused')
  await arrive(lab, node, 'a1')
  await take(turns.refused)

  witness.report.step('register', 'It registers and can be reached')
  await take(turns.register)
  await checkReachable(lab)
  await checkHomeAgent(witness, { node: 'mn2', agent: 'a1', rateBitsPerSecond })
  await checkForeignAgent(witness, { node: 'mn2', agent: 'a1', rateBitsPerSecond })

  witness.report.step('refresh', 'It refreshes with the key that it has got')
  await take(turns.refresh)

  witness.report.step('move', 'It moves to a2')
  await arrive(lab, node, 'a2')
  await take(turns.register)
  await checkReachable(lab)
  await checkForeignAgent(witness, { node: 'mn2', agent: 'a2', rateBitsPerSecond })
  await checkNothingLeft(witness, ['a1'], 10, 'the stranger has moved on')

  witness.report.step('leave', 'It deregisters and nothing of it is left')
  await take(turns.leave)
  await checkNothingLeft(witness, ['ha', 'a2'], 10, 'the deregistration of the stranger')
  return codes
}

async function arrive({ witness }: Lab, node: ScapyNode, agent: ForeignAgentName): Promise<void> {
  await moveNode('mn2', agent)
  const { careOfAddress, error } = await node.tell('hear')
  witness.check(
    `hear-${agent}`,
    'Care-of address that the stranger hears',
    foreignAgents[agent].careOfAddress,
    careOfAddress ?? error ?? '',
  )
}

async function checkReachable({ witness }: Lab): Promise<void> {
  const ping = await witness.see('cn', ['ping', '-n', '-c', '3', '-i', '0.2', homeAddress], /packet loss/)
  witness.check(
    'ping',
    'Answers of the stranger to 3 pings of the correspondent',
    '3',
    / (\d+) received/.exec(ping)?.[1] ?? 'none',
  )
}
