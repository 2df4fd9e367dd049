import { z } from 'zod'
import { size } from '#core/units.ts'

/** Met once more than `exceeds` went to the user in one session. A session goes on across foreign agents. */
const volume = z
  .strictObject({ exceeds: size, direction: z.literal('downlink'), per: z.literal('session') })
  .transform(({ exceeds, direction, per }) => ({
    kind: 'volume' as const,
    exceedsBytes: exceeds,
    direction,
    per,
  }))

/**
 * A control condition: while `when` holds, the profile named by `become` takes the place of the one that has
 * the condition.
 */
export const controlCondition = z
  .strictObject({ when: z.strictObject({ volume }), become: z.string() })
  .transform(({ when, become }) => ({ when: when.volume, become }))

export type ControlCondition = z.output<typeof controlCondition>
