import { z } from 'zod'
import { tokenFile } from '../../topology/credentials.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { operatorApi } from '../../topology/role-configuration.ts'
import { OperatorRequests } from '../operator-requests.ts'
import { joinNode, prepare } from '../preparation.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { coreSignalling } from '../tour/capture-points.ts'
import { hops, hopTimes, quantile, type TimedUpdate } from './hops.ts'
import { type Kind, kinds } from './kinds.ts'

const { nai } = mobileNodes.mn1
const usualCount = 1000
/** Before them, while the code of the daemons is still being compiled. */
const warmUps = 50

const opened = z.object({ edit: z.object({ id: z.string() }) })
const committed = z.object({
  distributed: z.array(z.object({ nai: z.string(), revision: z.number(), state: z.string() })),
})

/** How long a change takes from the operator to both kernels. Not among the tests: it measures. */
export const updateTimes: Scenario = {
  title: '1,000 changes of a profile ($SOJOURN_UPDATES) and their times, hop by hop',
  variation: {
    configurations: { hs: { operatorApi: { ...operatorApi, tokenFile, requestsPerMinute: 1_000_000 } } },
  },
  async run(lab) {
    await prepare(lab)
    await joinNode(lab, 'mn1', 'a1')
    const count = Number(lab.settings.SOJOURN_UPDATES ?? usualCount)
    const operator = new OperatorRequests(lab)
    await update(lab, operator, kinds.rate, 0, warmUps)
    for (const kind of Object.values(kinds)) await measure(lab, operator, kind, count)
    operator.close()
  },
}

async function measure(lab: Lab, operator: OperatorRequests, kind: Kind, count: number): Promise<void> {
  const { witness } = lab
  witness.report.step(kind.id, `${count} times: ${kind.title}`)
  const capture = await witness.capture(`updates-${kind.id}`, coreSignalling({ tunnelled: false }))
  const updates = await update(lab, operator, kind, warmUps, count)
  await witness.stopCaptures([capture])
  const messages = await witness.signalling([capture], /^$/)
  const times = hopTimes(updates, messages).filter((time) => time !== undefined)
  witness.check(
    `${kind.id}-seen`,
    'Changes of which the capture shows every message',
    String(count),
    String(times.length),
  )
  for (const { name } of hops) {
    const values = times.map((time) => time[name])
    const [median = Number.NaN, ninetyNinth = Number.NaN] = [0.5, 0.99].map((share) =>
      quantile(values, share),
    )
    witness.report.figure({
      id: `${kind.id} ${name}`,
      what: `p50 (p99 ${ninetyNinth.toFixed(2)}) of ${kind.id}: ${name}`,
      value: Math.round(median * 100) / 100,
      unit: 'ms',
    })
  }
}

/** One after the other: each an edit of its own, whose commit is timed. @throws lab/command */
async function update(
  { witness }: Lab,
  operator: OperatorRequests,
  { document }: Kind,
  first: number,
  count: number,
): Promise<TimedUpdate[]> {
  const updates: TimedUpdate[] = []
  const unapplied: string[] = []
  for (let number = first; number < first + count; number++) {
    const { body } = await operator.order('POST', '/v1/edits', { subject: nai })
    const { id } = opened.parse(body).edit
    const request = { document: document(number), reason: `change ${number}` }
    const {
      sentAt,
      answeredAt,
      body: answer,
    } = await operator.order('POST', `/v1/edits/${id}/commit`, request)
    const [outcome] = committed.parse(answer).distributed
    if (outcome?.state !== 'applied') unapplied.push(`${number}: ${outcome?.state}`)
    updates.push({ sentAt, answeredAt })
  }
  witness.check(
    `applied-${first}-${count}`,
    'Changes that not both kernels hold by what they have read back',
    'none',
    unapplied.slice(0, 5).join(', ') || 'none',
  )
  return updates
}
