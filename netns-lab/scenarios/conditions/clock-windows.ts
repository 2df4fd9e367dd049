import { until } from '../../condition.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { bitsPerSecond } from '../../witness/kernel-state.ts'
import { filtersFor } from '../profile/held-by-kernels.ts'
import type { Lab } from '../scenario.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import type { Registered } from './kernel-rates.ts'
import { priority, timeOfDay, uplink } from './profiles.ts'
import { inMegabits } from './subscribers.ts'

const minuteMilliseconds = 60_000
const latestSeconds = 2

/** The first full minute that leaves the lab time to get ready, milliseconds since 1970. */
export function nextChange(readyInSeconds: number): number {
  return Math.ceil((Date.now() + readyInSeconds * 1000) / minuteMilliseconds) * minuteMilliseconds
}

/** What `clockStep` needs to know of the time before. */
export interface Watch {
  change: number
  monitors: KernelMonitor[]
}

/** mn2 has just registered: looks at its agents from now on, whatever else happens. */
export async function watchClock(lab: Lab, mn2: Registered, change: number): Promise<Watch> {
  const monitors = [await KernelMonitor.start('ha'), await KernelMonitor.start(mn2.agent)]
  await checkPolicer(lab, mn2, { id: 'in-window', when: 'in its clock window', rate: uplink.inTheWindow })
  return { change, monitors }
}

/** While the story went on, one clock window of mn2's profile ended, another began. */
export async function clockStep(lab: Lab, mn2: Registered, { change, monitors }: Watch): Promise<void> {
  const { witness } = lab
  const minute = timeOfDay(change)
  witness.report.step('clock', `At ${minute} in Kathmandu one clock window of mn2 ended and another began`)
  const end = change + latestSeconds * 1000
  witness.report.activity(`it becomes ${minute} there`)
  await until(
    `it is past ${minute} there`,
    { timeoutSeconds: 90, intervalMilliseconds: 100 },
    () => Date.now() >= end || undefined,
  )
  const events = await recordMonitors(witness, monitors, / police | prio /)
  for (const agent of ['ha', mn2.agent]) {
    const { classId } = mn2.classes[agent] ?? {}
    const began = events
      .get(agent)
      ?.find(({ text }) => text.startsWith(`class htb ${classId} `) && priorityIn(text) !== priority.reader)
    checkOnTime(lab, {
      id: `began-${agent}`,
      what: `Priority that the kernel of ${agent} gave to the class of mn2, and how long after the full minute`,
      value: String(priority.inTheWindow),
      seen: began && String(priorityIn(began.text)),
      afterSeconds: ((began?.atMilliseconds ?? Number.NaN) - change) / 1000,
    })
  }
  const ended = events
    .get(mn2.agent)
    ?.find(({ text }) => !text.startsWith('deleted') && policedRate(text) === uplink.reader)
  checkOnTime(lab, {
    id: `ended-${mn2.agent}`,
    what: `Rate that the kernel of ${mn2.agent} gave to the policer of mn2, and how long after the full minute`,
    value: inMegabits(uplink.reader),
    seen: ended && inMegabits(policedRate(ended.text)),
    afterSeconds: ((ended?.atMilliseconds ?? Number.NaN) - change) / 1000,
  })
  await checkPolicer(lab, mn2, { id: 'after', when: 'after its clock window', rate: uplink.reader })
}

/** The policer at the access link through which the uplink passes. */
async function checkPolicer(
  { witness }: Lab,
  { node, agent }: Registered,
  { id, when, rate }: { id: string; when: string; rate: number },
): Promise<void> {
  const shown = await witness.see(
    agent,
    ['tc', 'filter', 'show', 'dev', 'access', 'ingress'],
    /police|src_ip/,
  )
  const own = filtersFor(mobileNodes[node].homeAddress, 'src', shown).join('\n')
  const what = `Rate of the policer of ${node} at the access link of ${agent} ${when}`
  witness.check(`police-${id}`, what, inMegabits(rate), inMegabits(policedRate(own)))
}

function checkOnTime(
  { witness }: Lab,
  {
    id,
    what,
    value,
    seen,
    afterSeconds,
  }: { id: string; what: string; value: string; seen: string | undefined; afterSeconds: number },
): void {
  witness.check(
    id,
    what,
    `${value}, 0 to ${latestSeconds} s`,
    seen === undefined ? 'never' : `${seen}, ${afterSeconds.toFixed(3)} s`,
    seen === value && afterSeconds >= 0 && afterSeconds <= latestSeconds,
  )
}

function priorityIn(text: string): number {
  return Number(/ prio (\d+)/.exec(text)?.[1])
}

function policedRate(text: string): number {
  return bitsPerSecond(/police .*? rate (\S+)/.exec(text)?.[1] ?? '')
}
