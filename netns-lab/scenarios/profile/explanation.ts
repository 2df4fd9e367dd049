import { z } from 'zod'
import type { Lab } from '../scenario.ts'
import { nai } from './offer.ts'
import { type } from './operators.ts'

/** The part of `sojourn explain --json` that the story reads. */
const explanation = z.object({
  fields: z.array(
    z.object({
      path: z.string(),
      value: z.string(),
      decidedBy: z
        .object({
          layer: z.string(),
          source: z.string(),
          reason: z.string(),
          author: z.string(),
          until: z.string().nullable(),
        })
        .nullable(),
    }),
  ),
})
export type Explanation = z.output<typeof explanation>

/** @param at a time in the past, ISO 8601 */
export async function explain(lab: Lab, at?: string): Promise<Explanation> {
  const time = at === undefined ? [] : ['--at', at]
  const { output } = await type(lab, 'bob', 'explain', nai, ...time, '--json')
  return explanation.parse(JSON.parse(output))
}

/** `8mbit: base studio, new offer (ann)`, or that it is the default. */
export function decision({ fields }: Explanation, path: string): string {
  const field = fields.find((one) => one.path === path)
  if (!field) return 'not explained'
  const { value, decidedBy } = field
  if (!decidedBy) return `${value}: default`
  const { layer, source, reason, author } = decidedBy
  return `${value}: ${layer} ${source}, ${reason} (${author})`
}

/** Checks who decides these fields. */
export function checkDecisions(
  { witness }: Lab,
  id: string,
  when: string,
  found: Explanation,
  expected: Readonly<Record<string, string>>,
): void {
  for (const [path, wanted] of Object.entries(expected))
    witness.check(
      `${id}-${path}`,
      `Value and decision of ${path}, as \`sojourn explain\` names them ${when}`,
      wanted,
      decision(found, path),
    )
}
