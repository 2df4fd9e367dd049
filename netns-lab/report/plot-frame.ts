import { type Markup, markup } from './markup.ts'
import { formatNumber, type Interval, linearScale, niceTicks } from './scale.ts'

/** Every picture is drawn twice, for wide and for narrow screens; the style sheet shows one. Text keeps its size that way. */
export type Form = 'wide' | 'narrow'
export const forms: readonly Form[] = ['wide', 'narrow']
export const formWidth: Record<Form, number> = { wide: 960, narrow: 360 }

/** Mean advance of a glyph at the 12 px that plots are lettered in, for a wide sans-serif: used to keep labels apart. */
const glyphWidth = 7.2

export interface PlotFrame {
  width: number
  height: number
  left: number
  right: number
  top: number
  bottom: number
  x: (value: number) => number
  y: (value: number) => number
  xDomain: Interval
  yDomain: Interval
}

export function plotFrame(
  form: Form,
  size: { plotHeight: number; top: number; left: number },
  xDomain: Interval,
  yDomain: Interval,
): PlotFrame {
  const width = formWidth[form]
  const right = width - 12
  const bottom = size.top + size.plotHeight
  return {
    width,
    height: bottom + 44,
    left: size.left,
    right,
    top: size.top,
    bottom,
    x: linearScale(xDomain, [size.left, right]),
    y: linearScale(yDomain, [bottom, size.top]),
    xDomain,
    yDomain,
  }
}

/** Grid lines, tick labels and the names of both axes; the name of y stands above its labels. */
export function axes(frame: PlotFrame, names: { x: string; y: string }): Markup {
  const xTicks = niceTicks(frame.xDomain, (frame.right - frame.left) / 80)
  const yTicks = niceTicks(frame.yDomain, 5)
  return markup`<g class="axis">
${yTicks.map((tick) => markup`<line class="grid" x1="${frame.left}" x2="${frame.right}" y1="${frame.y(tick)}" y2="${frame.y(tick)}"/><text x="${frame.left - 8}" y="${frame.y(tick) + 4}" text-anchor="end">${formatNumber(tick)}</text>`)}
${xTicks.map((tick) => markup`<line class="tick" x1="${frame.x(tick)}" x2="${frame.x(tick)}" y1="${frame.bottom}" y2="${frame.bottom + 5}"/><text x="${frame.x(tick)}" y="${frame.bottom + 19}" text-anchor="middle">${formatNumber(tick)}</text>`)}
<line class="base" x1="${frame.left}" x2="${frame.right}" y1="${frame.bottom}" y2="${frame.bottom}"/>
<text class="name" x="${frame.left - 8}" y="${frame.top - 12}" text-anchor="${frame.left > 60 ? 'end' : 'start'}" dx="${frame.left > 60 ? 0 : 8 - frame.left}">${names.y}</text>
<text class="name" x="${frame.right}" y="${frame.bottom + 38}" text-anchor="end">${names.x}</text>
</g>`
}

/** The outer element of a plot: an image to assistive technology, with a name and a description in words. */
export function plotImage(
  id: string,
  form: Form,
  size: { width: number; height: number },
  words: { title: string; description: string },
  content: Markup,
): Markup {
  const name = `${id}-${form}`
  return markup`<svg class="${form}" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="${name}-title ${name}-description">
<title id="${name}-title">${words.title}</title>
<desc id="${name}-description">${words.description}</desc>
${content}
</svg>`
}

export function textWidth(text: string): number {
  return text.length * glyphWidth
}

/** The text, or as much of its beginning as fits. */
export function fitText(text: string, pixels: number): string {
  const length = Math.floor(pixels / glyphWidth)
  return text.length <= length ? text : `${text.slice(0, Math.max(1, length - 1)).trimEnd()}…`
}

/**
 * Puts labels that start at the given places into as few rows as keep them from touching; returns the row of each, 0 first.
 * A label that would leave the frame on the right is to be drawn leftwards (`flipped`).
 */
export function labelRows(
  labels: readonly { x: number; text: string }[],
  right: number,
): { row: number; flipped: boolean }[] {
  const occupied: { row: number; from: number; to: number }[] = []
  return labels.map(({ x, text }) => {
    const width = textWidth(text) + 12
    const flipped = x + width > right
    const from = flipped ? x - width : x
    let row = 0
    while (occupied.some((other) => other.row === row && from < other.to && other.from < from + width))
      row += 1
    occupied.push({ row, from, to: from + width })
    return { row, flipped }
  })
}
