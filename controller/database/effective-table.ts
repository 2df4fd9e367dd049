import { z } from 'zod'
import { evaluate } from '../profile/condition.ts'
import { type EffectiveProfile, isSameEffect, type Layer, layerNames, resolve } from '../profile/effective.ts'
import type { ProfileTemplate } from '../profile/schema.ts'
import { writeAudit } from './audit-table.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { layersOf, putLayer, removeLayer } from './layer-table.ts'
import { findProfile } from './profile-table.ts'
import type { RevisedProfile } from './service-control-database.ts'
import { openUsage } from './usage-table.ts'

const effectiveDocument = z.object({
  name: z.string(),
  downlink: z.object({ rateBitsPerSecond: z.number(), ceilBitsPerSecond: z.number(), priority: z.number() }),
  decidedBy: z.object({
    layer: z.enum(layerNames),
    profile: z.string(),
    reason: z.string(),
    author: z.string(),
    since: z.number(),
  }),
})
const row = z.object({ revision: z.number(), document: z.string(), since: z.number() }).transform(
  ({ revision, document, since }): RevisedProfile => ({
    ...effectiveDocument.parse(JSON.parse(document)),
    revision,
    since,
  }),
)

/** The newest revision. */
export function findEffective(connection: Connection, nai: string): RevisedProfile | undefined {
  return connection.one(
    row,
    'SELECT revision, document, since FROM effective WHERE nai = ? ORDER BY revision DESC LIMIT 1',
    nai,
  )
}

/**
 * Brings what is derived up to what it derives from: judges the conditions of the base profile by the facts,
 * sets or clears the condition layer, and writes a new revision if the outcome differs from the newest. To be
 * called in the transaction of every change. @throws database/not-found
 */
export function settle(
  connection: Connection,
  nai: string,
  at: number,
): { effective: RevisedProfile; changed: boolean } {
  const found = layersOf(connection, nai)
  const base = found.find(({ layer }) => layer === 'base')
  const baseProfile = base && findProfile(connection, base.profile)
  const condition = conditionLayer(connection, nai, at, baseProfile, found)
  const layers = [...found.filter(({ layer }) => layer !== 'condition'), ...(condition ? [condition] : [])]
  const effective = resolve(layers, profilesOf(connection, layers))
  if (!effective)
    throw new DatabaseError(
      'database/not-found',
      `no layer of subscriber "${nai}" names a profile that exists`,
    )
  return writeRevision(connection, nai, at, effective)
}

function conditionLayer(
  connection: Connection,
  nai: string,
  at: number,
  baseProfile: ProfileTemplate | undefined,
  layers: readonly Layer[],
): Layer | undefined {
  const session = openUsage(connection, nai)
  const verdict = evaluate(baseProfile?.conditions ?? [], { session })
  const standing = layers.find(({ layer }) => layer === 'condition')
  if (standing && verdict && standing.profile === verdict.become && standing.reason === verdict.reason)
    return standing
  if (!verdict) {
    if (!standing) return undefined
    removeLayer(connection, nai, 'condition')
    audit('condition-over', `${standing.profile} no longer applies: ${standing.reason}`)
    return undefined
  }
  const layer: Layer = {
    layer: 'condition',
    profile: verdict.become,
    reason: verdict.reason,
    author: 'condition',
    since: at,
  }
  putLayer(connection, nai, layer)
  audit('condition-met', `${verdict.become} applies: ${verdict.reason}`)
  return layer

  function audit(action: 'condition-met' | 'condition-over', detail: string): void {
    writeAudit(connection, { at, author: 'condition', action, subject: nai, detail })
  }
}

function profilesOf(connection: Connection, layers: readonly Layer[]): Map<string, ProfileTemplate> {
  return new Map(
    layers.flatMap(({ profile }) => {
      const found = findProfile(connection, profile)
      return found ? [[profile, found] as const] : []
    }),
  )
}

function writeRevision(
  connection: Connection,
  nai: string,
  at: number,
  effective: EffectiveProfile,
): { effective: RevisedProfile; changed: boolean } {
  const newest = findEffective(connection, nai)
  if (newest && isSameEffect(newest, effective)) return { effective: newest, changed: false }
  const revision = (newest?.revision ?? 0) + 1
  connection.run(
    'INSERT INTO effective (nai, revision, document, since) VALUES (?, ?, ?, ?)',
    nai,
    revision,
    JSON.stringify(effective),
    at,
  )
  return { effective: { ...effective, revision, since: at }, changed: true }
}
