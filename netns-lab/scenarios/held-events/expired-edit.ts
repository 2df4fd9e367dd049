import { decodeCaptures } from '../../witness/capture.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { awaitRates, checkHistory, checkRates, type Registered } from '../conditions/kernel-rates.ts'
import { letFlow } from '../conditions/traffic.ts'
import type { Lab } from '../scenario.ts'
import { coreSignalling } from '../tour/capture-points.ts'
import { checkUnbroken, runGoodput } from '../tour/goodput-run.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import { openEdit } from './edits.ts'
import { rates, volumeBytes } from './profiles.ts'

const seconds = 16
const leaseSeconds = 10
const latestSeconds = 2

/** mn1 uses up its volume while an operator edits what it has; nobody ends the edit, so it expires. */
export async function expiredEditStep(lab: Lab, mn1: Registered): Promise<void> {
  const { witness } = lab
  const title =
    'The volume is used up while an edit is open that nobody ends: it counts when the edit expires'
  witness.report.step('expire', title)
  const capture = await witness.capture('expire-core', coreSignalling({ tunnelled: false }))
  const monitors = [await KernelMonitor.start('ha'), await KernelMonitor.start('a1')]
  const { expiresAt } = await openEdit(lab, 'mn1@home.example', `${leaseSeconds}s`)
  const { base } = rates.committed
  const [run] = await runGoodput(witness, 'expire', ['mn1'], seconds, async () => {
    await letFlow(lab, 'mn1', { rate: 8 * volumeBytes, seconds: 1.2 })
    await checkRates(witness, mn1, { id: 'held', when: 'after the volume, with the edit open', rate: base })
    const expired = { id: 'expired', when: 'when the edit has expired', rate: rates.usedUp }
    await awaitRates(witness, mn1, expired, leaseSeconds + latestSeconds)
  })
  await witness.stopCaptures([capture])
  const events = await recordMonitors(witness, monitors, /^class htb/)
  const [changed] = checkHistory(witness, events, mn1, [rates.usedUp])
  const expiry = Date.parse(expiresAt)
  const after = ((changed ?? Number.NaN) - expiry) / 1000
  witness.check(
    'in-time',
    'From the end of the lease to the change in the kernel of ha',
    `0 to ${latestSeconds} s`,
    Number.isNaN(after) ? 'never' : `${after.toFixed(3)} s`,
    after >= 0 && after <= latestSeconds,
  )
  await checkReported(lab, capture.file, expiry)
  if (run) checkUnbroken(witness, run)
}

/** The home server knew before that the volume was used up: accounting had told it. */
async function checkReported({ witness }: Lab, file: string, expiry: number): Promise<void> {
  const fields = ['frame.time_epoch', 'diameter.Accounting-Output-Octets']
  const filter = 'diameter.Accounting-Output-Octets && ip.src == 10.1.0.2'
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [file], filter, fields)
  witness.report.evidence({ host: 'core', command: finished.command, output: finished.output }, /\d/)
  const used = rows.find(([, octets]) => Number(octets?.at(-1)) > volumeBytes)
  const ahead = (expiry - Number(used?.[0]?.[0]) * 1000) / 1000
  witness.check(
    'reported',
    'How long before the end of the lease accounting reported more than the volume (tshark)',
    'more than 0 s',
    Number.isNaN(ahead) ? 'it was not reported' : `${ahead.toFixed(2)} s`,
    ahead > 0,
  )
}
