import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Effective } from '../profile/layers.ts'
import type { Connection } from './connection.ts'
import type { RevisedProfile } from './service-control-database.ts'

/** Written by `writeRevision` only, from what is complete and consistent. */
const document = z.object({
  profile: z.custom<Effective['profile']>((value) => typeof value === 'object' && value !== null),
  decidedBy: z.custom<Effective['decidedBy']>((value) => typeof value === 'object' && value !== null),
})
const row = z.object({ revision: z.number(), document: z.string(), since: z.number() }).transform(
  ({ revision, document: text, since }): RevisedProfile => ({
    ...document.parse(JSON.parse(text)),
    revision,
    since,
  }),
)

/** The newest revision. */
export function findEffective(connection: Connection, nai: string): Promise<RevisedProfile | undefined> {
  return connection.one(
    row,
    'SELECT revision, document, since FROM effective WHERE nai = ? ORDER BY revision DESC LIMIT 1',
    nai,
  )
}

export function findRevision(
  connection: Connection,
  nai: string,
  revision: number,
): Promise<RevisedProfile | undefined> {
  return connection.one(
    row,
    'SELECT revision, document, since FROM effective WHERE nai = ? AND revision = ?',
    nai,
    revision,
  )
}

/** What was in force at a time: milliseconds since 1970. */
export function findEffectiveAt(
  connection: Connection,
  nai: string,
  time: number,
): Promise<RevisedProfile | undefined> {
  return connection.one(
    row,
    'SELECT revision, document, since FROM effective WHERE nai = ? AND since <= ? ORDER BY revision DESC LIMIT 1',
    nai,
    time,
  )
}

/** A new revision if the profile, or who decides a field of it, differs from the newest. */
export async function writeRevision(
  connection: Connection,
  nai: string,
  at: number,
  { profile, decidedBy }: Effective,
): Promise<{ effective: RevisedProfile; changed: boolean }> {
  const newest = await findEffective(connection, nai)
  const text = JSON.stringify({ profile, decidedBy })
  if (newest) {
    const { profile, decidedBy } = newest
    if (isDeepStrictEqual({ profile, decidedBy }, JSON.parse(text)))
      return { effective: newest, changed: false }
  }
  const revision = (newest?.revision ?? 0) + 1
  await connection.run(
    'INSERT INTO effective (nai, revision, document, since) VALUES (?, ?, ?, ?)',
    nai,
    revision,
    text,
    at,
  )
  await connection.announce(nai)
  return { effective: { profile, decidedBy, revision, since: at }, changed: true }
}
