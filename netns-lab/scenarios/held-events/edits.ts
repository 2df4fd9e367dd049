import { z } from 'zod'
import { mobileNodes } from '../../topology/hosts.ts'
import { type } from '../profile/operators.ts'
import type { Lab } from '../scenario.ts'

const { nai } = mobileNodes.mn1

const opened = z.object({ edit: z.object({ id: z.string(), expiresAt: z.string() }) })
const events = z.array(z.object({ id: z.string(), kind: z.string(), state: z.string() }))
const audit = z.array(z.object({ action: z.string(), detail: z.string() }))

/** An operator opens an edit of a profile, or of what a subscriber has. */
export async function openEdit(lab: Lab, subject: string, lease = '10m') {
  const { output } = await type(lab, 'ann', 'edit', 'open', subject, '--lease', lease, '--json')
  return opened.parse(JSON.parse(output)).edit
}

/** Checks what `sojourn event list` says of all event signals of mn1: so many, and what became of them, the newest first. */
export async function checkEvents(
  lab: Lab,
  id: string,
  when: string,
  states: readonly string[],
): Promise<void> {
  const { output } = await type(lab, 'ann', 'event', 'list', nai, '--json')
  const found = events.parse(JSON.parse(output))
  lab.witness.check(
    `events-${id}`,
    `Event signals of mn1 ${when}, as \`sojourn event list\` shows them`,
    states.map((state) => `authentication-failure ${state}`).join(', '),
    found.map(({ kind, state }) => `${kind} ${state}`).join(', '),
  )
  lab.witness.check(
    `once-${id}`,
    'Ids of these that occur twice',
    'none',
    found.length === new Set(found.map((one) => one.id)).size ? 'none' : 'some',
  )
}

/** Checks how often each condition was met and was over, as the audit log has it. */
export async function checkAudit(lab: Lab, expected: Readonly<Record<string, number>>): Promise<void> {
  const { output } = await type(lab, 'ann', 'audit', nai, '--limit', '100', '--json')
  const entries = audit.parse(JSON.parse(output)).filter(({ action }) => action.startsWith('condition-'))
  const counted: Record<string, number> = {}
  for (const { action, detail } of entries) {
    const what = `${/^[^:]+/.exec(detail)?.[0]} ${action}`
    counted[what] = (counted[what] ?? 0) + 1
  }
  const describe = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([what, count]) => `${what}: ${count}`)
      .sort()
      .join(', ')
  lab.witness.check(
    'audit',
    'How often conditions of mn1 were met and were over, as `sojourn audit` shows',
    describe(expected),
    describe(counted),
  )
}
