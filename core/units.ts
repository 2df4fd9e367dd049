import { z } from 'zod'

const rateUnits = { bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9 } as const
const sizeUnits = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const

function parseAmount(text: string, units: Record<string, number>): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim()) ?? []
  const factor = units[unit ?? '']
  return factor === undefined ? undefined : Math.round(Number(number) * factor)
}

function amount(units: Record<string, number>, example: string) {
  return z.string().transform((text, context) => {
    const value = parseAmount(text, units)
    if (value !== undefined && value > 0 && Number.isSafeInteger(value)) return value
    context.addIssue(
      `must be a positive amount in ${Object.keys(units).join(', ')}, such as ${example}; got "${text}"`,
    )
    return z.NEVER
  })
}

/** A rate such as `4mbit`, as tc writes it; the value is in bits per second. */
export const rate = amount(rateUnits, '4mbit')

/** An amount of data such as `12MB` or `1GiB`; the value is in bytes. */
export const size = amount(sizeUnits, '12MB')

/** Bits per second as tc writes them: `4mbit`, `1500kbit`. */
export function formatRate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1e9 && bitsPerSecond % 1e9 === 0) return `${bitsPerSecond / 1e9}gbit`
  if (bitsPerSecond >= 1e6 && bitsPerSecond % 1e6 === 0) return `${bitsPerSecond / 1e6}mbit`
  if (bitsPerSecond >= 1e3 && bitsPerSecond % 1e3 === 0) return `${bitsPerSecond / 1e3}kbit`
  return `${bitsPerSecond}bit`
}
