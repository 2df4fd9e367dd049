import { type ControlCondition, isAnswer } from './control-condition.ts'
import type { Active } from './evaluation.ts'
import { type Fields, fieldsOf, fieldsOfSet } from './field.ts'
import type { LayerEntry } from './layers.ts'
import type { ServiceProfile } from './service-profile.ts'
import { type TranslatedBase, translatedSet } from './translated-match.ts'

/**
 * The layer entries of the conditions that are met, in the order of the list. `missing`: profiles that a condition
 * names and that do not exist; it then sets nothing. `base`: whose filters and flows are those that are translated.
 */
export function conditionLayers(
  conditions: readonly ControlCondition[],
  active: readonly Active[],
  profiles: ReadonlyMap<string, ServiceProfile>,
  base: TranslatedBase,
): { entries: LayerEntry[]; missing: string[] } {
  const found = active.flatMap((active) => {
    const condition = conditions[active.index]
    return condition ? [{ active, condition, fields: fieldsSet(condition, active, profiles, base) }] : []
  })
  const entries = found.flatMap(
    ({ active: { key, since, until, reason }, condition, fields }): LayerEntry[] => {
      if (fields === undefined) return []
      const source = 'become' in condition ? condition.become : (condition.name ?? key)
      const entry = { layer: 'condition' as const, source, fields, reason, author: 'condition', since }
      return [until === undefined ? entry : { ...entry, until }]
    },
  )
  const missing = found.flatMap(({ condition, fields }) =>
    fields === undefined && 'become' in condition ? [condition.become] : [],
  )
  return { entries, missing }
}

/** What is charged for is granted as it was requested. */
function fieldsSet(
  condition: ControlCondition,
  { requested = {} }: Active,
  profiles: ReadonlyMap<string, ServiceProfile>,
  base: TranslatedBase,
): Fields | undefined {
  if ('set' in condition) return fieldsOfSet(translatedSet(condition.set, base))
  if (isAnswer(condition)) return requested
  const profile = profiles.get(condition.become)
  return profile && fieldsOf(profile)
}
