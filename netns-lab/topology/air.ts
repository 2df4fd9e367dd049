import { runInHost } from './host-command.ts'
import type { ForeignAgentName, MobileNodeName } from './hosts.ts'

/** Puts a mobile node on the access link of a foreign agent; the node sees its carrier go and come back, as a radio would show it. */
export async function moveNode(node: MobileNodeName, to: ForeignAgentName): Promise<void> {
  const lines = [`link set ${node} down`, `link set ${node} master ${to}`, `link set ${node} up`]
  await runInHost('air', ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
}
