import { runInHost } from '../../topology/host-command.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import type { Lab } from '../scenario.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import { awaitRates, checkHistory, type Registered } from './kernel-rates.ts'
import { rates } from './profiles.ts'

/** The access link of a1 goes down and comes back. */
export async function linkDownStep(lab: Lab, mn1: Registered, mn2: Registered): Promise<void> {
  const { witness } = lab
  witness.report.step(
    'link',
    'The access link of a1 goes down and comes back: mn1 follows, mn2 at a2 does not',
  )
  const monitors = await Promise.all((['ha', 'a1', 'a2'] as const).map((host) => KernelMonitor.start(host)))
  await setLink('down')
  const carrier = await witness.see('a1', ['ip', 'link', 'show', 'dev', 'access'], /CARRIER/)
  witness.check(
    'carrier',
    'What the kernel of a1 says of its access link',
    'NO-CARRIER',
    /[<,](NO-CARRIER)[,>]/.exec(carrier)?.[1] ?? 'it has a carrier',
  )
  await awaitRates(witness, mn1, { id: 'down', when: 'with the link down', rate: rates.linkDown })
  await setLink('up')
  await awaitRates(witness, mn1, { id: 'up', when: 'with the link up again', rate: rates.commuter })
  const events = await recordMonitors(witness, monitors, /^class htb|CARRIER/)
  checkHistory(witness, events, mn1, [rates.linkDown, rates.commuter])
  checkHistory(witness, events, mn2, [])
  const { homeAddress } = mobileNodes.mn1
  const ping = await witness.see('cn', ['ping', '-n', '-c', '3', '-i', '0.2', homeAddress], /packet loss/)
  const answers = / (\d+) received/.exec(ping)?.[1] ?? 'none'
  witness.check('ping', 'Answers of mn1 to 3 pings of the correspondent afterwards', '3', answers)
}

/** The far end of the access link, where the switch is. */
async function setLink(state: 'up' | 'down'): Promise<void> {
  await runInHost('air', ['ip', 'link', 'set', 'a1-port', state])
}
