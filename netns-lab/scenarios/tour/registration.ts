import { foreignAgents, mobileNodes } from '../../topology/hosts.ts'
import { rateOfProfile } from '../../topology/service-control.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { describeMessage, firstHopOutOfOrder, type SignallingMessage } from '../../witness/signalling.ts'
import type { Witness } from '../../witness/witness.ts'
import { joinNode } from '../preparation.ts'
import type { Lab } from '../scenario.ts'
import { accessSignalling, coreSignalling } from './capture-points.ts'
import { checkForeignAgent, checkHomeAgent } from './kernel-checks.ts'
import { checkStandingBefore, landmarks, recordMonitors } from './standing-order.ts'

const { nai, homeAddress } = mobileNodes.mn1
const { careOfAddress } = foreignAgents.a1
const expected = { node: 'mn1', agent: 'a1', rateBitsPerSecond: rateOfProfile.bronze } as const

/** Story step a: advertisement, registration, and all that stands in both kernels before the reply reaches the node. */
export async function registrationStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('a', 'mn1 hears an agent advertisement and registers with profile bronze')
  const captures = await Promise.all([
    witness.capture('a-core', coreSignalling({ tunnelled: true })),
    witness.capture('a-access', accessSignalling('a1')),
  ])
  const monitors = await Promise.all([KernelMonitor.start('ha'), KernelMonitor.start('a1')])
  await joinNode(lab, 'mn1', 'a1')
  const ping = await witness.see('cn', ['ping', '-n', '-c', '3', '-i', '0.2', homeAddress], /packet loss/)
  await witness.stopCaptures(captures)
  witness.check(
    'ping',
    'Answers of mn1 to 3 pings of the correspondent',
    '3',
    / (\d+) received/.exec(ping)?.[1] ?? 'none',
  )

  const events = await recordMonitors(witness, monitors, new RegExp(homeAddress.replaceAll('.', '\\.')))
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
  witness.report.activity('tshark decodes the captures')
  const messages = await witness.signalling(captures, /Mobile|Home-Agent|Reg/)
  checkAccessLink(witness, messages)
  checkDiameter(witness, messages)
  const reply = messages.find(isReply)
  checkStandingBefore(
    witness,
    landmarks(homeAddress, 'a1', rateOfProfile.bronze),
    events,
    reply?.atMilliseconds,
  )
}

function isReply({ name, from, to }: SignallingMessage): boolean {
  return name === 'RRP' && from === 'a1' && to === 'mn1'
}

function checkAccessLink(witness: Witness, messages: readonly SignallingMessage[]): void {
  witness.check(
    'advertisement',
    'Care-of address in the agent advertisement on the access link (ICMP type 9, extension 16)',
    careOfAddress,
    messages.find(({ name, from }) => name === 'advertisement' && from === 'a1')?.careOfAddress ??
      'none heard',
  )
  witness.check(
    'request',
    'NAI in the registration request on the access link (UDP 434)',
    nai,
    messages.find(({ name, to }) => name === 'RRQ' && to === 'a1')?.nai ?? 'no request',
  )
  const reply = messages.find(isReply)
  witness.check('reply', 'Code of the registration reply to mn1', '0', String(reply?.replyCode ?? 'no reply'))
}

function checkDiameter(witness: Witness, messages: readonly SignallingMessage[]): void {
  const hops = ['AMR a1→fsa', 'AMR fsa→hs', 'HAR hs→ha', 'HAA ha→hs', 'AMA hs→fsa', 'AMA fsa→a1']
  const way = hops.join(', ')
  const wrong = firstHopOutOfOrder(messages, hops)
  const seen = wrong === undefined ? way : `missing or out of order: ${wrong}`
  witness.check('diameter', 'The registration on its way through Diameter', way, seen)
  const direct = messages.filter(({ from, to }) => [from, to].includes('hs') && [from, to].includes('a1'))
  witness.check(
    'through-foreign-server',
    'Diameter messages that pass between home server and foreign agent directly',
    'none',
    direct.map(describeMessage).join(', ') || 'none',
  )
  const tunnelled = messages.filter(
    ({ name, from, to }) => name === 'IPIP' && from === 'ha' && to === 'a1',
  ).length
  witness.check(
    'outer-protocol',
    'Packets from ha to a1 with outer IP protocol 4, on the core, for the pings',
    '3 or more',
    String(tunnelled),
    tunnelled >= 3,
  )
}
