import { until } from '../../condition.ts'
import { moveNode } from '../../topology/air.ts'
import { runInHost } from '../../topology/host-command.ts'
import {
  foreignAgents,
  homeAgentAddress,
  homeNetwork,
  type MobileNodeName,
  mobileNodes,
} from '../../topology/hosts.ts'
import { type CapturePoint, decodeCaptures } from '../../witness/capture.ts'
import { countersOf } from '../../witness/network-counters.ts'
import { describeMessage } from '../../witness/signalling.ts'
import type { Witness } from '../../witness/witness.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { accessSignalling } from '../tour/capture-points.ts'
import { checkNothingLeft } from '../tour/release.ts'

const pings = 3
const { careOfAddress } = foreignAgents.a1

const throughCore: CapturePoint = {
  host: 'core',
  interface: 'any',
  filter: 'ip proto 4 or ip proto 47 or icmp',
  snapLength: 160,
}

/** RFC 3024: what nodes send goes back through their home agent, so that no router on the way sees a foreign source address. */
export const reverseTunnel: Scenario = {
  title: 'Reverse tunnels in ipip and in keyed GRE, where the network drops foreign source addresses',
  variation: {
    configurations: {
      a1: { reverseTunnelling: 'offered', gre: 'keyed' },
      mn1: { reverseTunnel: 'direct' },
      mn2: { reverseTunnel: 'direct', encapsulation: 'gre', lifetimeSeconds: 1800 },
    },
  },
  async run(lab) {
    await prepare(lab)
    await filterSources()
    await tunnelStep(lab, 'mn1', 'ipip')
    await tunnelStep(lab, 'mn2', 'gre')
    await withoutStep(lab)
    await releaseStep(lab)
  },
}

/** The core takes from a1 only addresses that belong there (RFC 2827). */
async function filterSources(): Promise<void> {
  const tc = (...words: string[]) => runInHost('core', ['tc', ...words])
  await tc('qdisc', 'add', 'dev', 'a1', 'clsact')
  const match = ['protocol', 'ip', 'flower', 'src_ip', homeNetwork]
  await tc('filter', 'add', 'dev', 'a1', 'ingress', ...match, 'action', 'drop')
}

async function tunnelStep(lab: Lab, node: MobileNodeName, encapsulation: 'ipip' | 'gre'): Promise<void> {
  const { witness } = lab
  const { homeAddress } = mobileNodes[node]
  witness.report.step(node, `${node} registers at a1 with a reverse tunnel in ${encapsulation}`)
  await joinNode(lab, node, 'a1')
  const capture = await witness.capture(`${node}-core`, throughCore)
  const ping = ['ping', '-n', '-c', String(pings), '-i', '0.2', homeAddress]
  const answers = await witness.see('cn', ping, /packet loss/)
  await witness.stopCaptures([capture])
  witness.check(
    `${node}-ping`,
    `Answers of ${node} to ${pings} pings of the correspondent`,
    String(pings),
    / (\d+) received/.exec(answers)?.[1] ?? 'none',
  )
  for (const host of ['ha', 'a1'] as const)
    await witness.see(host, ['ip', '-d', 'link', 'show', 'type', encapsulation], / remote [1-9]/)
  await checkWays(witness, capture.file, node, encapsulation)
  const dropped = await witness.see('core', ['tc', '-s', 'filter', 'show', 'dev', 'a1', 'ingress'], /dropped/)
  witness.check(
    `${node}-dropped`,
    `Packets from a1 with a source of ${homeNetwork} that the core has dropped`,
    '0',
    /dropped (\d+)/.exec(dropped)?.[1] ?? 'no counter',
  )
}

/** Both ways of a ping on the core: the outer addresses, and with GRE the key. */
async function checkWays(
  witness: Witness,
  file: string,
  node: MobileNodeName,
  encapsulation: 'ipip' | 'gre',
): Promise<void> {
  const { homeAddress } = mobileNodes[node]
  const shown = `icmp.type in {0, 8} and ip.addr == ${homeAddress}`
  const fields = ['icmp.type', 'ip.src', 'ip.dst', 'ip.proto', 'gre.key']
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [file], shown, fields)
  witness.report.evidence({ host: 'core', command: finished.command, output: finished.output })
  const protocol = encapsulation === 'ipip' ? '4' : '47'
  const ways = new Map<string, number>()
  const keys = new Set<string>()
  for (const [type, sources = [], destinations = [], protocols, key] of rows) {
    const outer = sources.length > 1 ? `in ${protocols?.[0]} ${sources[0]} → ${destinations[0]}` : 'plain'
    const way = `${type?.[0] === '8' ? 'request' : 'answer'} ${outer}`
    ways.set(way, (ways.get(way) ?? 0) + 1)
    keys.add(key?.[0] ?? 'none')
  }
  const expected = [
    `${pings} × request in ${protocol} ${homeAgentAddress} → ${careOfAddress}`,
    `${pings} × answer in ${protocol} ${careOfAddress} → ${homeAgentAddress}`,
  ]
  const seen = [...ways].map(([way, count]) => `${count} × ${way}`)
  witness.check(
    `${node}-ways`,
    `Pings and answers of ${node} on the core, by outer protocol and addresses`,
    expected.join('; '),
    seen.sort().reverse().join('; ') || 'none',
  )
  const [first = 'none'] = keys
  if (encapsulation === 'gre')
    witness.check(
      `${node}-key`,
      'GRE keys of both directions (RFC 6245)',
      'one, the same',
      [...keys].join(', '),
      keys.size === 1 && first !== 'none' && Number(first) !== 0,
    )
}

/** An agent that offers no reverse tunnel is passed over by a node that wants one; the binding stays where it is. */
async function withoutStep({ witness, roles }: Lab): Promise<void> {
  witness.report.step('without', 'mn1 comes to a2, which offers no reverse tunnel, and goes back to a1')
  const { homeAddress } = mobileNodes.mn1
  const capture = await witness.capture('without-access', accessSignalling('a2'))
  const counters = countersOf(roles.daemon('mn1').processId)
  const before = counters.received('radio0').packets
  await moveNode('mn1', 'a2')
  await until(
    'mn1 has heard a2 three times',
    { timeoutSeconds: 15 },
    () => counters.received('radio0').packets >= before + 3 || undefined,
    () => roles.daemon('mn1').logTail(),
  )
  await moveNode('mn1', 'a1')
  await witness.stopCaptures([capture])
  const messages = await witness.signalling([capture], /Reg|Adv/)
  witness.check(
    'passed-over',
    'Registration requests to a2',
    'none',
    messages
      .filter(({ name }) => name === 'RRQ')
      .map(describeMessage)
      .join(', ') || 'none',
  )
  witness.check(
    'heard',
    'Agent advertisements of a2 meanwhile',
    '1 or more',
    String(messages.filter(({ name, from }) => name === 'advertisement' && from === 'a2').length),
    messages.some(({ name, from }) => name === 'advertisement' && from === 'a2'),
  )
  const ping = ['ping', '-n', '-c', '3', '-i', '0.2', homeAddress]
  const back = await witness.see('cn', ping, /packet loss/)
  witness.check('back', 'Answers of mn1 at a1 again', '3', / (\d+) received/.exec(back)?.[1] ?? 'none')
}

async function releaseStep({ witness, roles }: Lab): Promise<void> {
  witness.report.step('release', 'Both nodes deregister')
  await Promise.all([roles.daemon('mn1').stop(), roles.daemon('mn2').stop()])
  await checkNothingLeft(witness, ['ha', 'a1'], 10, 'the deregistrations')
  for (const host of ['ha', 'a1'] as const) {
    const links = await witness.see(host, ['ip', '-o', 'link', 'show', 'type', 'gre'])
    witness.check(
      `no-gre-${host}`,
      `GRE tunnels of ours at ${host}`,
      'none',
      links
        .split('\n')
        .filter((line) => line.includes(': sj-'))
        .join('\n') || 'none',
    )
  }
}
