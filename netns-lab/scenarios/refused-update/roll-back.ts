import { identities } from '../../topology/role-configuration.ts'
import type { KernelEvent } from '../../witness/kernel-monitor.ts'
import { decision, explain } from '../profile/explanation.ts'
import { agents, type Classes, classesOf, sameClasses } from '../profile/held-by-kernels.ts'
import { inMegabits } from '../profile/offer.ts'
import type { Lab } from '../scenario.ts'
import { type Change, checkHeld, checkReason, putOffice, type Shown, setOffice, show } from './change.ts'
import { kernelWords, putCounter, removeCounter } from './fault.ts'
import { checkBoth } from './held-by-both.ts'
import { office, rates } from './offer.ts'
import { rateChanges } from './rate-changes.ts'
import { checkNeverFaster, dialogue, stream } from './stream.ts'

const seconds = 20
const path = 'class.downlink.rate'

/** a1's kernel refuses a filter of a new profile: the home agent gives back the rate that it had taken. */
export async function rollBackStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step(
    'roll-back',
    "a1's kernel refuses a part of a change in mid-stream: both agents go back",
  )
  await putOffice(lab, office(rates.refused))
  const see = witness.see.bind(witness)
  const before = await classesOf(see)
  const { profile } = await show(lab)
  await putCounter(lab)
  let change: (Change & { exitCode: number }) | undefined
  const { run, messages, events } = await stream(lab, 'roll-back', seconds, async (wait) => {
    await wait(1, rates.former)
    change = await setOffice(lab)
    // The run goes on after it, or this waits in vain.
    await wait(1, rates.former)
  })
  const after = await show(lab)
  const explained = await explain(lab)
  checkBoth(
    witness,
    'taken-back',
    'afterwards',
    await classesOf(see),
    { ha: rates.former, a1: rates.former },
    before,
  )

  const { revision } = profile
  const both = { ha: revision + 2, a1: revision + 2 }
  witness.check('exit-code', 'Exit code of `sojourn subscriber set-profile`', '1', String(change?.exitCode))
  checkHeld(lab, 'answer', 'the answer to the operator', change, { state: 'rolled-back', ...both })
  checkReason(lab, 'reason', change, kernelWords.filter)
  checkHeld(lab, 'shown', '`sojourn subscriber show`', after, { state: 'applied', ...both })
  const why = `${inMegabits(rates.former)}: override roll-back, revision ${revision + 1} was refused by ${identities.a1}: `
  const decided = decision(explained, path)
  witness.check(
    'explained',
    `Value and decision of ${path}, as \`sojourn explain\` names them`,
    `${why}… ${kernelWords.filter} …`,
    decided,
    decided.startsWith(why) && decided.includes(kernelWords.filter),
  )
  const orders = { ha: 'QIR, QIA 2001, QIR, QIA 2001', a1: 'QIR, QIA 5012, QIR, QIA 2001' }
  for (const agent of agents)
    witness.check(
      `orders-${agent}`,
      `Orders to ${agent}, and its answers`,
      orders[agent],
      dialogue(messages, agent),
    )
  checkWay(lab, before, events)
  if (run) checkNeverFaster(lab, run, rates.former)
  await editOnceMore(lab, before, after)
}

/** The home agent takes the refused rate and gives it back; a1 never had it, since what is new goes ahead. */
function checkWay(
  { witness }: Lab,
  { ha, a1 }: Classes,
  events: ReadonlyMap<string, readonly KernelEvent[]>,
): void {
  const ways = { ha: [rates.refused, rates.former], a1: [] }
  for (const [agent, { whole }] of [
    ['ha', ha],
    ['a1', a1],
  ] as const) {
    const own = rateChanges(events.get(agent) ?? [], whole?.classId, rates.former)
    witness.check(
      `way-${agent}`,
      `Changes of the rate of the class of mn1 at ${agent}, as \`tc monitor\` tells them`,
      ways[agent].map(inMegabits).join(', ') || 'none',
      own.map(({ rate }) => inMegabits(rate)).join(', ') || 'none',
    )
    const [there, back] = own
    if (there && back) {
      const what = `For how long ${agent} had the rate that a1 refused`
      const value = Math.round((back.atMilliseconds - there.atMilliseconds) * 10) / 10
      witness.report.figure({ id: `way-${agent}`, what, value, unit: 'ms' })
    }
  }
}

/** The fault is removed; what is asked for then is in force at both, and the roll-back is over. */
async function editOnceMore(lab: Lab, before: Classes, { profile }: Shown): Promise<void> {
  const { witness } = lab
  await removeCounter(lab)
  const edited = await putOffice(lab, office(rates.edited))
  const found = await sameClasses(witness.see.bind(witness), before)
  checkBoth(witness, 'edited', 'after the next edit', found, { ha: rates.edited, a1: rates.edited }, before)
  const revision = profile.revision + 1
  checkHeld(lab, 'edited', 'the answer to the next edit', edited, {
    state: 'applied',
    ha: revision,
    a1: revision,
  })
  const explained = await explain(lab)
  witness.check(
    'edited-explained',
    `Value and decision of ${path} then`,
    `${inMegabits(rates.edited)}: base office, offer (ann)`,
    decision(explained, path),
  )
}
