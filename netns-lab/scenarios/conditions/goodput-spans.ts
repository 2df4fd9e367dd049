import { meanGoodput, settledAt } from '../../witness/goodput.ts'
import type { Witness } from '../../witness/witness.ts'
import { checkRate } from '../tour/expectation.ts'
import { checkUnbroken, type GoodputRun, goodputPoints, warmUpSeconds } from '../tour/goodput-run.ts'
import { inMegabits } from './subscribers.ts'

const longestStepSeconds = 2
const settledTolerance = 0.1

/** What a run should have from a moment on. */
export interface Span {
  id: string
  /** Ends the sentence. */
  when: string
  rate: number
  /** When the kernel of the home agent got the rate, milliseconds since 1970; that of the first span had it before. */
  since?: number | undefined
}

/** Checks the goodput in each span and how fast it stepped, over one connection. `beside`: bits per second that others take of the class. */
export function checkSpans(
  witness: Witness,
  run: GoodputRun,
  {
    name,
    seconds,
    beside = 0,
    spans,
  }: { name: string; seconds: number; beside?: number; spans: readonly Span[] },
): void {
  const start = (span: Span): number => ((span.since ?? Number.NaN) - run.startMilliseconds) / 1000
  for (const [index, span] of spans.entries()) {
    const { id, when, rate } = span
    const next = spans[index + 1]
    const goodput = (rate - beside) * run.share
    const isFirst = index === 0
    const from = isFirst ? warmUpSeconds : settledAt(run.intervals, start(span), goodput, settledTolerance)
    const mean = meanGoodput(run.intervals, from ?? Number.NaN, next ? start(next) : seconds)
    checkRate(witness, `goodput-${name}-${id}`, `Goodput of ${run.node} ${when}`, goodput, mean)
    if (isFirst) continue
    const took = (from ?? Number.NaN) - start(span)
    witness.check(
      `step-${id}`,
      `From the change in the kernel of ha until the goodput of ${run.node} is that of ${inMegabits(rate)}`,
      `at most ${longestStepSeconds} s`,
      Number.isNaN(took) ? 'never' : `${took.toFixed(2)} s`,
      took <= longestStepSeconds,
    )
  }
  checkUnbroken(witness, run)
  witness.report.series({
    id: `goodput-${name}`,
    what: `Goodput of ${run.node}`,
    unit: 'Mbit/s',
    points: goodputPoints(witness, run),
    marks: spans.flatMap(({ since, when }) =>
      since === undefined ? [] : [{ atSeconds: witness.report.atSeconds(since), label: when }],
    ),
    reference: [],
  })
}
