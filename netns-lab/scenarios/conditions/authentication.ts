import type { ScapyNode } from '../../strangers/scapy-node.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { frameRate } from '../../witness/goodput.ts'
import { Iperf3 } from '../../witness/iperf3.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { recordRun } from '../profile/on-the-wire.ts'
import type { Lab } from '../scenario.ts'
import { runGoodput } from '../tour/goodput-run.ts'
import { checkDatagrams } from '../tour/profile-change-verdict.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import { checkSpans } from './goodput-spans.ts'
import { awaitRates, checkHistory, checkRates, type Registered } from './kernel-rates.ts'
import { failures, rates } from './profiles.ts'
import { letFlow } from './traffic.ts'
import { hear, tryWrongKey } from './wrong-keys.ts'

const seconds = 17
const probePort = 5202
/** 100 packets a second. */
const probe = { rateBitsPerSecond: 51_200, bytes: 64 }
/** The failure itself is before the change in the kernel, and its end takes as long to get there. */
const endToleranceSeconds = 1

/** A stranger says twice that he is mn1 and cannot prove it: mn1 is in quarantine for a while, in mid-stream. */
export async function authenticationStep(lab: Lab, stranger: ScapyNode, mn1: Registered): Promise<void> {
  const { witness } = lab
  const title = 'Two registrations with a wrong key put mn1 in quarantine for a while, in mid-stream'
  witness.report.step('authentication', title)
  await hear(lab, stranger)
  const monitors = [await KernelMonitor.start('ha'), await KernelMonitor.start('a1')]
  const stream = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: mobileNodes.mn1.homeAddress, port: probePort },
    // It begins first and should not end first.
    seconds: seconds + 1,
    intervalSeconds: 1,
    datagrams: probe,
  })
  const { commuter, quarantine } = rates
  const [run] = await runGoodput(witness, 'authentication', ['mn1'], seconds, async () => {
    await letFlow(lab, 'mn1', { rate: commuter, seconds: 2 })
    await tryWrongKey(lab, stranger, 'first-failure')
    await checkRates(witness, mn1, { id: 'one', when: 'after one failure', rate: commuter })
    await tryWrongKey(lab, stranger, 'second-failure')
    await awaitRates(witness, mn1, { id: 'two', when: 'after two failures', rate: quarantine })
    witness.report.activity('iperf3 runs until the quarantine is over')
    const over = { id: 'over', when: 'after the quarantine', rate: commuter }
    await awaitRates(witness, mn1, over, failures.seconds + 2)
  })
  const datagrams = await stream.result()
  recordRun(witness, 'cn', 'mn1', datagrams)
  const events = await recordMonitors(witness, monitors, /^class htb/)
  const [begin, end] = checkHistory(witness, events, mn1, [quarantine, commuter])
  const lasted = ((end ?? Number.NaN) - (begin ?? Number.NaN)) / 1000
  witness.check(
    'lasted',
    'How long the quarantine was in the kernel of ha',
    `${failures.seconds} s ± ${endToleranceSeconds} s`,
    `${lasted.toFixed(2)} s`,
    Math.abs(lasted - failures.seconds) <= endToleranceSeconds,
  )
  checkDatagrams(witness, datagrams)
  if (run)
    checkSpans(witness, run, {
      name: 'authentication',
      seconds,
      beside: frameRate(probe),
      spans: [
        { id: 'free', when: 'before', rate: commuter },
        { id: 'quarantine', when: 'in quarantine', rate: quarantine, since: begin },
        { id: 'over', when: 'after the quarantine', rate: commuter, since: end },
      ],
    })
}
