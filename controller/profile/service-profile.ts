/**
 * The schema of a service profile, the one place where its form is written: from it come the types, the check of
 * what an operator writes, the JSON Schema for editors and the table of fields in docs/profiles.md.
 */
import { z } from 'zod'
import { SojournError } from '#core/error.ts'
import {
  controlCondition,
  onFailure,
  type PartialProfile,
  partialProfile,
  requestOutcomes,
} from './control-condition.ts'
import { describeFaults } from './fault.ts'
import { flows, packetFilters, shortName } from './flow.ts'
import { serviceClass } from './service-class.ts'
import { tariff } from './tariff.ts'

export class ProfileError extends SojournError {}

export const serviceProfile = z
  .strictObject({
    name: shortName.refine(
      (name) => !requestOutcomes.some((outcome) => outcome === name),
      `must not be ${requestOutcomes.join(' or ')}: conditions use that for something else`,
    ),
    class: serviceClass,
    filters: packetFilters.default([]),
    flows: flows.default([]),
    conditions: z
      .array(controlCondition)
      .max(64)
      .default([])
      .describe('What changes the profile. Of several that set the same field, the first decides.'),
    distribution: z
      .strictObject({
        onFailure: onFailure
          .default('roll-back')
          .describe('When an agent cannot follow: the others go back, or it stays split and is tried again.'),
      })
      .prefault({}),
    tariff: tariff.optional(),
  })
  .superRefine(({ class: { downlink }, flows, conditions }, context) => {
    const reserved = flows.reduce((sum, flow) => sum + flow.rate, 0)
    if (reserved > downlink.rate)
      context.addIssue({
        code: 'custom',
        path: ['flows'],
        message: `must not reserve more than class.downlink.rate: ${reserved} of ${downlink.rate} bit/s`,
      })
    for (const [index, { name }] of conditions.entries())
      if (name !== undefined && conditions.findIndex((other) => other.name === name) < index)
        context.addIssue({
          code: 'custom',
          path: ['conditions', index, 'name'],
          message: `there is another condition "${name}"`,
        })
  })

/** As it is written in a file, with units, and kept in the database. */
export type ProfileDocument = z.input<typeof serviceProfile>
/** Rates in bits per second, sizes in bytes, times in milliseconds. */
export type ServiceProfile = z.output<typeof serviceProfile>

/** @param where names the document in the message. @throws profile/invalid, one line per fault with its path */
export function readProfile(document: unknown, where: string): ServiceProfile {
  return read(serviceProfile, document, `${where} is not a service profile`)
}

/** Reads what an override or a condition sets. @throws profile/invalid, one line per fault with its path */
export function readSet(document: unknown, where: string): PartialProfile {
  return read(partialProfile, document, `${where} does not set fields of a service profile`)
}

function read<Schema extends z.ZodType>(
  schema: Schema,
  document: unknown,
  refusal: string,
): z.output<Schema> {
  const result = schema.safeParse(document)
  if (result.success) return result.data
  throw new ProfileError('profile/invalid', `${refusal}:\n${describeFaults(result.error)}`)
}
