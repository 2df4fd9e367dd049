/** What a subscriber has of his own or by the name of a profile: the base of the layers. */
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { isAnswer } from '../profile/control-condition.ts'
import { type FieldPath, fieldPaths, fieldsOf } from '../profile/field.ts'
import type { LayerEntry } from '../profile/layers.ts'
import { type ProfileDocument, readProfile, type ServiceProfile } from '../profile/service-profile.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import {
  findDocument,
  isNai,
  listDocuments,
  type Origin,
  putDocument,
  readStored,
  type StoredDocument,
} from './profile-table.ts'

/** Which profile a subscriber has: one by its name, or one of his own. */
export type BaseDocument = { profile: string } | ProfileDocument

const reference = z.strictObject({ profile: z.string() })

/** The profile that a subscriber's document names; undefined: it is one of his own. */
export function referenceOf(document: unknown): string | undefined {
  return reference.safeParse(document).data?.profile
}

export interface BaseProfile {
  /** Of the subject itself. */
  stored: StoredDocument
  /** The profile that it names. */
  named: StoredDocument | undefined
}

/** What a subject has, at its newest revision. */
export async function findBase(connection: Connection, subject: string): Promise<BaseProfile | undefined> {
  const stored = await findDocument(connection, subject)
  if (!stored) return undefined
  const name = isNai(subject) ? referenceOf(stored.document) : undefined
  return { stored, named: name === undefined ? undefined : await findDocument(connection, name) }
}

/** @throws database/not-found */
export async function requireBase(connection: Connection, subject: string): Promise<BaseProfile> {
  const base = await findBase(connection, subject)
  const name = base && isNai(subject) ? referenceOf(base.stored.document) : undefined
  if (base && (name === undefined || base.named)) return base
  throw new DatabaseError(
    'database/not-found',
    name === undefined
      ? `there is no ${isNai(subject) ? 'subscriber' : 'profile'} "${subject}"`
      : `subscriber "${subject}" has profile "${name}", which does not exist`,
  )
}

/** The document in full, whether it is the subject's own or that of the profile which it names. */
export function documentOf({ stored, named }: BaseProfile): unknown {
  return (named ?? stored).document
}

export function profileOf({ stored, named }: BaseProfile): ServiceProfile {
  return readStored(named ?? stored)
}

/**
 * Who gave the subscriber the value of a field: whoever changed it last in the document, or gave him the profile after
 * that. An edit of another field, or of the conditions, decides nothing here.
 */
function originOf({ stored, named }: BaseProfile, path: FieldPath): Origin {
  const own = stored.origins[path] ?? stored
  const theirs = named && (named.origins[path] ?? named)
  return theirs && theirs.since > stored.since ? theirs : own
}

/** An entry for each who decided some of the fields. */
export function baseEntries(base: BaseProfile): LayerEntry[] {
  const profile = profileOf(base)
  const all = fieldsOf(profile)
  const entries = new Map<string, LayerEntry>()
  for (const path of fieldPaths) {
    const { reason, author, since } = originOf(base, path)
    const by = JSON.stringify([since, author, reason])
    const entry = entries.getOrInsertComputed(by, () => {
      return { layer: 'base', source: profile.name, fields: {}, reason, author, since }
    })
    entry.fields = { ...entry.fields, [path]: all[path] }
  }
  return [...entries.values()]
}

/** Writes a new revision of what the subject has, unless it is the same. @throws profile/invalid */
export async function storeDocument(
  connection: Connection,
  subject: string,
  change: { document: unknown; reason: string; author: string; at: number },
): Promise<void> {
  const isReference = isNai(subject) && referenceOf(change.document) !== undefined
  const before = isReference ? undefined : await findBase(connection, subject)
  const isKnown =
    before && (before.named || !isNai(subject) || referenceOf(before.stored.document) === undefined)
  const origins = isKnown ? keptOrigins(before, readProfile(change.document, subject)) : {}
  await putDocument(connection, subject, { ...change, origins })
}

/** Of the fields that are in the new profile as they were before. */
function keptOrigins(before: BaseProfile, profile: ServiceProfile): StoredDocument['origins'] {
  const [old, now] = [fieldsOf(profileOf(before)), fieldsOf(profile)]
  const kept = fieldPaths.filter((path) => isDeepStrictEqual(old[path], now[path]))
  return Object.fromEntries(
    kept.map((path) => {
      const { reason, author, since } = originOf(before, path)
      return [path, { reason, author, since }]
    }),
  )
}

/** The profiles that conditions put in place of this one. */
export function becomes({ conditions }: ServiceProfile): string[] {
  return conditions.flatMap((condition) =>
    'become' in condition && !isAnswer(condition) ? [condition.become] : [],
  )
}

/** The NAIs of those who have the profile, or who can get it by a condition. */
export async function followersOf(connection: Connection, name: string): Promise<string[]> {
  const leading = new Set([name])
  for (const stored of await listDocuments(connection, 'profiles'))
    if (becomes(readStored(stored)).includes(name)) leading.add(stored.subject)
  return (await listDocuments(connection, 'subscribers'))
    .filter((stored) => {
      const named = referenceOf(stored.document)
      return named === undefined ? becomes(readStored(stored)).includes(name) : leading.has(named)
    })
    .map(({ subject }) => subject)
}
