/** What one move took, from what captures and monitors have of it, and tables of many. Pure. */
import { mobileNodes } from '../../topology/hosts.ts'
import { baseProfile, rateOfProfile } from '../../topology/service-control.ts'
import { type MoveGap, moveGaps, type TimedArrival } from '../../witness/handover-gap.ts'
import { quantile } from '../../witness/quantile.ts'
import { describeMessage } from '../../witness/signalling.ts'
import { registrationHops } from '../move/move-checks.ts'
import { landmarks, standing } from '../tour/standing-order.ts'
import type { Series, SeriesMove } from './series.ts'

/** Milliseconds; NaN where it was not seen. */
export interface MoveTimes extends MoveGap {
  /** Since the node could hear the new agent: its first sign of life, a solicitation or request, or the agent's advertisement. */
  toRequest: number
  /** The new agent says that it has read back what its kernel has. */
  toReadBack: number
  toFirstPacket: number
  toReply: number
  /** Since the registration request, each message as it comes to the core. */
  hops: Readonly<Record<string, number>>
}

type Find = (words: string, since: number) => number

/** What an agent sends when it has read back: the answer to the home server, and before that the order to the previous agent. */
const readBackSigns = ['QIA', 'QIR'] as const

function finder({ messages }: Series): Find {
  return (words, since) =>
    messages.find((one) => one.atMilliseconds >= since && describeMessage(one) === words)?.atMilliseconds ??
    Number.NaN
}

/** When the node can hear its new agent: it has a carrier there, or, in overlapping cells, an advertisement has come. */
function attachment(
  { way, messages, nodeEvents }: Series,
  { atMilliseconds, to }: SeriesMove,
): number | undefined {
  const found = way.overlapping
    ? messages.find(
        (one) => one.atMilliseconds >= atMilliseconds && one.name === 'advertisement' && one.from === to,
      )
    : nodeEvents.find(
        (event) => event.atMilliseconds >= atMilliseconds && /radio0.*LOWER_UP/.test(event.text),
      )
  return found?.atMilliseconds
}

/** A row per move of which the stream shows a gap. */
export function moveTimes(series: Series): MoveTimes[] {
  const { way, moves, arrivals } = series
  const find = finder(series)
  const gaps = moveGaps(
    arrivals,
    moves.map(({ atMilliseconds }) => atMilliseconds),
  )
  return gaps.map((gap, index) => {
    const { atMilliseconds = Number.NaN, to = 'a1' } = moves[index] ?? {}
    const attached = attachment(series, { atMilliseconds, to }) ?? Number.NaN
    const request = find(`RRQ ${way.node}→${to}`, attached)
    const hops = registrationHops({
      ...mobileNodes[way.node],
      ...{ node: way.node, homeAgent: 'ha', from: 'a1', to },
    })
    return {
      ...gap,
      toRequest: request - attached,
      toReadBack: earliest(readBackSigns.map((sign) => find(`${sign} ${to}→fsa`, request))) - attached,
      toFirstPacket: way.overlapping ? Number.NaN : firstPacket(arrivals, attached) - attached,
      toReply: find(`RRP ${to}→${way.node}`, request) - attached,
      hops: Object.fromEntries(
        hops.map((hop) => [
          hop.replaceAll(to, 'agent').replaceAll(way.node, 'node'),
          find(hop, request) - request,
        ]),
      ),
    }
  })
}

function earliest(times: readonly number[]): number {
  const known = times.filter((time) => !Number.isNaN(time))
  return known.length === 0 ? Number.NaN : Math.min(...known)
}

function firstPacket(arrivals: readonly TimedArrival[], since: number): number {
  return arrivals.find(({ atMilliseconds }) => atMilliseconds >= since)?.atMilliseconds ?? Number.NaN
}

/** How long before the node's first packet its class, and what leads to it, stood in the kernel of the new agent. */
export function classAhead(series: Series): number {
  const { way, witnessed, arrivals, agentEvents } = series
  const attached = attachment(series, witnessed) ?? Number.NaN
  const first = way.overlapping ? finder(series)(`HAR hs→ha`, attached) : firstPacket(arrivals, attached)
  const { homeAddress } = mobileNodes[way.node]
  const wanted = landmarks(homeAddress, witnessed.to, rateOfProfile[baseProfile[way.node]]).filter(
    ({ host, what }) => host === witnessed.to && (what === 'class' || what === 'filter'),
  )
  const { missing, last } = standing(wanted, new Map([[witnessed.to, agentEvents]]))
  return missing.length > 0 ? Number.NaN : first - (last?.atMilliseconds ?? Number.NaN)
}

export const columns = [
  { name: 'lost packets', of: ({ lostPackets }: MoveTimes) => lostPackets },
  { name: 'longest silence', of: ({ silenceMilliseconds }: MoveTimes) => silenceMilliseconds },
  { name: 'duplicates', of: ({ duplicates }: MoveTimes) => duplicates },
  { name: 'added delay', of: ({ addedDelayMilliseconds }: MoveTimes) => addedDelayMilliseconds },
  { name: 'to request', of: ({ toRequest }: MoveTimes) => toRequest },
  { name: 'to class', of: ({ toReadBack }: MoveTimes) => toReadBack },
  { name: 'to first packet', of: ({ toFirstPacket }: MoveTimes) => toFirstPacket },
  { name: 'to reply', of: ({ toReply }: MoveTimes) => toReply },
] as const

/** p50, p95 and worst, as `3.1 4.0 7.5`. */
export function spread(values: readonly number[]): string {
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return '-'
  return [0.5, 0.95, 1].map((share) => quantile(known, share).toFixed(1).replace(/\.0$/, '')).join(' ')
}

/** A row per series, for a reader. */
export function table(rows: readonly { name: string; cells: readonly string[] }[]): string {
  const head = { name: 'p50, p95, worst; ms', cells: columns.map(({ name }) => name) }
  const lines = [head, ...rows].map(({ name, cells }) => [name, ...cells])
  const widths = head.cells.map((_, column) =>
    Math.max(...lines.map((line) => (line[column + 1] ?? '').length)),
  )
  const first = Math.max(...lines.map(([name = '']) => name.length))
  return lines
    .map(([name = '', ...cells]) =>
      [name.padEnd(first), ...cells.map((cell, column) => cell.padStart(widths[column] ?? 0))].join('  '),
    )
    .join('\n')
}
