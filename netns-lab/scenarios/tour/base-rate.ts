import { rateOfProfile } from '../../topology/service-control.ts'
import { meanGoodput } from '../../witness/goodput.ts'
import type { Lab } from '../scenario.ts'
import { checkRate } from './expectation.ts'
import { checkUnbroken, goodputPoints, runGoodput, warmUpSeconds } from './goodput-run.ts'

const seconds = 4

/** Story step b: TCP from the correspondent to mn1 gets what its profile says. */
export async function baseRateStep({ witness }: Lab): Promise<void> {
  witness.report.step('b', 'TCP from the correspondent to mn1 gets the bronze rate')
  witness.report.activity(`iperf3 for ${seconds} s`)
  const [run] = await runGoodput(witness, 'b', ['mn1'], seconds)
  if (!run) return
  const expected = rateOfProfile.bronze * run.share
  witness.check(
    'path-mtu',
    'Path MTU that the correspondent discovered',
    '1480',
    String(run.result.sender.pathMtu),
  )
  checkRate(
    witness,
    'goodput-b',
    'Goodput of mn1 with bronze',
    expected,
    meanGoodput(run.intervals, warmUpSeconds, seconds),
  )
  checkUnbroken(witness, run)
  witness.report.series({
    id: 'goodput-b',
    what: 'Goodput of mn1 with its base profile',
    unit: 'Mbit/s',
    points: goodputPoints(witness, run),
    marks: [],
    reference: [
      {
        fromSeconds: witness.report.atSeconds(run.startMilliseconds),
        toSeconds: witness.report.atSeconds(run.startMilliseconds + seconds * 1000),
        value: Math.round(expected / 1e4) / 100,
        label: 'bronze',
      },
    ],
  })
}
