import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { until } from '../../condition.ts'
import { LabError } from '../../lab-error.ts'
import { OperatorRequests } from '../operator-requests.ts'
import { joinNode, prepare } from '../preparation.ts'
import { type Agent, agents } from '../profile/held-by-kernels.ts'
import { nai } from '../profile/offer.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { type Change, change, content, profileNames } from './changes.ts'
import { heldLines } from './held.ts'
import { effective, expectedLines, type Model, profileDocument } from './model.ts'
import { Story } from './story.ts'

const usualSteps = 25
/** Usage is reported once a second, and a server that was killed takes some seconds to start. */
const patienceSeconds = 30

/** The whole system against a model: whatever happens, both kernels end with what the layers say. Not among the tests: it takes a minute. */
export const randomChanges: Scenario = {
  title: 'Random edits, overrides, usage, refusals and kills ($SOJOURN_SEED, $SOJOURN_STEPS) against a model',
  async run(lab) {
    const { witness, settings } = lab
    const seed = Number(settings.SOJOURN_SEED ?? Date.now() % 1_000_000)
    const steps = Number(settings.SOJOURN_STEPS ?? usualSteps)
    if (!Number.isInteger(seed) || !Number.isInteger(steps))
      throw new LabError('lab/usage', 'SOJOURN_SEED and SOJOURN_STEPS are whole numbers')
    await prepare(lab)
    const operator = new OperatorRequests(lab)
    const [studio, lite] = fc.sample(content, { seed, numRuns: profileNames.length })
    if (!studio || !lite) return
    const model: Model = { profiles: { studio, lite }, bought: 'studio', overrides: [], isUsedUp: false }
    for (const name of profileNames) {
      const document = profileDocument(name, model.profiles[name])
      await operator.order('PUT', `/v1/profiles/${name}`, { document, reason: 'first' })
    }
    await operator.order('PUT', `/v1/subscribers/${nai}/profile`, { profile: 'studio' })
    await joinNode(lab, 'mn1', 'a1')
    witness.report.step('changes', `${steps} changes from SOJOURN_SEED=${seed}`)
    const story = new Story(lab, operator, model)
    await compare(lab, model, 'the registration')
    for (const [index, next] of fc.sample(change, { seed, numRuns: steps }).entries()) {
      await story.tell(next)
      await compare(lab, model, `${index + 1}. ${describe(next)}`)
    }
    witness.report.step('end', 'What the home server says at the end')
    await story.conclude()
    operator.close()
  },
}

/** Waits until both kernels hold what the model says: usage is reported once a second, a killed server has to come back. */
async function compare({ witness }: Lab, model: Model, after: string): Promise<void> {
  const terms = effective(model)
  let seen: Record<Agent, string[]> = { ha: [], a1: [] }
  const isHeld = () => agents.every((agent) => isDeepStrictEqual(seen[agent], expectedLines(agent, terms)))
  await until(after, { timeoutSeconds: patienceSeconds, intervalMilliseconds: 100 }, async () => {
    const look = witness.look.bind(witness)
    seen = { ha: await heldLines(look, 'ha'), a1: await heldLines(look, 'a1') }
    return isHeld() || undefined
  }).catch(() => undefined)
  const text = (lines: readonly string[]): string => lines.join('; ')
  for (const agent of agents)
    witness.check(
      `${agent} ${after}`,
      `What tc shows of mn1 at ${agent} after ${after}`,
      text(expectedLines(agent, terms)),
      text(seen[agent]),
    )
}

function describe({ kind, ...what }: Change): string {
  return 'name' in what ? `${kind} ${what.name}` : kind
}
