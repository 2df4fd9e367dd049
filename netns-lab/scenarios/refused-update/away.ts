import { until } from '../../condition.ts'
import { foreignAgents, hostAddress } from '../../topology/hosts.ts'
import { identities } from '../../topology/role-configuration.ts'
import { type CapturePoint, decodeCaptures } from '../../witness/capture.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { classesOf, sameClasses } from '../profile/held-by-kernels.ts'
import { homeAddress, inMegabits } from '../profile/offer.ts'
import type { Lab } from '../scenario.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import { type Change, checkHeld, describeHeld, putOffice, show } from './change.ts'
import { cutSignalling, mendSignalling } from './fault.ts'
import { checkBoth } from './held-by-both.ts'
import { office, rates } from './offer.ts'
import { rateChanges } from './rate-changes.ts'

/** Three watchdog intervals with their jitter. */
const lostSeconds = 40
/** The home server's longest pause between attempts is a minute. */
const returnSeconds = 75

/** What a1 and its server tell each other. */
const dialogueOfA1: CapturePoint = {
  host: 'a1',
  interface: 'core0',
  filter: `tcp port 3868 and host ${hostAddress.fsa}`,
  snapLength: 4096,
}

/** a1 cannot be reached by Diameter while its user talks on: several edits happen, it gets the last of them. */
export async function awayStep(lab: Lab): Promise<void> {
  const { witness } = lab
  witness.report.step('away', 'a1 is out of reach during several edits, and gets the newest revision only')
  const look = witness.look.bind(witness)
  const before = await classesOf(look)
  const { profile } = await show(lab)
  const capture = await witness.capture('away-a1', dialogueOfA1)
  const monitor = await KernelMonitor.start('a1')
  await cutSignalling(lab)
  const changes: (Change | undefined)[] = []
  const [first, ...later] = rates.unheard.map((rate) => office(rate, { withFlow: true }))
  if (first) changes.push(await putOffice(lab, first))
  await noConnection(lab)
  for (const document of later) changes.push(await putOffice(lab, document))
  const newest = rates.unheard.at(-1) ?? Number.NaN
  checkBoth(
    witness,
    'ahead',
    'while a1 is away',
    await classesOf(witness.see.bind(witness)),
    { ha: newest, a1: rates.split, flowAt: ['ha', 'a1'] },
    before,
  )
  const ping = await witness.see('cn', ['ping', '-n', '-q', '-c', '20', '-i', '0.05', homeAddress], /loss/)
  witness.check(
    'talks-on',
    'Packets lost meanwhile',
    '0%',
    /(\S+) packet loss/.exec(ping)?.[1] ?? 'no answer',
  )
  await mendSignalling(lab)
  const mendedAt = Date.now()
  await until(
    'a1 has taken the newest revision',
    { timeoutSeconds: returnSeconds, intervalMilliseconds: 100 },
    async () => (await sameClasses(look, before)).a1.whole?.rateBitsPerSecond === newest || undefined,
  )
  const value = Math.round((Date.now() - mendedAt) / 100) / 10
  witness.report.figure({
    id: 'return',
    what: 'From the return of the way until a1 holds the newest rate',
    value,
    unit: 's',
  })
  const { revision } = profile
  const last = revision + rates.unheard.length
  const whole = await until('the home server knows it', { timeoutSeconds: 5 }, async () => {
    const shown = await show(lab)
    return shown.state === 'applied' ? shown : undefined
  })
  await witness.stopCaptures([capture])
  const events = await recordMonitors(witness, [monitor], /^class/)
  checkHeld(lab, 'returned', '`sojourn subscriber show` after its return', whole, {
    state: 'applied',
    ha: last,
    a1: last,
  })
  const reported = changes.map((change) => (change ? describeHeld(change) : 'nothing was distributed'))
  witness.check(
    'reported',
    'State and the revision that each agent holds, as the answers to the operator say',
    rates.unheard.map((_, index) => `split: ha ${revision + 1 + index}, a1 ${revision}`).join('; '),
    reported.join('; '),
  )
  const reasons = changes.map((change) => change?.nodes[identities.a1]?.failure ?? 'none')
  witness.check('reasons', 'Why, each time', 'a reason each', reasons.join('; '), !reasons.includes('none'))
  const changesAtA1 = rateChanges(events.get('a1') ?? [], before.a1.whole?.classId, rates.split)
  await checkTaken(lab, capture.file, changesAtA1, { revision: last, rate: newest })
}

/** The foreign server has given up the connection that nobody answers on. */
async function noConnection({ witness }: Lab): Promise<void> {
  const established = ['ss', '-Htn', 'state', 'established', 'dst', foreignAgents.a1.careOfAddress]
  let shown = ''
  await until(
    'fsa gives up the connection with a1',
    { timeoutSeconds: lostSeconds, intervalMilliseconds: 250 },
    async () => {
      shown = await witness.look('fsa', established)
      return shown === '' || undefined
    },
    () => shown,
  )
  await witness.see('fsa', established)
}

/** What a1 answered, and what its kernel made of it. A segment of the connection that was given up can still come to its host. */
async function checkTaken(
  { witness }: Lab,
  file: string,
  changes: readonly { rate: number }[],
  newest: { revision: number; rate: number },
): Promise<void> {
  const answer = 'diameter.cmd.code == 327 && diameter.flags.request == 0'
  const fields = ['frame.time_epoch', 'diameter.Profile-Revision', '_ws.col.Info']
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [file], answer, fields)
  witness.report.evidence({ host: 'a1', command: finished.command, output: finished.output })
  const revisions = rows.map(([, revision]) => revision?.join(' '))
  const what = 'Revisions whose orders a1 answered, from its absence on'
  witness.check('newest-only', what, String(newest.revision), revisions.join(', ') || 'none')
  witness.check(
    'one-change',
    'Changes of the rate of the class of mn1 at a1, as `tc monitor` tells them',
    inMegabits(newest.rate),
    changes.map(({ rate }) => inMegabits(rate)).join(', ') || 'none',
  )
}
