import { until } from '../../condition.ts'
import { type Classes, classesOf, sameClasses } from '../profile/held-by-kernels.ts'
import type { Lab } from '../scenario.ts'
import { describeClass, describeRates } from '../tour/expectation.ts'
import { checkHeld, checkReason, putOffice, type Shown, show } from './change.ts'
import { kernelWords, nextClass, putClass, removeClass } from './fault.ts'
import { checkBoth } from './held-by-both.ts'
import { office, rates } from './offer.ts'
import { checkNeverFaster, dialogue, stream } from './stream.ts'

const seconds = 20
/** Further attempts come after 2 s, then 4 s, 8 s and 16 s after the one before. */
const refusedSeconds = 4
const longestRetrySeconds = 20

/** a1's kernel refuses a class: the profile says that this is reported and tried again. */
export async function splitStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('split', "a1's kernel refuses a class; the profile stays split and is tried again")
  const look = witness.look.bind(witness)
  const before = await classesOf(look)
  const { profile } = await show(lab)
  const occupied = nextClass(before)
  await putClass(lab, occupied)
  let change: Awaited<ReturnType<typeof putOffice>>
  let during: { shown: Shown; classes: Classes } | undefined
  let removedAt = Number.NaN
  let wholeAt = Number.NaN
  const { run, messages } = await stream(lab, 'split', seconds, async (wait) => {
    await wait(1, rates.edited)
    change = await putOffice(lab, office(rates.split, { withFlow: true, onFailure: 'report-split' }))
    await wait(refusedSeconds, rates.edited)
    during = { shown: await show(lab), classes: await sameClasses(witness.see.bind(witness), before) }
    await removeClass(lab, occupied)
    removedAt = Date.now()
    await until(
      'a1 has taken the change',
      { timeoutSeconds: longestRetrySeconds },
      async () => (await sameClasses(look, before)).a1.whole?.rateBitsPerSecond === rates.split || undefined,
    )
    wholeAt = Date.now()
  })
  const after = await show(lab)
  checkBoth(
    witness,
    'whole',
    'after the fault was removed',
    await classesOf(witness.see.bind(witness)),
    { ha: rates.split, a1: rates.split, flowAt: ['ha', 'a1'] },
    before,
  )

  const { revision } = profile
  const [split, whole] = [
    { state: 'split', ha: revision + 1, a1: revision },
    { state: 'applied', ha: revision + 1, a1: revision + 1 },
  ]
  witness.check('exit-code', 'Exit code of `sojourn profile put`', '1', String(change?.exitCode))
  checkHeld(lab, 'answer', 'the answer to the operator', change, split)
  checkReason(lab, 'reason', change, kernelWords.class)
  checkHeld(lab, 'shown-split', '`sojourn subscriber show` while the fault is there', during?.shown, split)
  checkReason(lab, 'reason-shown', during?.shown, kernelWords.class)
  if (during) checkSplit(lab, during.classes)
  checkHeld(lab, 'shown-whole', '`sojourn subscriber show` after it', after, whole)
  witness.check('orders-ha', 'Orders to ha, and its answers', 'QIR, QIA 2001', dialogue(messages, 'ha'))
  const orders = dialogue(messages, 'a1')
  const refusals = orders.split('QIA 5012').length - 1
  witness.check(
    'orders-a1',
    'Orders to a1, and its answers',
    'refused twice or more, then taken: QIR, QIA 5012, …, QIR, QIA 2001',
    orders,
    refusals >= 2 && /^(QIR, QIA 5012, )+QIR, QIA 2001$/.test(orders),
  )
  const took = (wholeAt - removedAt) / 1000
  witness.check(
    'retry',
    'From the end of the fault until a1 holds the new rate',
    `at most ${longestRetrySeconds} s`,
    `${took.toFixed(1)} s`,
    took <= longestRetrySeconds,
  )
  if (run) checkNeverFaster(lab, run, rates.edited, (removedAt - run.startMilliseconds) / 1000)
}

/** The home agent is ahead, the foreign agent has what it had. */
function checkSplit({ witness }: Lab, { ha, a1 }: Classes): void {
  witness.check(
    'kernels-split',
    'HTB class of mn1 at ha and at a1 while the fault is there',
    [rates.split, rates.edited].map((rate) => describeRates(rate, rate)).join('; '),
    [ha, a1].map(({ whole }) => describeClass(whole)).join('; '),
  )
}
