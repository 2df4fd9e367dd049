/** What `sojourn subscriber` prints for people. */

import type {
  NodeState,
  ProfileChange,
  SubscriberDetail,
  SubscriberSummary,
} from '#controller/operator-api/resources.ts'
import { formatRate } from '#core/units.ts'
import { formatTable } from './table.ts'

export function formatList(subscribers: readonly SubscriberSummary[]): string {
  const rows = subscribers.map(({ nai, homeAddress, profile, revision, decidedBy, foreignAgent }) => [
    nai,
    homeAddress,
    profile,
    String(revision),
    decidedBy,
    foreignAgent ?? '-',
  ])
  return formatTable([['NAI', 'HOME ADDRESS', 'PROFILE', 'REVISION', 'DECIDED BY', 'VISITS'], ...rows])
}

export function formatDetail({ nai, homeAddress, profile, state, nodes, session }: SubscriberDetail): string {
  const { name, downlink, decidedBy, revision } = profile
  const lines = [
    `${nai}, home address ${homeAddress}`,
    `  profile   ${name}, revision ${revision}: ${state}`,
    `  downlink  rate ${formatRate(downlink.rateBitsPerSecond)}, ceil ${formatRate(downlink.ceilBitsPerSecond)}, priority ${downlink.priority}`,
    `  decided   by ${decidedBy.layer}: ${decidedBy.reason} (${decidedBy.author}, ${decidedBy.since})`,
  ]
  if (session === null) return [...lines, '  session   none'].join('\n')
  const { homeAgent, foreignAgent, startedAt, usage } = session
  const visit = foreignAgent ? `${foreignAgent.identity} (${foreignAgent.careOfAddress})` : 'no foreign agent'
  return [
    ...lines,
    `  session   since ${startedAt}, home agent ${homeAgent.identity}, at ${visit}`,
    `  usage     ${usage.downlinkBytes} bytes in ${usage.downlinkPackets} packets of downlink`,
    ...formatNodes(nodes),
  ].join('\n')
}

/** The effective profile can be another than the one set: then a higher layer decides. */
export function formatChange(
  asked: string,
  { nai, profile, decidedBy, revision, state, nodes }: ProfileChange,
): string {
  const masked = profile === asked ? '' : ` (${asked} is stored, but the ${decidedBy} layer decides)`
  return [`${nai}: ${profile}, revision ${revision}: ${state}${masked}`, ...formatNodes(nodes)].join('\n')
}

/** Which agent holds what. */
export function formatNodes(nodes: Record<string, NodeState>): string[] {
  return Object.entries(nodes).map(([identity, { revision, milliseconds, failure }]) => {
    const held = revision === null ? 'not confirmed yet' : `holds revision ${revision}`
    const time = milliseconds === null ? '' : ` after ${milliseconds} ms`
    return `  ${identity} ${held}${time}${failure === null ? '' : `; last failure: ${failure}`}`
  })
}
