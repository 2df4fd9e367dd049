/**
 * What an agent refused is taken back at the others too: by an override that holds the former values, so that everybody
 * sees why they are in force, and the revision goes on. It ends as soon as the layers beneath ask for anything else than
 * what was refused.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Fields, fieldsOf } from '../profile/field.ts'
import type { EffectiveProfile } from '../profile/layers.ts'
import { writeAudit } from './audit-table.ts'
import type { Connection } from './connection.ts'
import { findEffective, findEffectiveAt, findRevision } from './effective-table.ts'
import { listOverrides, type Override, putOverride, removeOverride } from './override-table.ts'

export const rollBackName = 'roll-back'
const author = 'home-server'

export interface RollBack {
  /** The revision that an agent refused. */
  refused: number
  /** The revision that it holds. */
  former: number
  reason: string
  /** Milliseconds since 1970; at `until` it is tried again. */
  at: number
  until: number
}

/**
 * Returns when to settle the subscriber so that the former values are in force; undefined when there is nothing to take
 * back: it was superseded, or is a roll-back itself.
 */
export async function rollBack(
  connection: Connection,
  nai: string,
  { refused, former, reason, at, until }: RollBack,
): Promise<number | undefined> {
  const newest = await findEffective(connection, nai)
  const before = await findRevision(connection, nai, former)
  if (newest?.revision !== refused || !before) return undefined
  const isRollBack = Object.values(newest.decidedBy).some(
    ({ layer, source }) => layer === 'override' && source === rollBackName,
  )
  const fields = differing(before.profile, newest.profile)
  if (isRollBack || Object.keys(fields).length === 0) return undefined
  // Later than what was refused, which is found again by that.
  const since = Math.max(at, newest.since + 1)
  const detail = `${rollBackName}: ${reason}`
  await putOverride(connection, nai, { name: rollBackName, fields, reason, author, since, until })
  await writeAudit(connection, { at: since, author, action: 'put-override', subject: nai, detail })
  return since
}

/** The fields as they were, as far as they are different now. */
function differing(before: EffectiveProfile, now: EffectiveProfile): Fields {
  const present: Readonly<Record<string, unknown>> = fieldsOf(now)
  return Object.fromEntries(
    Object.entries(fieldsOf(before)).filter(([path, value]) => !isDeepStrictEqual(value, present[path])),
  )
}

/** The overrides that count. `resolve`: the profile with these overrides. */
export async function standingOverrides(
  connection: Connection,
  nai: string,
  at: number,
  resolve: (overrides: readonly Override[]) => EffectiveProfile | undefined,
): Promise<Override[]> {
  const overrides = await listOverrides(connection, nai)
  const held = overrides.find(({ name, until = Infinity }) => name === rollBackName && at < until)
  if (!held) return overrides
  const others = overrides.filter((override) => override !== held)
  const refused = await findEffectiveAt(connection, nai, held.since - 1)
  const wanted: unknown = JSON.parse(JSON.stringify(resolve(others) ?? null))
  if (isDeepStrictEqual(refused?.profile, wanted)) return overrides
  await removeOverride(connection, nai, rollBackName)
  const detail = `${rollBackName}: something else is to be in force than what was refused`
  await writeAudit(connection, { at, author, action: 'remove-override', subject: nai, detail })
  return others
}
