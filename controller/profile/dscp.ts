import { z } from 'zod'

/** The names of differentiated services code points (IANA registry; RFC 2474, 2597, 3246, 5865, 8622). */
export const dscpNames: Readonly<Record<string, number>> = {
  DF: 0,
  LE: 1,
  ...Object.fromEntries([0, 1, 2, 3, 4, 5, 6, 7].map((selector) => [`CS${selector}`, selector * 8])),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((queue) =>
      [1, 2, 3].map((drop) => [`AF${queue}${drop}`, queue * 8 + drop * 2] as const),
    ),
  ),
  'VOICE-ADMIT': 44,
  EF: 46,
}

const refusal = `must be 0 to 63 or one of ${Object.keys(dscpNames).join(', ')}`

/** A code point by its name, as in `AF41`, or its number; the value is 0 to 63. */
export const dscp = z
  .union([z.int().min(0).max(63), z.enum(Object.keys(dscpNames))], refusal)
  .meta({ examples: ['AF41', 46] })
  .transform((written) => (typeof written === 'number' ? written : (dscpNames[written] ?? 0)))

/** The name if there is one (`CS0` is written `DF`), else the number. */
export function formatDscp(codePoint: number): string | number {
  return Object.keys(dscpNames).find((name) => dscpNames[name] === codePoint) ?? codePoint
}
