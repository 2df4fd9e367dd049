export type Interval = readonly [number, number]

/** Maps `domain` onto `range` (pixels), rounded to a tenth of a pixel. A domain without extent maps to the start of the range. */
export function linearScale([from, to]: Interval, [start, end]: Interval): (value: number) => number {
  const factor = to === from ? 0 : (end - start) / (to - from)
  return (value) => Math.round((start + (value - from) * factor) * 10) / 10
}

/** The step of 1, 2 or 5 times a power of ten that divides `span` into at most about `count` parts. */
export function niceStep(span: number, count: number): number {
  if (!(span > 0)) return 1
  const rough = span / Math.max(1, count)
  const power = 10 ** Math.floor(Math.log10(rough))
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10
  return factor * power
}

/** Multiples of a nice step inside of the interval, ends included. */
export function niceTicks([from, to]: Interval, count: number): number[] {
  const step = niceStep(to - from, count)
  const first = Math.ceil(from / step - 1e-9)
  const last = Math.floor(to / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => tidy((first + index) * step))
}

/** From zero to the first tick that is not below `maximum`: an axis whose top is a number people read. */
export function niceDomain(maximum: number, count: number): Interval {
  if (!(maximum > 0)) return [0, 1]
  const step = niceStep(maximum, count)
  return [0, tidy(Math.ceil(maximum / step - 1e-9) * step)]
}

/** A number with about three digits that count: 1,234 · 96.4 · 19.0 · 3.82 · 0.0123; whole numbers are never cut. */
export function formatNumber(value: number): string {
  const size = Math.abs(value)
  const digits = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 4
  return value
    .toLocaleString('en-US', { minimumFractionDigits: Math.min(digits, 1), maximumFractionDigits: digits })
    .replace('-', '−')
}

/** Removes what binary fractions leave behind: 0.30000000000000004 becomes 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12))
}
