import { z } from 'zod'

const rateUnits = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 } as const
const sizeUnits = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const

const durationUnits = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 } as const

/** A positive amount with its unit. The pattern is for editors that read the JSON Schema. */
function amount(units: Readonly<Record<string, number>>, example: string) {
  const names = Object.keys(units)
  const refusal = (text: unknown) =>
    `must be a positive amount in ${names.join(', ')}, such as ${example}; got "${text}"`
  return z
    .string(`must be an amount such as ${example}`)
    .regex(new RegExp(`^\\s*\\d+(\\.\\d+)?\\s*(${names.join('|')})\\s*$`), {
      error: ({ input }) => refusal(input),
    })
    .meta({ examples: [example] })
    .transform((text, context) => {
      const [, number, unit = ''] = /^([\d.]+)\s*([A-Za-z]+)$/.exec(text.trim()) ?? []
      const value = Math.round(Number(number) * (units[unit] ?? Number.NaN))
      if (value > 0 && Number.isSafeInteger(value)) return value
      context.addIssue(refusal(text))
      return z.NEVER
    })
}

/** A rate such as `4mbit`, as tc writes it; the value is in bits per second. */
export const rate = amount(rateUnits, '4mbit')

/** An amount of data such as `12MB` or `1GiB`; the value is in bytes. */
export const size = amount(sizeUnits, '12MB')

/** A time such as `90s` or `1h`; the value is in milliseconds. A day has 24 hours. */
export const duration = amount(durationUnits, '10s')

/** A part of the whole: `80%` or 0.8; the value is above 0 and at most 1. */
export const fraction = z
  .union([z.number(), z.string().regex(/^\d+(\.\d+)?%$/)], 'must be a percentage such as 80%, or 0.8')
  .meta({ examples: ['80%', 0.8] })
  .transform((written) => (typeof written === 'string' ? Number(written.slice(0, -1)) / 100 : written))
  .refine((value) => value > 0 && value <= 1, 'must be above 0 and at most 100%')

/** Bits per second as tc writes them: `4mbit`, `1500kbit`. */
export function formatRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e9 && bitsPerSecond % 1e9 === 0) return `${bitsPerSecond / 1e9}gbit`
  if (bitsPerSecond >= 1e6 && bitsPerSecond % 1e6 === 0) return `${bitsPerSecond / 1e6}mbit`
  if (bitsPerSecond >= 1e3 && bitsPerSecond % 1e3 === 0) return `${bitsPerSecond / 1e3}kbit`
  return `${bitsPerSecond}bit`
}

/** Bytes in the largest unit that says them exactly: `1GiB`, `12MB`. */
export function formatSize(bytes: number): string {
  return formatAmount(bytes, sizeUnits)
}

/** Milliseconds in the largest unit that says them exactly: `1h`, `90s`. */
export function formatDuration(milliseconds: number): string {
  return formatAmount(milliseconds, durationUnits)
}

function formatAmount(value: number, units: Readonly<Record<string, number>>): string {
  const [unit, factor] = Object.entries(units)
    .toSorted(([, a], [, b]) => b - a)
    .find(([, factor]) => value % factor === 0) ?? ['', 1]
  return `${value / factor}${unit}`
}
