import type { CommandModule } from 'yargs'
import type { Explanation } from '#controller/operator-api/change-resources.ts'
import type { SubscriberDetail } from '#controller/operator-api/resources.ts'
import { clientOf, naiOption, type OperatorArguments, operatorOptions, print } from './operator-options.ts'
import { formatNodes } from './subscriber-report.ts'
import { formatTable } from './table.ts'

type ExplainArguments = OperatorArguments & { nai: string; at: string | undefined }

/** `sojourn explain`: the whole chain for one subscriber, from who decides a field to what the agents hold. */
export const explainCommand: CommandModule<object, ExplainArguments> = {
  command: 'explain <nai>',
  describe:
    'Why a subscriber has what he has: layers per field, revision per agent, tunnel, mark and classes, counters, events',
  builder: (yargs) =>
    operatorOptions(yargs).positional('nai', naiOption).option('at', {
      type: 'string',
      requiresArg: true,
      describe: 'the fields as they were at this time, such as 2026-01-31T18:00:00Z',
    }),
  async handler({ nai, at, ...options }) {
    const client = clientOf(options)
    const [explanation, subscriber] = [await client.explain(nai, at), await client.subscriber(nai)]
    print(options, { ...explanation, subscriber }, formatExplanation(explanation, subscriber))
  },
}

export function formatExplanation(explanation: Explanation, subscriber: SubscriberDetail): string {
  const { nai, revision, since, fields, edits, events, audit } = explanation
  const { homeAddress, state, nodes, session, profile } = subscriber
  const inForce = profile.revision === revision ? `: ${state}` : ', which was replaced since'
  const failures = Object.entries(nodes).flatMap(([node, { failure }]) =>
    failure === null ? [] : [`${node}: ${failure}`],
  )
  return [
    `${nai}, home address ${homeAddress}, revision ${revision} since ${since}${inForce}`,
    '',
    formatFields(fields),
    ...section('layers', explanation.layers.map(formatLayer)),
    ...section(
      'agents',
      formatSession(session),
      formatNodes(nodes).map((line) => line.trim()),
    ),
    ...section('kernels', explanation.datapath.flatMap(formatDatapath)),
    ...section('last error', failures),
    ...section(
      'open edits, which hold the event signals',
      edits.map(({ subject, editor, expiresAt }) => `${subject} by ${editor} until ${expiresAt}`),
    ),
    ...section(
      'last event signals',
      events.map(({ at, kind, state }) => `${at} ${kind}: ${state}`),
    ),
    ...section(
      'last changes',
      audit.map(({ at, author, action, detail }) => `${at} ${author} ${action}: ${detail}`),
    ),
  ].join('\n')
}

function formatFields(fields: Explanation['fields']): string {
  const rows = fields.map(({ path, value, decidedBy, note }) => [
    path,
    note === null ? value : `${value} (${note})`,
    ...(decidedBy
      ? [`${decidedBy.layer} ${decidedBy.source}`, decidedBy.reason, decidedBy.author, decidedBy.until ?? '-']
      : ['default', '-', '-', '-']),
  ])
  return formatTable([['FIELD', 'VALUE', 'DECIDED BY', 'REASON', 'AUTHOR', 'UNTIL'], ...rows])
}

function formatLayer({ layer, source, reason, author, since, until }: Explanation['layers'][number]): string {
  const end = until === null ? '' : ` until ${until}`
  return `${layer} ${source}: ${reason} (${author}, since ${since}${end})`
}

function formatSession(session: SubscriberDetail['session']): string[] {
  if (session === null) return ['no session']
  const { homeAgent, foreignAgent, startedAt, usage } = session
  const end = foreignAgent ? `${foreignAgent.identity} (${foreignAgent.careOfAddress})` : 'no foreign agent'
  return [
    `tunnel ${homeAgent.identity} (${homeAgent.address}) to ${end}, session since ${startedAt}`,
    `downlink ${usage.downlinkBytes} bytes in ${usage.downlinkPackets} packets, uplink ${usage.uplinkBytes} bytes in ${usage.uplinkPackets} packets`,
  ]
}

/** In the words of `ip` and `tc`, to be looked at on that host. */
function formatDatapath({ node, tunnels, classes }: Explanation['datapath'][number]): string[] {
  return [
    ...tunnels.map(({ interface: link, encapsulation, remote, key }) => {
      const named = key === null ? '' : ` key ${key}`
      return `${node}: ${encapsulation} tunnel to ${remote}${named}: ip -s link show dev ${link}`
    }),
    ...classes.map(({ name, interface: link, classId, mark }) => {
      const marked = mark === null ? '' : `, mark ${mark}`
      return `${node}: ${name}${marked}: tc -s class show dev ${link} classid ${classId}`
    }),
  ]
}

/** Nothing, where there are no lines. */
function section(title: string, ...lines: string[][]): string[] {
  const all = lines.flat()
  return all.length === 0 ? [] : ['', title, ...all.map((line) => `  ${line}`)]
}
