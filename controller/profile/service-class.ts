import { z } from 'zod'
import { rate } from '#core/units.ts'
import { dscp } from './dscp.ts'

/** HTB's: the lowest number is served first. */
export const defaultPriority = 3

export const priority = z.int().min(0).max(7)
const ceilText = 'What may be borrowed when others leave it. As `rate`, whatever decides that, when absent.'
const dscpText = 'Written to the downlink and copied to the outer header: a name such as AF41, or 0 to 63.'

/** A ceil below its rate is refused where both are written together. */
export const ceilRefusal = { path: ['ceil'], message: 'must not be below rate' }
export function isCeilAboveRate(shaping: {
  rate?: number | undefined
  ceil?: number | null | undefined
}): boolean {
  return shaping.rate === undefined || shaping.ceil == null || shaping.ceil >= shaping.rate
}

/** What a subscriber's class is: rates in bits per second. */
export const serviceClass = z.strictObject({
  downlink: z
    .strictObject({
      rate: rate.describe('Guaranteed, towards the mobile node.'),
      ceil: rate.optional().describe(ceilText),
      priority: priority
        .default(defaultPriority)
        .describe('0 to 7; the lowest number borrows first. Counts for both directions.'),
    })
    .refine(isCeilAboveRate, ceilRefusal),
  uplink: z
    .strictObject({
      rate: rate.describe('Guaranteed, from the mobile node. Not limited when absent.'),
      ceil: rate.optional().describe(ceilText),
    })
    .refine(isCeilAboveRate, ceilRefusal)
    .optional(),
  dscp: dscp.optional().describe(dscpText),
})

/** The parts of a class that a condition or an override sets. `null`: none, whatever a lower layer says. */
export const partialClass = z.strictObject({
  downlink: z
    .strictObject({
      rate: rate.optional(),
      ceil: rate.nullable().optional(),
      priority: priority.optional(),
    })
    .refine(isCeilAboveRate, ceilRefusal)
    .optional(),
  uplink: z
    .strictObject({ rate: rate.optional(), ceil: rate.nullable().optional() })
    .refine(isCeilAboveRate, ceilRefusal)
    .nullable()
    .optional(),
  dscp: dscp.nullable().optional(),
})
