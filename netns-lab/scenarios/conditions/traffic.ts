import { until } from '../../condition.ts'
import type { MobileNodeName } from '../../topology/hosts.ts'
import { countersOf } from '../../witness/network-counters.ts'
import type { Lab } from '../scenario.ts'

/** Waits until a node has received what takes so many seconds at that rate: traffic is the clock of the story. */
export async function letFlow(
  { roles }: Lab,
  node: MobileNodeName,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<void> {
  const counters = countersOf(roles.daemon(node).processId)
  const bytes = (): number => counters.received('radio0').bytes
  const enough = bytes() + (rate / 8) * seconds
  await until(
    `${node} has received ${enough} bytes`,
    { timeoutSeconds: 20 },
    () => bytes() >= enough || undefined,
    () => `${bytes()} bytes`,
  )
}
