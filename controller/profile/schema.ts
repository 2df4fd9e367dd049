import { z } from 'zod'
import { describeIssues } from '#core/config.ts'
import { SojournError } from '#core/error.ts'
import { rate } from '#core/units.ts'
import { controlCondition } from './condition-schema.ts'

export class ProfileError extends SojournError {}

export const profileName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be a name of lower case letters, digits and hyphens')

/** One direction's shaping. `ceil` defaults to `rate`; `priority` is HTB's: 0 is served first. */
const shaping = z
  .strictObject({
    rate,
    ceil: rate.optional(),
    priority: z.int().min(0).max(7).default(3),
  })
  .refine(({ rate, ceil }) => ceil === undefined || ceil >= rate, {
    path: ['ceil'],
    message: 'must not be below rate',
  })
  .transform(({ rate, ceil, priority }) => ({
    rateBitsPerSecond: rate,
    ceilBitsPerSecond: ceil ?? rate,
    priority,
  }))

/** A profile template: what a subscriber who has this profile gets, and the conditions that change it. */
export const profileTemplate = z
  .strictObject({
    name: profileName,
    class: z.strictObject({ downlink: shaping }),
    conditions: z.array(controlCondition).default([]),
  })
  .transform(({ name, class: { downlink }, conditions }) => ({ name, downlink, conditions }))

/** A template as it is written in a file, with units, and as it is kept in the database. */
export type ProfileSource = z.input<typeof profileTemplate>
/** A template with its rates in bits per second. */
export type ProfileTemplate = z.output<typeof profileTemplate>
export type Shaping = ProfileTemplate['downlink']

/** Reads a template that the database kept. @throws profile/invalid */
export function parseProfile(document: unknown, where: string): ProfileTemplate {
  const result = profileTemplate.safeParse(document)
  if (result.success) return result.data
  throw new ProfileError(
    'profile/invalid',
    `${where} is not a service profile:\n${describeIssues(result.error)}`,
  )
}
