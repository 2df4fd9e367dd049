import { z } from 'zod'
import { duration } from '#core/units.ts'
import { flows, packetFilters, shortName } from './flow.ts'
import { partialClass } from './service-class.ts'
import { type Trigger, trigger } from './trigger.ts'

export const onFailure = z.enum(['roll-back', 'report-split'])

const settable = {
  class: partialClass.optional(),
  filters: packetFilters.optional(),
  flows: flows.optional(),
  distribution: z.strictObject({ onFailure }).optional(),
}
const setsSomething = (set: object): boolean => Object.keys(set).length > 0
const setsNothing = 'must set at least one field'

/** Fields of a profile, nested as there; only what stands there is set. */
export const partialProfile = z.strictObject(settable).refine(setsSomething, setsNothing)

/** In the place of a list: that of the base profile, as the address translator makes its packets look (translated-match.ts). */
const translated = z.literal('translated')
const conditionSet = z
  .strictObject({
    ...settable,
    filters: z.union([translated, packetFilters]).optional(),
    flows: z.union([translated, flows]).optional(),
  })
  .refine(setsSomething, setsNothing)

/** What a profile's name may not be: in a condition it says what becomes of a request. */
export const requestOutcomes = ['refuse', 'charge'] as const

const ends = ['cleared', 'session-end', 'next-day', 'next-month'] as const
const until = z
  .union(
    [z.enum(ends), duration.transform((milliseconds) => ({ milliseconds }))],
    `must be ${ends.join(', ')} or a time such as 10m`,
  )
  .default('cleared')
  .describe('When it is over. `cleared`: as soon as `when` no longer holds.')

const common = {
  name: shortName.optional().describe('Keeps its state when the profile is edited; shown to people.'),
  when: trigger,
  until,
}

/** A control condition: what applies while it is met. */
export const controlCondition = z
  .union([
    z.strictObject({
      ...common,
      become: shortName.describe('Name of a profile; for `authorization` also refuse or charge.'),
    }),
    z.strictObject({ ...common, set: conditionSet.describe('Only the fields that stand here.') }),
  ])
  .superRefine((condition, context) => {
    if (isAnswer(condition) && !isAboutRequest(condition.when))
      context.addIssue({
        code: 'custom',
        path: ['become'],
        message: `"${condition.become}" answers a request: \`when\` must be, or be all of, authorization`,
      })
  })

export type ControlCondition = z.output<typeof controlCondition>
export type PartialProfile = z.output<typeof partialProfile>
export type ConditionSet = z.output<typeof conditionSet>
export type Until = z.output<typeof until>

/** Whether the condition only answers a request, rather than naming a profile. */
export function isAnswer(
  condition: ControlCondition,
): condition is Extract<ControlCondition, { become: string }> & { become: (typeof requestOutcomes)[number] } {
  return 'become' in condition && requestOutcomes.some((outcome) => outcome === condition.become)
}

/** Whether it can be met by a request of the node only. */
function isAboutRequest(when: Trigger): boolean {
  if ('all' in when) return when.all.some(isAboutRequest)
  if ('any' in when) return when.any.every(isAboutRequest)
  return 'authorization' in when
}

/** What tells the conditions of a profile apart over edits of it: the name, or what it waits for. */
export function conditionKeys(conditions: readonly ControlCondition[]): string[] {
  const seen = new Map<string, number>()
  return conditions.map(({ name, when }) => {
    const key = name ?? JSON.stringify(when)
    const before = seen.get(key) ?? 0
    seen.set(key, before + 1)
    return before === 0 ? key : `${key}#${before + 1}`
  })
}
