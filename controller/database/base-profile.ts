/** What a subscriber has of his own or by the name of a profile: the base of the layers. */
import { z } from 'zod'
import { isAnswer } from '../profile/control-condition.ts'
import { fieldsOf } from '../profile/field.ts'
import type { LayerEntry } from '../profile/layers.ts'
import type { ProfileDocument, ServiceProfile } from '../profile/service-profile.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { findDocument, isNai, listDocuments, readStored, type StoredDocument } from './profile-table.ts'

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

export function baseEntry(base: BaseProfile): LayerEntry {
  const profile = profileOf(base)
  const { reason, author, since } = base.stored
  return { layer: 'base', source: profile.name, fields: fieldsOf(profile), reason, author, since }
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
