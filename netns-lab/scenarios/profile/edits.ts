import { z } from 'zod'
import { Iperf3 } from '../../witness/iperf3.ts'
import type { Lab } from '../scenario.ts'
import { checkDatagrams } from '../tour/profile-change-verdict.ts'
import { checkDecisions, explain } from './explanation.ts'
import { checkClasses, classesOf, policedRate } from './held-by-kernels.ts'
import { editedRates, homeAddress, inMegabits, nai, offer, rates, voicePort } from './offer.ts'
import { recordRun, voice } from './on-the-wire.ts'
import { type OperatorName, type, writeDocument } from './operators.ts'
import type { AfterOverride } from './override.ts'

const seconds = 13

const opened = z.object({ edit: z.object({ id: z.string(), version: z.string() }) })

/** The part of a refusal that the story reads. */
const stale = z.object({
  code: z.string(),
  version: z.string(),
  merged: z.record(z.string(), z.unknown()),
  conflicts: z.array(
    z.object({ path: z.string(), base: z.unknown(), theirs: z.unknown(), mine: z.unknown() }),
  ),
})

/** Two operators edit what mn1 has from one base; the second is told so, and commits the merge. */
export async function editsStep(lab: Lab, { classes, overriddenAt }: AfterOverride): Promise<void> {
  const { witness } = lab
  witness.report.step('edits', 'Two operators edit what mn1 has, from one base, in mid-stream')
  const stream = await Iperf3.start({
    from: 'cn',
    to: { host: 'mn1', address: homeAddress, port: voicePort },
    seconds,
    intervalSeconds: 1,
    datagrams: voice,
  })
  const [first, second] = await Promise.all([open(lab, 'ann'), open(lab, 'bob')])
  witness.check(
    'base',
    'Version that the second edit begins from: that of the first',
    first.version,
    second.version,
  )
  const { downlink, downlinkOfTheSecond, uplink } = editedRates
  const faster = writeDocument(lab, 'ann.json', offer({ downlink, uplink: rates.uplink }))
  const slower = writeDocument(lab, 'bob.json', offer({ downlink: downlinkOfTheSecond, uplink }))
  const done = await type(lab, 'ann', 'edit', 'commit', first.id, faster, '--reason', 'faster')
  const words = ['edit', 'commit', second.id]
  const refused = await type(lab, 'bob', ...words, slower, '--reason', 'more uplink', '--json')
  witness.check(
    'exit-codes',
    'Exit codes of the first and of the second commit',
    '0, 1',
    `${done.exitCode}, ${refused.exitCode}`,
  )
  const answer = stale.parse(JSON.parse(refused.output))
  witness.check(
    'both-versions',
    'What the refusal says of the field in conflict: what it was, theirs, mine',
    `api/stale: class.downlink.rate ${[rates.downlink, downlink, downlinkOfTheSecond].map(inMegabits).join(', ')}`,
    `${answer.code}: ${answer.conflicts.map(({ path, base, theirs, mine }) => `${path} ${base}, ${theirs}, ${mine}`).join('; ')}`,
  )
  const merge = writeDocument(lab, 'merged.json', answer.merged)
  const version = ['--version', answer.version]
  const merged = await type(lab, 'bob', ...words, merge, '--reason', 'more uplink', ...version)
  const lasted = stream.running
  const now = await explain(lab)
  const past = await explain(lab, overriddenAt)
  const datagrams = await stream.result()
  recordRun(witness, 'cn', 'mn1', datagrams)
  witness.check('merge', 'Exit code of the commit of the merge', '0', String(merged.exitCode))
  witness.check('in-mid-stream', 'Whether the stream still ran then', 'true', String(lasted))
  const see = witness.see.bind(witness)
  checkClasses(witness, 'merged', 'with what both have committed', {
    found: await classesOf(see),
    downlink,
    same: classes,
  })
  const police = await policedRate(see)
  witness.check('police-a1', 'Rate of the policer of mn1 at a1, bit/s', String(uplink), String(police))
  checkDatagrams(witness, datagrams)
  checkDecisions(lab, 'now', 'after both', now, {
    'class.downlink.rate': `${inMegabits(downlink)}: base studio, more uplink (bob)`,
    'class.uplink.rate': `${inMegabits(uplink)}: base studio, more uplink (bob)`,
  })
  checkDecisions(lab, 'past', 'of the time of the override', past, {
    'class.downlink.rate': `${inMegabits(rates.overridden)}: override repair, ticket 7 (ann)`,
    'class.uplink.rate': `${inMegabits(rates.uplink)}: base studio, set by an operator (ann)`,
  })
}

async function open(lab: Lab, name: OperatorName): Promise<z.output<typeof opened>['edit']> {
  const { output } = await type(lab, name, 'edit', 'open', nai, '--json')
  return opened.parse(JSON.parse(output)).edit
}
