import type { Ipv4Address } from '#core/ipv4.ts'
import { until } from '../condition.ts'
import { moveNode } from '../topology/air.ts'
import { tryInHost } from '../topology/host-command.ts'
import { type ForeignAgentName, type MobileNodeName, mobileNodes } from '../topology/hosts.ts'
import { buildNetwork } from '../topology/network.ts'
import { countersOf } from '../witness/network-counters.ts'
import { leftovers, shapingPoint } from '../witness/subscriber-state.ts'
import type { Lab } from './scenario.ts'

/** Step of every scenario: the network stands, servers and agents run, no node has registered. */
export async function prepare({ roles, witness }: Lab): Promise<void> {
  witness.report.step('topology', 'The network stands and servers and agents are ready')
  witness.report.activity('namespaces, links, addresses, routes')
  await buildNetwork(roles.hosts)
  witness.report.activity('servers and agents start')
  await roles.startServersAndAgents()
  const expected = roles.serverHosts.length
  witness.check(
    'ready',
    'Servers and agents that run and are connected to their Diameter peers',
    `${expected} of ${expected}`,
    `${roles.daemons.filter(({ running }) => running).length} of ${expected}`,
  )
  const standing: string[] = []
  for (const point of Object.values(shapingPoint).filter(({ host }) => roles.hosts.includes(host)))
    standing.push(...(await leftovers(witness.look.bind(witness), point)))
  witness.check(
    'empty',
    'Tunnels, routes, classes and filters of subscribers before the first registration',
    'none',
    standing.join('\n') || 'none',
  )
}

/** Puts a node on an access link, starts its role and waits until the correspondent can reach it at `homeAddress`. */
export async function joinNode(
  { roles, witness }: Lab,
  node: MobileNodeName,
  agent: ForeignAgentName,
  homeAddress: Ipv4Address = mobileNodes[node].homeAddress,
): Promise<void> {
  witness.report.activity(`${node} comes to ${agent}`)
  await moveNode(node, agent)
  await roles.startMobileNode(node)
  const daemon = roles.daemon(node)
  const counters = countersOf(daemon.processId)
  await until(
    `${node} has a default route through ${agent}`,
    { timeoutSeconds: 20 },
    () => counters.defaultRoute() || undefined,
    () => daemon.logTail(),
  )
  let answer = ''
  await until(
    `${node} answers to a ping of the correspondent`,
    { timeoutSeconds: 15, intervalMilliseconds: 50 },
    async () => {
      const ping = await tryInHost('cn', ['ping', '-n', '-c', '1', '-W', '1', homeAddress])
      answer = ping.output
      return ping.exitCode === 0 ? true : undefined
    },
    () => `${answer}\n${daemon.logTail()}`,
  )
}
