import test from 'ava'
import { palette } from './style.ts'

/** Relative luminance of WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(a: string, b: string): number {
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x)
  return (lighter + 0.05) / (darker + 0.05)
}

type Colour = keyof typeof palette.light
const grounds: [ground: Colour, texts: Colour[]][] = [
  ['page', ['ink', 'muted', 'good', 'bad', 'link', 'series-0', 'series-1', 'series-2', 'series-3']],
  ['raised', ['ink', 'muted', 'tunnel']],
  ['faint', ['muted']],
  ['bad-tint', ['ink', 'bad', 'muted']],
]

for (const scheme of ['light', 'dark'] as const)
  for (const [ground, texts] of grounds)
    for (const text of texts)
      test(`${text} can be read on ${ground}, ${scheme}`, (t) => {
        const ratio = contrast(palette[scheme][text], palette[scheme][ground])
        t.true(ratio >= 4.5, `contrast ${ratio.toFixed(2)}`)
      })
