import { conditionLayers } from '../profile/condition-layers.ts'
import { type Answer, type Change, evaluate } from '../profile/evaluation.ts'
import { type LayerEntry, resolve } from '../profile/layers.ts'
import type { ServiceProfile } from '../profile/service-profile.ts'
import { writeAudit } from './audit-table.ts'
import { chargeTime } from './balance.ts'
import { type BaseProfile, baseEntries, becomes, profileOf, requireBase } from './base-profile.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { isBeingEdited } from './edit-table.ts'
import { writeRevision } from './effective-table.ts'
import { findEvaluation, putEvaluation, type StoredEvaluation } from './evaluation-table.ts'
import { holdEvents, markApplied, waitingEvents } from './event-table.ts'
import { type Override, overrideEntry } from './override-table.ts'
import { findProfile } from './profile-table.ts'
import { standingOverrides } from './roll-back.ts'
import type { RevisedProfile } from './service-control-database.ts'
import { factsOf } from './subscriber-facts.ts'

/** How a subscriber stands once everything derived has been brought up to what it derives from. */
export interface Settled {
  nai: string
  effective: RevisedProfile
  /** Whether that is a new revision. */
  changed: boolean
  /** An edit is open: conditions stay as they were, events wait. */
  held: boolean
  /** What conditions did. */
  changes: Change[]
  /** To requests beyond the grant; one without an answer is refused. */
  answers: Answer[]
  /** Settle again then, at the latest: milliseconds since 1970. */
  wakeAt: number | undefined
}

interface Judged extends Pick<Settled, 'held' | 'changes' | 'answers'> {
  entries: LayerEntry[]
  wakeAt: number | undefined
}

/**
 * Judges the conditions by the facts and the events that wait, resolves the layers, and writes a new revision if the
 * outcome differs from the newest. Part of every transaction that changes anything of the subscriber, and to be
 * called at `wakeAt`; called once more it changes nothing. @throws database/not-found
 */
export async function settle(connection: Connection, nai: string, now: number): Promise<Settled> {
  const base = await requireBase(connection, nai)
  const bought = baseEntries(base)
  // What is stored is in force, though another home server wrote it whose clock is ahead.
  const at = Math.max(now, ...bought.map(({ since }) => since))
  await chargeTime(connection, nai, at)
  const before = await findEvaluation(connection, nai)
  const subjects = base.named ? [nai, base.named.subject] : [nai]
  const { entries, ...judged } = (await isBeingEdited(connection, subjects))
    ? await hold(connection, nai, before)
    : await judge(connection, nai, at, base, before)
  const resolveWith = (overrides: readonly Override[]) =>
    resolve([...bought, ...entries, ...overrides.map(overrideEntry)], at)
  const overrides = await standingOverrides(connection, nai, at, (some) => resolveWith(some)?.profile)
  const effective = resolveWith(overrides)
  if (!effective)
    throw new DatabaseError(
      'database/not-found',
      `the profile of "${nai}" has neither name nor downlink rate`,
    )
  const times = [judged.wakeAt, effective.changesAt].filter((time) => time !== undefined)
  const wakeAt = times.length > 0 ? Math.min(...times) : undefined
  await putEvaluation(connection, nai, { state: judged.state, entries }, wakeAt)
  const { held, changes, answers } = judged
  return { nai, ...(await writeRevision(connection, nai, at, effective)), held, changes, answers, wakeAt }
}

/** While an edit is open the conditions stay as they are, except those whose time is over. */
async function hold(
  connection: Connection,
  nai: string,
  before: StoredEvaluation,
): Promise<Judged & StoredEvaluation> {
  await holdEvents(connection, nai)
  return { ...before, held: true, changes: [], answers: [], wakeAt: undefined }
}

async function judge(
  connection: Connection,
  nai: string,
  at: number,
  base: BaseProfile,
  { state: before }: StoredEvaluation,
): Promise<Judged & StoredEvaluation> {
  const profile = profileOf(base)
  const { conditions, tariff } = profile
  const events = await waitingEvents(connection, nai)
  const facts = await factsOf(connection, nai, at, { events, tariff })
  const { state, active, changes, answers, ignored, wakeAt } = evaluate({
    conditions,
    facts,
    state: before,
    now: at,
  })
  await markApplied(connection, nai, ignored, at)
  for (const { key, kind, reason, at } of changes)
    await writeAudit(connection, {
      at,
      author: 'condition',
      action: `condition-${kind}`,
      subject: nai,
      detail: `${key}: ${reason}`,
    })
  const bought = { filters: profile.filters, flows: profile.flows, translation: facts.translation }
  const { entries } = conditionLayers(conditions, active, await profilesNamed(connection, profile), bought)
  return { state, entries, held: false, changes, answers, wakeAt }
}

async function profilesNamed(
  connection: Connection,
  profile: ServiceProfile,
): Promise<Map<string, ServiceProfile>> {
  const found = new Map<string, ServiceProfile>()
  for (const name of new Set(becomes(profile))) {
    const named = await findProfile(connection, name)
    if (named) found.set(name, named)
  }
  return found
}

/** Settles several, in order. */
export async function settleAll(
  connection: Connection,
  nais: Iterable<string>,
  at: number,
): Promise<Settled[]> {
  const settled: Settled[] = []
  for (const nai of nais) settled.push(await settle(connection, nai, at))
  return settled
}
