import { until } from '../condition.ts'
import { type ForeignAgentName, foreignAgents, type MobileNodeName } from '../topology/hosts.ts'
import { countersOf } from '../witness/network-counters.ts'
import type { Lab } from './scenario.ts'

/** Waits until the node's default route leads through an agent: its registration there was accepted. @throws lab/timeout */
export async function servedAt(
  { roles }: Lab,
  node: MobileNodeName,
  agent: ForeignAgentName,
  timeoutSeconds = 30,
): Promise<void> {
  const counters = countersOf(roles.daemon(node).processId)
  await until(
    `${node} has its default route through ${agent}`,
    { timeoutSeconds },
    () => counters.defaultRouter() === foreignAgents[agent].access || undefined,
    () => `${counters.defaultRouter()}\n${roles.daemon(node).logTail()}`,
  )
}
