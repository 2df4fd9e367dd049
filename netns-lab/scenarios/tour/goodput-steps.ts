/** What must be true of a TCP run over two profile changes. */
import { rateOfProfile } from '../../topology/service-control.ts'
import { meanGoodput, settledAt } from '../../witness/goodput.ts'
import type { Witness } from '../../witness/witness.ts'
import { checkRate } from './expectation.ts'
import { checkUnbroken, type GoodputRun, goodputPoints, warmUpSeconds } from './goodput-run.ts'

const longestStepSeconds = 2
const settledTolerance = 0.1

/**
 * Goodput before, between and after; how fast it stepped; one connection all the way. Records the series. `besideBitsPerSecond`: what
 * the datagrams take of the class.
 */
export function checkGoodput(
  witness: Witness,
  run: GoodputRun,
  {
    seconds,
    pushes,
    besideBitsPerSecond,
  }: { seconds: number; pushes: readonly number[]; besideBitsPerSecond: number },
): void {
  const since = (milliseconds: number | undefined): number =>
    milliseconds === undefined ? Number.NaN : (milliseconds - run.startMilliseconds) / 1000
  const up = since(pushes[0])
  const down = since(pushes[1])
  const bronze = (rateOfProfile.bronze - besideBitsPerSecond) * run.share
  const gold = (rateOfProfile.gold - besideBitsPerSecond) * run.share
  const mean = (from: number, to: number): number | undefined => meanGoodput(run.intervals, from, to)

  checkRate(witness, 'goodput-c-before', 'Goodput of mn1 before the change', bronze, mean(warmUpSeconds, up))
  checkStep(witness, 'step-up', 'gold', run, up, gold)
  const goldMean = mean(up + longestStepSeconds, down)
  checkRate(witness, 'goodput-c-gold', 'Goodput of mn1 with gold', gold, goldMean)
  checkStep(witness, 'step-down', 'bronze', run, down, bronze)
  const afterMean = mean(down + longestStepSeconds, seconds)
  checkRate(witness, 'goodput-d-after', 'Goodput of mn1 after its volume was used up', bronze, afterMean)
  checkUnbroken(witness, run)

  const at = (afterSeconds: number): number =>
    witness.report.atSeconds(run.startMilliseconds + afterSeconds * 1000)
  const spans = [
    { from: 0, to: up, value: bronze, label: 'bronze' },
    { from: up, to: down, value: gold, label: 'gold' },
    { from: down, to: seconds, value: bronze, label: 'bronze' },
  ].filter(({ from, to }) => to > from)
  witness.report.series({
    id: 'goodput-c-d',
    what: 'Goodput of mn1 over two profile changes',
    unit: 'Mbit/s',
    points: goodputPoints(witness, run),
    marks: ['operator: gold', 'volume used up: bronze'].flatMap((label, index) => {
      const push = pushes[index]
      return push === undefined ? [] : [{ atSeconds: witness.report.atSeconds(push), label }]
    }),
    reference: spans.map(({ from, to, value, label }) => ({
      fromSeconds: at(from),
      toSeconds: at(to),
      value: Math.round(value / 1e4) / 100,
      label,
    })),
  })
}

function checkStep(
  witness: Witness,
  id: string,
  to: string,
  run: GoodputRun,
  from: number,
  rate: number,
): void {
  const settled = settledAt(run.intervals, from, rate, settledTolerance)
  const seconds = settled === undefined ? undefined : settled - from
  const what = `From the push until the goodput of mn1 is that of ${to}`
  if (seconds !== undefined)
    witness.report.figure({ id, what, value: Math.round(seconds * 100) / 100, unit: 's' })
  witness.check(
    id,
    what,
    `at most ${longestStepSeconds} s`,
    seconds === undefined ? 'never' : `${seconds.toFixed(2)} s`,
    seconds !== undefined && seconds <= longestStepSeconds,
  )
}
