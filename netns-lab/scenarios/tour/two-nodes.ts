import { rateOfProfile } from '../../topology/service-control.ts'
import { meanGoodput } from '../../witness/goodput.ts'
import { joinNode } from '../preparation.ts'
import type { Lab } from '../scenario.ts'
import { checkRate } from './expectation.ts'
import { checkUnbroken, goodputPoints, runGoodput, warmUpSeconds } from './goodput-run.ts'
import { checkForeignAgent, checkHomeAgent } from './kernel-checks.ts'

const seconds = 4
const profiles = { mn1: 'bronze', mn2: 'silver' } as const

/** Story step f: a second node with another profile behind the same foreign agent; both hold their own rate at once. */
export async function twoNodesStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('f', 'mn2 joins with profile silver; both hold their rates at once')
  await joinNode(lab, 'mn2', 'a2')
  const expected = { node: 'mn2', agent: 'a2', rateBitsPerSecond: rateOfProfile.silver } as const
  await checkHomeAgent(witness, expected)
  await checkForeignAgent(witness, expected)
  witness.report.activity(`iperf3 to both for ${seconds} s`)
  const runs = await runGoodput(witness, 'f', ['mn1', 'mn2'], seconds)
  for (const run of runs) {
    const profile = profiles[run.node]
    const rate = rateOfProfile[profile] * run.share
    const mean = meanGoodput(run.intervals, warmUpSeconds, seconds)
    checkRate(
      witness,
      `goodput-f-${run.node}`,
      `Goodput of ${run.node} (${profile}) with both at once`,
      rate,
      mean,
    )
    checkUnbroken(witness, run)
    const at = (afterSeconds: number): number =>
      witness.report.atSeconds(run.startMilliseconds + afterSeconds * 1000)
    witness.report.series({
      id: `goodput-f-${run.node}`,
      what: `Goodput of ${run.node} (${profile})`,
      unit: 'Mbit/s',
      points: goodputPoints(witness, run),
      marks: [],
      reference: [
        { fromSeconds: at(0), toSeconds: at(seconds), value: Math.round(rate / 1e4) / 100, label: profile },
      ],
    })
  }
}
