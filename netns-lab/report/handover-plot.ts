import { type Markup, markup } from './markup.ts'
import { axes, type Form, type PlotFrame, plotFrame, plotImage, textWidth } from './plot-frame.ts'
import type { Handover } from './report.ts'
import { formatNumber } from './scale.ts'

interface Arrival {
  /** Since the link was taken away. */
  milliseconds: number
  sequence: number
}

/** Each packet a dot, sequence over time: the gap is the shaded width, the packets lost in it are the height of the jump. */
export function handoverPlot(id: string, handover: Handover, form: Form): Markup {
  const arrivals = inMilliseconds(handover)
  const times = arrivals.map((arrival) => arrival.milliseconds)
  const sequences = arrivals.map((arrival) => arrival.sequence)
  const frame = plotFrame(
    form,
    { plotHeight: form === 'wide' ? 250 : 210, top: 56, left: 56 },
    [Math.min(0, ...times), Math.max(1, ...times)],
    [Math.min(...sequences), Math.max(...sequences) + 1],
  )
  const gap = longestPause(arrivals)
  return plotImage(
    id,
    form,
    frame,
    { title: handoverTitle(handover), description: handoverInWords(handover) },
    markup`${gap && shade(frame, gap)}
${axes(frame, { x: `milliseconds since the link to ${handover.from} was cut`, y: 'packet number' })}
<path class="dots" d="${arrivals.map((arrival) => `M${frame.x(arrival.milliseconds)} ${frame.y(arrival.sequence)}h0`).join('')}"/>
${gap && gapLabel(frame, gap, handover)}
${cut(frame, handover)}`,
  )
}

export function handoverTitle(handover: Handover): string {
  return `${handover.node} moves from ${handover.from} to ${handover.to}`
}

export function handoverInWords(handover: Handover): string {
  return `No packet arrived for ${formatNumber(handover.gapMilliseconds)} ms; ${lost(handover)}.`
}

/** The two arrivals with the longest time between them. */
export function longestPause<A extends { milliseconds: number }>(arrivals: readonly A[]): [A, A] | undefined {
  let longest: [A, A] | undefined
  for (const [index, after] of arrivals.entries()) {
    const before = arrivals[index - 1]
    if (!before) continue
    if (
      !longest ||
      after.milliseconds - before.milliseconds > longest[1].milliseconds - longest[0].milliseconds
    )
      longest = [before, after]
  }
  return longest
}

function inMilliseconds(handover: Handover): Arrival[] {
  return handover.arrivals
    .map((arrival, index) => ({
      milliseconds: (arrival.atSeconds - handover.atSeconds) * 1000,
      sequence: arrival.sequence ?? index,
    }))
    .toSorted((a, b) => a.milliseconds - b.milliseconds)
}

function lost(handover: Handover): string {
  return `${formatNumber(handover.lostPackets)} of ${formatNumber(handover.sentPackets)} packets were lost`
}

function shade(frame: PlotFrame, [before, after]: [Arrival, Arrival]): Markup {
  const x = frame.x(before.milliseconds)
  const width = Math.max(1, Math.round((frame.x(after.milliseconds) - x) * 10) / 10)
  return markup`<rect class="gap" x="${x}" y="${frame.top}" width="${width}" height="${frame.bottom - frame.top}"/>`
}

/** The measure of the gap, written over it like a dimension in a drawing. */
function gapLabel(frame: PlotFrame, [before, after]: [Arrival, Arrival], handover: Handover): Markup {
  const from = frame.x(before.milliseconds)
  const to = frame.x(after.milliseconds)
  const y = frame.top - 8
  const size = `${formatNumber(handover.gapMilliseconds)} ms`
  const detail = `${formatNumber(handover.lostPackets)} packets lost`
  const half = Math.max(textWidth(size) * 0.75, textWidth(detail) / 2)
  const centre = Math.min(Math.max((from + to) / 2, frame.left + 70 + half), frame.right - half)
  return markup`<g class="measure"><path d="M${from} ${y - 4}v8M${to} ${y - 4}v8M${from} ${y}H${to}"/><text class="size" x="${centre}" y="${y - 26}" text-anchor="middle">${size}</text><text x="${centre}" y="${y - 10}" text-anchor="middle">${detail}</text></g>`
}

function cut(frame: PlotFrame, handover: Handover): Markup {
  const x = frame.x(0)
  const label = `leaves ${handover.from}`
  const flipped = x - textWidth(label) - 6 > frame.left
  return markup`<g class="mark"><line x1="${x}" x2="${x}" y1="${frame.top}" y2="${frame.bottom}"/><text x="${flipped ? x - 6 : x + 6}" y="${frame.top + 14}" text-anchor="${flipped ? 'end' : 'start'}">${label}</text></g>`
}
