import { z } from 'zod'
import { type ProfileTemplate, parseProfile } from '../profile/schema.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'

const profileRow = z
  .object({ name: z.string(), document: z.string() })
  .transform(({ name, document }) => parseProfile(JSON.parse(document), `profile "${name}" in the database`))

export function findProfile(connection: Connection, name: string): ProfileTemplate | undefined {
  return connection.one(profileRow, 'SELECT name, document FROM profile WHERE name = ?', name)
}

/** @throws database/not-found, naming the profiles that there are */
export function requireProfile(connection: Connection, name: string): ProfileTemplate {
  const profile = findProfile(connection, name)
  if (profile) return profile
  const known = connection.all(z.object({ name: z.string() }), 'SELECT name FROM profile ORDER BY name')
  throw new DatabaseError(
    'database/not-found',
    `there is no profile "${name}"; there are: ${known.map((other) => other.name).join(', ') || 'none'}`,
  )
}

/** Keeps the document as it was written. @throws profile/invalid */
export function putProfile(connection: Connection, document: unknown): ProfileTemplate {
  const profile = parseProfile(document, 'a profile to store')
  connection.run(
    `INSERT INTO profile (name, document) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET document = excluded.document`,
    profile.name,
    JSON.stringify(document),
  )
  return profile
}
