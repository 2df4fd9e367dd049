import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { FieldPath } from '../profile/field.ts'
import { readProfile, type ServiceProfile } from '../profile/service-profile.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'

/** Who wrote something, why and when. */
export interface Origin {
  reason: string
  author: string
  /** Milliseconds since 1970. */
  since: number
}

/** One revision of what is edited: of a profile, by its name, or of what a subscriber has, by the NAI. */
export interface StoredDocument extends Origin {
  subject: string
  revision: number
  document: unknown
  /** Of the fields that are as they were in the revision before. */
  origins: { readonly [Path in FieldPath]?: Origin }
}

const origins = z.record(z.string(), z.object({ reason: z.string(), author: z.string(), since: z.number() }))
const row = z
  .object({
    subject: z.string(),
    revision: z.number(),
    document: z.string(),
    reason: z.string(),
    author: z.string(),
    since: z.number(),
    origins: z.string().nullable(),
  })
  .transform(
    ({ document, origins: kept, ...rest }): StoredDocument => ({
      ...rest,
      document: JSON.parse(document),
      origins: kept === null ? {} : origins.parse(JSON.parse(kept)),
    }),
  )

/** A NAI has an @, the name of a profile cannot. */
export function isNai(subject: string): boolean {
  return subject.includes('@')
}

/** The newest revision, or the one asked for. */
export function findDocument(
  connection: Connection,
  subject: string,
  revision?: number,
): Promise<StoredDocument | undefined> {
  return revision === undefined
    ? connection.one(
        row,
        'SELECT * FROM profile_document WHERE subject = ? ORDER BY revision DESC LIMIT 1',
        subject,
      )
    : connection.one(
        row,
        'SELECT * FROM profile_document WHERE subject = ? AND revision = ?',
        subject,
        revision,
      )
}

/** Writes a new revision, unless the newest has the same document. */
export async function putDocument(
  connection: Connection,
  subject: string,
  { document, reason, author, at, origins }: DocumentToPut,
): Promise<void> {
  const newest = await findDocument(connection, subject)
  if (newest && isDeepStrictEqual(newest.document, document)) return
  await connection.run(
    `INSERT INTO profile_document (subject, revision, document, reason, author, since, origins)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    subject,
    (newest?.revision ?? 0) + 1,
    JSON.stringify(document),
    reason,
    author,
    at,
    JSON.stringify(origins),
  )
}

interface DocumentToPut extends Pick<StoredDocument, 'document' | 'reason' | 'author' | 'origins'> {
  at: number
}

/** The newest revision of every profile, or of what every subscriber has. */
export function listDocuments(
  connection: Connection,
  of: 'profiles' | 'subscribers',
): Promise<StoredDocument[]> {
  return connection.all(
    row,
    `SELECT * FROM profile_document AS stored WHERE subject ${of === 'subscribers' ? '' : 'NOT'} LIKE '%@%'
       AND revision = (SELECT MAX(revision) FROM profile_document WHERE subject = stored.subject)
     ORDER BY subject`,
  )
}

/** Reads what the database kept. @throws profile/invalid */
export function readStored({ subject, document }: StoredDocument): ServiceProfile {
  return readProfile(document, `profile "${subject}" in the database`)
}

export async function findProfile(connection: Connection, name: string): Promise<ServiceProfile | undefined> {
  const stored = isNai(name) ? undefined : await findDocument(connection, name)
  return stored && readStored(stored)
}

/** @throws database/not-found, naming the profiles that there are */
export async function requireProfile(connection: Connection, name: string): Promise<ServiceProfile> {
  const profile = await findProfile(connection, name)
  if (profile) return profile
  const known = (await listDocuments(connection, 'profiles')).map(({ subject }) => subject)
  throw new DatabaseError(
    'database/not-found',
    `there is no profile "${name}"; there are: ${known.join(', ') || 'none'}`,
  )
}
