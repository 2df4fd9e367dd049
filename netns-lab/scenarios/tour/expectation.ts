/** How expected and seen values are worded and compared. */
import { formatRate } from '#core/units.ts'
import type { HtbClass } from '../../witness/kernel-state.ts'
import type { Witness } from '../../witness/witness.ts'

/** A rate that is measured may differ from the expected one by this share. */
export const rateTolerance = 0.05

export function megabits(bitsPerSecond: number): string {
  return `${(bitsPerSecond / 1e6).toFixed(2)} Mbit/s`
}

export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`
}

/** Checks a measured rate, and records it as a figure. */
export function checkRate(
  witness: Witness,
  id: string,
  what: string,
  expected: number,
  seen: number | undefined,
): boolean {
  if (seen !== undefined)
    witness.report.figure({ id, what, value: Math.round(seen / 1e4) / 100, unit: 'Mbit/s' })
  return witness.check(
    id,
    what,
    `${megabits(expected)} ± ${rateTolerance * 100} %`,
    seen === undefined ? 'nothing was measured' : megabits(seen),
    seen !== undefined && Math.abs(seen / expected - 1) <= rateTolerance,
  )
}

/** As tc reads rates: `rate 4mbit ceil 4mbit`. */
export function describeRates(rateBitsPerSecond: number, ceilBitsPerSecond: number): string {
  return `rate ${formatRate(rateBitsPerSecond)} ceil ${formatRate(ceilBitsPerSecond)}`
}

export function describeClass(found: HtbClass | undefined): string {
  return found ? describeRates(found.rateBitsPerSecond, found.ceilBitsPerSecond) : 'no class'
}

/** A subscriber whose rate and ceil are the same has a class with both. */
export function checkClass(
  witness: Witness,
  id: string,
  host: string,
  rateBitsPerSecond: number,
  found: HtbClass | undefined,
): boolean {
  return witness.check(
    id,
    `HTB class at ${host} that flower's mark leads to through the fw filters`,
    describeRates(rateBitsPerSecond, rateBitsPerSecond),
    describeClass(found),
  )
}
