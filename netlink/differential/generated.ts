/** Values that the generators of several kinds of objects have in common. */
import fc from 'fast-check'

/** Any of the fields, and sometimes none. */
export function some<Value>(fields: { [Name in keyof Value]: fc.Arbitrary<Value[Name]> }) {
  return fc.record(fields, { requiredKeys: [] })
}

export const byte = fc.nat(255)

/** Who made an object: numbers for which iproute2 has no names. */
export const unnamedProtocol = fc.integer({ min: 100, max: 185 })

/** Two numbers, the first not above the second. */
export function range(min: number, max: number): fc.Arbitrary<readonly [first: number, last: number]> {
  const number = fc.integer({ min, max })
  return fc.tuple(number, number).map(([one, other]) => [Math.min(one, other), Math.max(one, other)])
}

/** A prefix whose bits behind its length are zero. */
export function arbitraryPrefix(family: 'inet' | 'inet6'): fc.Arbitrary<string> {
  return family === 'inet'
    ? fc
        .tuple(fc.nat(0xffffff), fc.integer({ min: 1, max: 32 }))
        .map(([low, length]) => `${ipv4(masked(0x0a000000 + low, length))}/${length}`)
    : fc
        .tuple(fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 32, max: 64 }))
        .map(([low, length]) =>
          length < 48 ? `2001:db8::/${length}` : `2001:db8:${low.toString(16)}::/${length}`,
        )
}

export function ipv4(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.')
}

function masked(address: number, length: number): number {
  return (address & (length === 0 ? 0 : -1 << (32 - length))) >>> 0
}

export function hexadecimal(number: number): string {
  return `0x${number.toString(16)}`
}

/**
 * A rate of whole megabytes per second, and a burst that takes a multiple of 8 us at it: the ticks of the kernel say that exactly, while
 * `tc` rounds the times of others down to microseconds.
 */
export const shaping = fc
  .tuple(fc.integer({ min: 1, max: 25_000 }), fc.integer({ min: 1, max: 1000 }))
  .map(([megabytes, eights]) => ({
    rateBitsPerSecond: megabytes * 8e6,
    burstBytes: megabytes * 8 * (eights + 250),
  }))
  // `tc` counts the microseconds with fractions, and drops what errors of rounding leave.
  .filter(({ rateBitsPerSecond, burstBytes }) =>
    Number.isInteger(1e6 * (burstBytes / (rateBitsPerSecond / 8))),
  )
