import { type Markup, markup } from './markup.ts'
import {
  axes,
  type Form,
  fitText,
  formWidth,
  labelRows,
  type PlotFrame,
  plotFrame,
  plotImage,
  textWidth,
} from './plot-frame.ts'
import type { Series } from './report.ts'
import { formatNumber, type Interval, niceDomain } from './scale.ts'

type Point = Series['points'][number]
type Reference = NonNullable<Series['reference']>[number]

/** Half the height of the band around an expected value, as a share of the value. */
export const bandTolerance = 0.05
const rowHeight = 17

/** Series with the same unit that overlap in time belong into one plot: two nodes at once are to be seen at once. */
export function seriesOfOnePlot(all: readonly Series[]): Series[][] {
  const plots: Series[][] = []
  for (const series of all.filter((one) => one.points.length > 0)) {
    const joined = plots.filter((plot) => plot.some((other) => belongTogether(series, other)))
    for (const plot of joined) plots.splice(plots.indexOf(plot), 1)
    plots.push([...joined.flat(), series])
  }
  return plots.map((plot) => plot.toSorted((a, b) => all.indexOf(a) - all.indexOf(b)))
}

/** One plot over time: lines with direct labels, expected values as bands, marks as verticals with their label on top. */
export function goodputPlot(id: string, plot: readonly Series[], form: Form): Markup {
  const xDomain = extent(plot.flatMap((series) => series.points.map((point) => point.atSeconds)))
  const references = plot.flatMap((series) => series.reference ?? [])
  const highest = Math.max(
    ...plot.flatMap((series) => series.points.map((point) => point.value)),
    ...references.map((reference) => reference.value * (1 + bandTolerance)),
  )
  const left = 44
  const right = formWidth[form] - 12
  const marks = marksOf(plot).map((mark, index) => ({
    ...mark,
    text: form === 'wide' ? fitText(mark.label, (right - left) / 2) : String(index + 1),
  }))
  const scaleX = plotFrame(form, { plotHeight: 1, top: 0, left }, xDomain, [0, 1]).x
  const places = labelRows(
    marks.map((mark) => ({ x: scaleX(mark.atSeconds), text: mark.text })),
    right,
  )
  const rows = Math.max(0, ...places.map((place) => place.row + 1))
  const frame = plotFrame(
    form,
    { plotHeight: form === 'wide' ? 260 : 210, top: 34 + rows * rowHeight, left },
    xDomain,
    niceDomain(highest * 1.04, 5),
  )
  return plotImage(
    id,
    form,
    frame,
    { title: plotTitle(plot), description: plot.map(inWords).join(' ') },
    markup`${axes(frame, { x: 'seconds since the start', y: plot[0]?.unit ?? '' })}
${plot.map((series, index) => (series.reference ?? []).map((reference) => referenceBand(frame, reference, index)))}
${marks.map((mark, index) => {
  const place = places[index] ?? { row: 0, flipped: false }
  const x = frame.x(mark.atSeconds)
  const y = 12 + place.row * rowHeight
  return markup`<g class="mark"><line x1="${x}" x2="${x}" y1="${y - 9}" y2="${frame.bottom}"/><text x="${x + (place.flipped ? -6 : 6)}" y="${y}" text-anchor="${place.flipped ? 'end' : 'start'}">${mark.text}<title>${mark.label}</title></text></g>`
})}
${plot.map((series, index) => markup`<path class="line series-${index % 4}" d="${linePath(series.points, frame)}"/>`)}
${referenceLabels(frame, plot)}`,
  )
}

function plotTitle(plot: readonly Series[]): string {
  return plot.map((series) => series.what).join(' · ')
}

/** The marks that fall into a plot, in order; the narrow form numbers them and a list below it has the words. */
export function marksOf(plot: readonly Series[]): Series['marks'] {
  const [from, to] = extent(plot.flatMap((series) => series.points.map((point) => point.atSeconds)))
  return plot
    .flatMap((series) => series.marks)
    .filter((mark) => mark.atSeconds >= from && mark.atSeconds <= to)
    .toSorted((a, b) => a.atSeconds - b.atSeconds)
}

/** The median of a series inside of a reference's span, without the ends, where the change itself is still seen. */
export function medianWithin(series: Series, reference: Reference): number | undefined {
  const margin = Math.min(1, (reference.toSeconds - reference.fromSeconds) / 4)
  const values = series.points
    .filter((point) => point.atSeconds >= reference.fromSeconds + margin)
    .filter((point) => point.atSeconds <= reference.toSeconds - margin)
    .map((point) => point.value)
    .toSorted((a, b) => a - b)
  return values[Math.floor(values.length / 2)]
}

function belongTogether(a: Series, b: Series): boolean {
  const [aFrom, aTo] = extent(a.points.map((point) => point.atSeconds))
  const [bFrom, bTo] = extent(b.points.map((point) => point.atSeconds))
  return a.unit === b.unit && aFrom <= bTo && bFrom <= aTo
}

function extent(values: readonly number[]): Interval {
  return [Math.min(...values), Math.max(...values)]
}

function referenceBand(frame: PlotFrame, reference: Reference, index: number): Markup {
  const { x, width } = span(frame, reference)
  const top = frame.y(reference.value * (1 + bandTolerance))
  const height = Math.max(4, frame.y(reference.value * (1 - bandTolerance)) - top)
  return markup`<rect class="band series-${index % 4}" x="${x}" y="${top}" width="${width}" height="${height}"/>`
}

/** What the bands are; a label that would run into an earlier one is left out, the table below the plot has them all. */
function referenceLabels(frame: PlotFrame, plot: readonly Series[]): Markup[] {
  const taken: { from: number; to: number; y: number }[] = []
  return plot.flatMap((series, index) =>
    (series.reference ?? []).flatMap((reference) => {
      const { x, y, flipped } = labelPlace(frame, reference)
      const width = textWidth(reference.label)
      const from = flipped ? x - width : x
      const to = from + width
      if (taken.some((other) => Math.abs(other.y - y) < 14 && from < other.to && other.from < to)) return []
      taken.push({ from, to, y })
      return [
        markup`<text class="label series-${index % 4}" x="${x}" y="${y}" text-anchor="${flipped ? 'end' : 'start'}">${reference.label}</text>`,
      ]
    }),
  )
}

/** Above its band, so that the line never runs through it; below where the frame ends. */
function labelPlace(frame: PlotFrame, reference: Reference): { x: number; y: number; flipped: boolean } {
  const { x, width } = span(frame, reference)
  const above = frame.y(reference.value * (1 + bandTolerance)) - 6
  const y = above - 10 < frame.top ? frame.y(reference.value * (1 - bandTolerance)) + 15 : above
  const flipped = x + textWidth(reference.label) + 6 > frame.right
  return { x: flipped ? x + width - 6 : x + 6, y, flipped }
}

function span(frame: PlotFrame, reference: Reference): { x: number; width: number } {
  const [first, last] = frame.xDomain
  const x = frame.x(Math.max(first, reference.fromSeconds))
  return { x, width: Math.max(0, Math.round((frame.x(Math.min(last, reference.toSeconds)) - x) * 10) / 10) }
}

/** The line breaks where nothing was measured: a pause of more than three usual intervals. */
export function linePath(points: readonly Point[], frame: Pick<PlotFrame, 'x' | 'y'>): string {
  const intervals = points.slice(1).map((point, index) => point.atSeconds - (points[index]?.atSeconds ?? 0))
  const usual = intervals.toSorted((a, b) => a - b)[Math.floor(intervals.length / 2)] ?? 0
  return points
    .map((point, index) => {
      const pause = index === 0 || (intervals[index - 1] ?? 0) > usual * 3
      return `${pause ? 'M' : 'L'}${frame.x(point.atSeconds)} ${frame.y(point.value)}`
    })
    .join('')
}

function inWords(series: Series): string {
  const spans = (series.reference ?? []).map((reference) => {
    const median = medianWithin(series, reference)
    const seen = median === undefined ? 'nothing measured' : `median ${formatNumber(median)} ${series.unit}`
    return `${formatNumber(reference.fromSeconds)} to ${formatNumber(reference.toSeconds)} s, expected ${formatNumber(reference.value)} ${series.unit} (${reference.label}): ${seen}.`
  })
  return [`${series.what}.`, ...spans].join(' ')
}
