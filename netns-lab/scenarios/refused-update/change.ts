/** What operators type, and what the home server answers: which agent holds what, and why. */
import { z } from 'zod'
import { identities } from '../../topology/role-configuration.ts'
import { nai } from '../profile/offer.ts'
import { type, writeDocument } from '../profile/operators.ts'
import type { Lab } from '../scenario.ts'
import { type office, profileName } from './offer.ts'

const nodes = z.record(
  z.string(),
  z.object({ revision: z.number().nullable(), failure: z.string().nullable() }),
)
const change = z.object({ revision: z.number(), state: z.string(), nodes })
const committed = z.object({ distributed: z.array(change) })
const detail = z.object({
  state: z.string(),
  nodes,
  profile: z.object({ revision: z.number(), decidedBy: z.object({ layer: z.string(), reason: z.string() }) }),
})

export type Change = z.output<typeof change>
export type Shown = z.output<typeof detail>
type Held = Pick<Change, 'state' | 'nodes'>

/** `sojourn subscriber set-profile` */
export async function setOffice(lab: Lab): Promise<Change & { exitCode: number }> {
  const words = ['subscriber', 'set-profile', nai, profileName, '--reason', 'new offer', '--json']
  const { output, exitCode } = await type(lab, 'ann', ...words)
  return { ...change.parse(JSON.parse(output)), exitCode }
}

/** `sojourn profile put`; without a subscriber who has the profile nothing is distributed. */
export async function putOffice(
  lab: Lab,
  document: ReturnType<typeof office>,
): Promise<(Change & { exitCode: number }) | undefined> {
  const file = writeDocument(lab, `${profileName}.json`, document)
  const { output, exitCode } = await type(lab, 'ann', 'profile', 'put', file, '--reason', 'offer', '--json')
  const [first] = committed.parse(JSON.parse(output)).distributed
  return first && { ...first, exitCode }
}

/** `sojourn subscriber show` */
export async function show(lab: Lab): Promise<Shown> {
  const { output } = await type(lab, 'bob', 'subscriber', 'show', nai, '--json')
  return detail.parse(JSON.parse(output))
}

/** `split: ha 3, a1 2` */
export function describeHeld({ state, nodes }: Held): string {
  const at = (host: 'ha' | 'a1'): string => `${host} ${nodes[identities[host]]?.revision ?? 'nothing'}`
  return `${state}: ${at('ha')}, ${at('a1')}`
}

/** Checks who holds which revision. */
export function checkHeld(
  { witness }: Lab,
  id: string,
  source: string,
  found: Held | undefined,
  expected: { state: string; ha: number; a1: number },
): void {
  const { state, ha, a1 } = expected
  witness.check(
    id,
    `State and the revision that each agent holds, as ${source} says`,
    `${state}: ha ${ha}, a1 ${a1}`,
    found ? describeHeld(found) : 'nothing was distributed',
  )
}

/** Checks that a1's failure bears the words of its kernel. */
export function checkReason({ witness }: Lab, id: string, found: Held | undefined, words: string): void {
  const failure = found?.nodes[identities.a1]?.failure ?? 'none'
  witness.check(id, 'Why, as the home server was told of a1', `… ${words}`, failure, failure.includes(words))
}
