import { join } from 'node:path'
import { until } from '../../condition.ts'
import { ScapyNode } from '../../strangers/scapy-node.ts'
import { keyFileOf, mnAaaSpi } from '../../topology/credentials.ts'
import { runInHost } from '../../topology/host-command.ts'
import { foreignAgents, homeAgentAddress, mobileNodes } from '../../topology/hosts.ts'
import type { Lab } from '../scenario.ts'

/** Host and interface of a station that is on the access link of a1 without being a node that we know. */
export const station = { host: 'air', interface: 'a1', address: '10.1.101.200' } as const

/** Code of a registration reply (RFC 5944, section 3.4): mobile node failed authentication, as the foreign agent says it. */
const failedAuthentication = 67

/** A bridge takes another address when a port comes, unless it has one of its own. */
const linkAddress = '02:00:00:00:01:c8'

/** The switch of the access links becomes a station on that of a1. It forwards nothing and answers no echo. */
export async function bringStation(): Promise<void> {
  const quiet = 'echo 0 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all'
  await runInHost(station.host, ['sh', '-c', quiet])
  const lines = [
    `link set ${station.interface} address ${linkAddress}`,
    `address add ${station.address}/24 dev ${station.interface}`,
  ]
  await runInHost(station.host, ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

/** A stranger at the access link of a1 who says that he is mn1; the key he has is that of mn2. */
export function intruder({ roles, projectFolder }: Lab): ScapyNode {
  return new ScapyNode(station.host, join(projectFolder, 'netns-lab/strangers/mobile-node.py'), [
    station.interface,
    mobileNodes.mn1.nai,
    mobileNodes.mn1.homeAddress,
    homeAgentAddress,
    String(mnAaaSpi),
    join(roles.configurationFolder, keyFileOf('mn2')),
  ])
}

export async function hear({ witness }: Lab, node: ScapyNode): Promise<void> {
  await node.ready()
  const { careOfAddress, error } = await node.tell('hear')
  const expected = foreignAgents.a1.careOfAddress
  witness.check('hear', 'Care-of address that the stranger hears', expected, careOfAddress ?? error ?? '')
}

/** An agent denies a sender once a second and no more (RFC 5944, section 3.7.2.3). */
const betweenDenialsMilliseconds = 1100

/** Tries to register as mn1 with the wrong key; resolves when the next try would be answered too. */
export async function tryWrongKey({ witness }: Lab, node: ScapyNode, id: string): Promise<void> {
  const command = 'register 600'
  const outcome = await node.tell(command)
  witness.report.evidence({
    host: station.host,
    command: `mobile-node.py: ${command}`,
    output: JSON.stringify(outcome),
  })
  witness.check(
    id,
    'Reply to a registration as mn1 with a wrong key',
    String(failedAuthentication),
    outcome.error ?? String(outcome.code),
  )
  const next = Date.now() + betweenDenialsMilliseconds
  await until('the agent denies again', { timeoutSeconds: 5 }, () => Date.now() >= next || undefined)
}
