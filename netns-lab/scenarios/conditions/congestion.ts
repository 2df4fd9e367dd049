import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { WitnessProcess } from '../../witness/process.ts'
import type { Lab } from '../scenario.ts'
import { coreSignalling } from '../tour/capture-points.ts'
import { runGoodput } from '../tour/goodput-run.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import { checkSpans } from './goodput-spans.ts'
import { awaitRates, checkHistory, checkRates, type Registered } from './kernel-rates.ts'
import { type LinkReport, linkReports, usedOfLink } from './link-use.ts'
import { congestion, rates } from './profiles.ts'
import { letFlow } from './traffic.ts'
import { station } from './wrong-keys.ts'

const seconds = 14
/** 100 packets of 12,000 bytes a second, in fragments: half of the link. */
const flood = ['ping', '-n', '-q', '-f', '-i', '0.01', '-l', '50', '-s', '12000', station.address]
const utilizationTolerance = 0.1

/**
 * Others fill half of the access link of a1, and with mn1 it is congested. What mn1 gets then leaves the link between both thresholds:
 * it stays so, without going to and fro, until the others are silent.
 */
export async function congestionStep(lab: Lab, mn1: Registered, mn2: Registered): Promise<void> {
  const { witness } = lab
  const title = 'The access link of a1 is congested: mn1 gets less while it is, mn2 at a2 keeps what it has'
  witness.report.step('congestion', title)
  const capture = await witness.capture('congestion-core', coreSignalling({ tunnelled: false }))
  const monitors = await Promise.all((['ha', 'a1', 'a2'] as const).map((host) => KernelMonitor.start(host)))
  let used = Number.NaN
  let lookedAt = Number.NaN
  const { commuter, congested } = rates
  const [run] = await runGoodput(witness, 'congestion', ['mn1'], seconds, async () => {
    await letFlow(lab, 'mn1', { rate: commuter, seconds: 1.5 })
    const others = new WitnessProcess('core', flood)
    await awaitRates(witness, mn1, { id: 'congested', when: 'with a congested link', rate: congested })
    witness.report.activity('the link stays between both thresholds')
    used = await usedOfLink(witness, () => letFlow(lab, 'mn1', { rate: congested, seconds: 3 }))
    lookedAt = Date.now()
    const still = { id: 'still', when: 'with a link between both thresholds', rate: congested }
    await checkRates(witness, mn1, still)
    await checkRates(witness, mn2, { id: 'elsewhere', when: 'meanwhile', rate: rates.reader })
    const { command, output } = await others.stop('SIGINT')
    witness.report.evidence({ host: 'core', command, output }, /transmitted/)
    await awaitRates(witness, mn1, { id: 'clear', when: 'with a clear link', rate: commuter })
  })
  await witness.stopCaptures([capture])
  const events = await recordMonitors(witness, monitors, /^class htb/)
  const [begin, end] = checkHistory(witness, events, mn1, [congested, commuter])
  checkHistory(witness, events, mn2, [])
  checkReports(lab, await linkReports(witness, capture), { begin, used, lookedAt })
  if (run)
    checkSpans(witness, run, {
      name: 'congestion',
      seconds,
      spans: [
        { id: 'before', when: 'before', rate: commuter },
        { id: 'congested', when: 'with a congested link', rate: congested, since: begin },
        { id: 'clear', when: 'with a clear link', rate: commuter, since: end },
      ],
    })
}

/** `used`: as the kernel's counter says until `lookedAt`. */
function checkReports(
  { witness }: Lab,
  reports: readonly LinkReport[],
  { begin, used, lookedAt }: { begin: number | undefined; used: number; lookedAt: number },
): void {
  const percent = (share: number | undefined): string =>
    share === undefined ? 'no report' : `${(share * 100).toFixed(0)} %`
  const { from, clearBelow } = congestion
  const before = reports.filter(({ atMilliseconds }) => atMilliseconds < (begin ?? 0)).at(-1)
  witness.check(
    'reported',
    'Link-Utilization that a1 reported before the change (tshark)',
    `${percent(from)} or more`,
    percent(before?.utilization),
    (before?.utilization ?? 0) >= from,
  )
  witness.check(
    'between',
    'Use of the access link while mn1 had less, as tc counts it',
    `${percent(clearBelow)} to ${percent(from)}`,
    percent(used),
    used >= clearBelow && used < from,
  )
  const meanwhile = reports.filter(({ atMilliseconds }) => atMilliseconds < lookedAt).at(-1)
  witness.check(
    'as-counted',
    'Link-Utilization that a1 reported meanwhile, beside what tc counted',
    `${percent(used)} ± ${percent(utilizationTolerance)}`,
    percent(meanwhile?.utilization),
    Math.abs((meanwhile?.utilization ?? Number.NaN) - used) <= utilizationTolerance,
  )
}
