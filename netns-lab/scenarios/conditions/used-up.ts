import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import type { Lab } from '../scenario.ts'
import { runGoodput } from '../tour/goodput-run.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import { checkSpans } from './goodput-spans.ts'
import { awaitRates, checkHistory, type Registered } from './kernel-rates.ts'
import { rates, volume } from './profiles.ts'

const seconds = 14
/** Accounting looks once a second, and its report takes a while. */
const latestNoticeSeconds = 2

/** mn2 uses up its volume: at four fifths of it slower, then slowest. */
export async function usedUpStep(lab: Lab, mn2: Registered): Promise<void> {
  const { witness } = lab
  witness.report.step('volume', 'mn2 uses up its volume: slower from four fifths of it on, then slowest')
  const monitors = [await KernelMonitor.start('ha'), await KernelMonitor.start('a2')]
  const { reader, nearlyUsedUp, usedUp } = rates
  const [run] = await runGoodput(witness, 'volume', ['mn2'], seconds, async () => {
    const nearly = { id: 'nearly', when: 'after four fifths of the volume', rate: nearlyUsedUp }
    await awaitRates(witness, mn2, nearly, seconds)
    await awaitRates(witness, mn2, { id: 'used-up', when: 'after the volume', rate: usedUp }, seconds)
  })
  const events = await recordMonitors(witness, monitors, /^class htb/)
  const [nearly, all] = checkHistory(witness, events, mn2, [nearlyUsedUp, usedUp])
  if (!run) return
  for (const { id, part, at, rate } of [
    { id: 'at-nearly', part: volume.nearly, at: nearly, rate: reader },
    { id: 'at-all', part: 1, at: all, rate: nearlyUsedUp },
  ]) {
    const end = ((at ?? Number.NaN) - run.startMilliseconds) / 1000
    const payload = run.intervals
      .filter(({ startSeconds }) => startSeconds < end)
      .reduce((sum, interval) => sum + interval.bytes, 0)
    const bytes = payload / run.share
    const least = volume.bytes * part
    const most = least + (rate / 8) * latestNoticeSeconds
    const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`
    witness.check(
      id,
      `Bytes that mn2 had when the kernel of ha changed its rate after ${part * 100} % of the volume`,
      `${megabytes(least)} to ${megabytes(most)}`,
      megabytes(bytes),
      bytes >= least && bytes <= most,
    )
  }
  checkSpans(witness, run, {
    name: 'volume',
    seconds,
    spans: [
      { id: 'fresh', when: 'before', rate: reader },
      { id: 'nearly', when: 'after four fifths of the volume', rate: nearlyUsedUp, since: nearly },
      { id: 'used-up', when: 'after the volume', rate: usedUp, since: all },
    ],
  })
}
