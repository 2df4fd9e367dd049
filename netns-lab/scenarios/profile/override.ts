import { until } from '../../condition.ts'
import { frameRate, meanGoodput, settledAt } from '../../witness/goodput.ts'
import { Iperf3 } from '../../witness/iperf3.ts'
import { countersOf } from '../../witness/network-counters.ts'
import { describeMessage } from '../../witness/signalling.ts'
import type { Lab } from '../scenario.ts'
import { coreSignalling } from '../tour/capture-points.ts'
import { checkRate } from '../tour/expectation.ts'
import {
  checkUnbroken,
  type GoodputRun,
  goodputPoints,
  runGoodput,
  warmUpSeconds,
} from '../tour/goodput-run.ts'
import { checkDatagrams } from '../tour/profile-change-verdict.ts'
import { checkDecisions, type Explanation, explain } from './explanation.ts'
import { type Classes, checkClasses, classesOf, sameClasses } from './held-by-kernels.ts'
import { homeAddress, inMegabits, nai, rates, voicePort } from './offer.ts'
import { recordRun, voice } from './on-the-wire.ts'
import { type, writeDocument } from './operators.ts'

const seconds = 16
/** After how much of the run, counted in delivered bytes, the operator begins to type. */
const beforeSeconds = 2
/** Counted from when the operator's command starts; it takes a second or more. */
const overrideSeconds = 8
const longestStepSeconds = 2
const settledTolerance = 0.1
const latestEndSeconds = 1

/** What the next step goes on with. */
export interface AfterOverride {
  classes: Classes
  /** A time when the override was in force, ISO 8601. */
  overriddenAt: string
}

/** An override takes half of the downlink under a TCP run and a voice stream, and gives it back by itself. */
export async function overrideStep(lab: Lab): Promise<AfterOverride> {
  const { witness, roles } = lab
  witness.report.step('override', 'An override with an end lowers the downlink in mid-stream')
  const capture = await witness.capture('override-core', coreSignalling({ tunnelled: false }))
  const before = await classesOf(witness.look.bind(witness))
  const counters = countersOf(roles.daemon('mn1').processId)
  const receivedBefore = counters.received('radio0').bytes
  const stream = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: homeAddress, port: voicePort },
    // It begins first and should not end first.
    seconds: seconds + 1,
    intervalSeconds: 1,
    datagrams: voice,
  })
  let during: Classes | undefined
  let explained: Explanation | undefined
  let exitCode: number | undefined
  let overriddenAt = ''
  const [run] = await runGoodput(witness, 'override', ['mn1'], seconds, async () => {
    const enough = (rates.downlink / 8) * beforeSeconds
    await until(
      `${enough} bytes have reached mn1`,
      { timeoutSeconds: 20 },
      () => counters.received('radio0').bytes - receivedBefore >= enough || undefined,
    )
    const set = { class: { downlink: { rate: inMegabits(rates.overridden) } } }
    const words = ['override', 'put', nai, 'repair', writeDocument(lab, 'repair.json', set)]
    const more = ['--reason', 'ticket 7', '--for', `${overrideSeconds}s`]
    exitCode = (await type(lab, 'ann', ...words, ...more)).exitCode
    overriddenAt = new Date().toISOString()
    during = await sameClasses(witness.see.bind(witness), before)
    explained = await explain(lab)
  })
  const datagrams = await stream.result()
  const after = await classesOf(witness.see.bind(witness))
  await witness.stopCaptures([capture])
  recordRun(witness, 'cn', 'mn1', datagrams)
  witness.check('command', 'Exit code of `sojourn override put`', '0', String(exitCode))
  const { downlink, overridden } = rates
  if (during)
    checkClasses(witness, 'during', 'with the override', {
      found: during,
      downlink: overridden,
      same: before,
    })
  checkClasses(witness, 'after', 'after its end', { found: after, downlink, same: before })
  const messages = await witness.signalling([capture], /QoS|327/)
  const pushes = messages
    .filter((message) => describeMessage(message) === 'QIR hs→ha')
    .map(({ atMilliseconds }) => atMilliseconds)
  witness.check('pushes', 'Profile pushes to ha: the override, and its end', '2', String(pushes.length))
  checkDatagrams(witness, datagrams)
  if (run) checkGoodput(lab, run, pushes)
  if (explained) checkExplanation(lab, explained, pushes[1])
  return { classes: before, overriddenAt }
}

function checkGoodput({ witness }: Lab, run: GoodputRun, pushes: readonly number[]): void {
  const since = (push: number | undefined): number => ((push ?? Number.NaN) - run.startMilliseconds) / 1000
  const [down, up] = [since(pushes[0]), since(pushes[1])]
  const goodput = (rate: number): number => (rate - frameRate(voice)) * run.share
  const settled = (from: number, rate: number): number =>
    settledAt(run.intervals, from, goodput(rate), settledTolerance) ?? Number.NaN
  const [low, high] = [settled(down, rates.overridden), settled(up, rates.downlink)]
  const spans = [
    { id: 'before', rate: rates.downlink, from: warmUpSeconds, to: down },
    { id: 'during', rate: rates.overridden, from: low, to: up },
    { id: 'after', rate: rates.downlink, from: high, to: seconds },
  ]
  for (const { id, rate, from, to } of spans)
    checkRate(
      witness,
      `goodput-${id}`,
      `Goodput of mn1 ${id} the override`,
      goodput(rate),
      meanGoodput(run.intervals, from, to),
    )
  const steps = [
    { id: 'step-down', took: low - down, rate: rates.overridden },
    { id: 'step-up', took: high - up, rate: rates.downlink },
  ]
  for (const { id, took, rate } of steps)
    witness.check(
      id,
      `From the push until the goodput of mn1 is that of ${inMegabits(rate)}`,
      `at most ${longestStepSeconds} s`,
      Number.isNaN(took) ? 'never' : `${took.toFixed(2)} s`,
      took <= longestStepSeconds,
    )
  checkUnbroken(witness, run)
  witness.report.series({
    id: 'goodput-override',
    what: 'Goodput of mn1 over an override and its end',
    unit: 'Mbit/s',
    points: goodputPoints(witness, run),
    marks: ['override', 'its end'].flatMap((label, index) => {
      const push = pushes[index]
      return push === undefined ? [] : [{ atSeconds: witness.report.atSeconds(push), label }]
    }),
    reference: [],
  })
}

function checkExplanation(lab: Lab, explained: Explanation, ended: number | undefined): void {
  checkDecisions(lab, 'explained', 'with the override', explained, {
    'class.downlink.rate': `${inMegabits(rates.overridden)}: override repair, ticket 7 (ann)`,
    'class.downlink.priority': '2: base studio, set by an operator (ann)',
    'class.uplink.rate': `${inMegabits(rates.uplink)}: base studio, set by an operator (ann)`,
    'class.dscp': 'AF41: base studio, set by an operator (ann)',
  })
  const field = explained.fields.find(({ path }) => path === 'class.downlink.rate')
  const promised = Date.parse(field?.decidedBy?.until ?? '')
  const late = ((ended ?? Number.NaN) - promised) / 1000
  lab.witness.check(
    'end',
    'From the end that was explained to the push that ends the override',
    `0 to ${latestEndSeconds} s`,
    Number.isNaN(late) ? 'one of the two was not seen' : `${late.toFixed(3)} s`,
    late >= 0 && late <= latestEndSeconds,
  )
}
