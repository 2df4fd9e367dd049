import { runInHost } from './host-command.ts'
import type { AccessLinkName, ForeignAgentName, MobileNodeName } from './hosts.ts'

/** Puts a mobile node on another link; the node sees its carrier go and come back, as a radio would show it. */
export async function moveNode(node: MobileNodeName, to: AccessLinkName): Promise<void> {
  const lines = [`link set ${node} down`, `link set ${node} master ${to}`, `link set ${node} up`]
  await runInHost('air', ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

/** The end of the cable that joins the access links of overlapping cells. */
const overlap = ['overlap', 'overlap-far'] as const

/** Lets two access links overlap: who is on one hears the agents of both, as at the border of two radio cells. */
export async function overlapCells(one: AccessLinkName, other: AccessLinkName): Promise<void> {
  const [near, far] = overlap
  const lines = [
    `link add ${near} type veth peer name ${far}`,
    `link set ${near} master ${one} up`,
    `link set ${far} master ${other} up`,
  ]
  await runInHost('air', ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

/** The end of an overlap: the node's cable goes to the other cell, which takes a packet or some, and the cells are apart again. */
export async function leaveOverlap(node: MobileNodeName, to: AccessLinkName): Promise<void> {
  const lines = [`link set ${node} master ${to}`, `link delete ${overlap[0]}`]
  await runInHost('air', ['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

/**
 * In an overlap: the node goes on so far that it hears nothing of an agent any more, or with undefined hears all again. Unlike a change
 * of the bridge this takes no frame of the others away.
 */
export async function stopHearing(node: MobileNodeName, agent: ForeignAgentName | undefined): Promise<void> {
  const lines = [`qdisc replace dev ${node} clsact`, `filter delete dev ${node} egress`]
  if (agent !== undefined) {
    const { output } = await runInHost(agent, ['ip', '-o', 'link', 'show', 'dev', 'access'])
    const [, linkAddress] = /link\/ether (\S+)/.exec(output) ?? []
    lines.push(`filter add dev ${node} egress protocol all flower src_mac ${linkAddress} action drop`)
  }
  await runInHost('air', ['tc', '-batch', '-'], { input: `${lines.join('\n')}\n` })
}
