/**
 * Names what an editor has before him: the subject's own revision and, where it only names a profile, that profile's
 * too: `3` or `3/gold.7`. Equal versions are equal documents.
 */
import { type BaseProfile, referenceOf } from './base-profile.ts'
import type { Connection } from './connection.ts'
import { findDocument } from './profile-table.ts'

export function versionOf({ stored, named }: BaseProfile): string {
  return named ? `${stored.revision}/${named.subject}.${named.revision}` : String(stored.revision)
}

/** What the subject had in that version; undefined: there is no such version. */
export async function baseInVersion(
  connection: Connection,
  subject: string,
  version: string,
): Promise<BaseProfile | undefined> {
  const [, revision, name, namedRevision] = /^(\d{1,15})(?:\/([^.]+)\.(\d{1,15}))?$/.exec(version) ?? []
  const stored = revision && (await findDocument(connection, subject, Number(revision)))
  if (!stored) return undefined
  if (name === undefined) return { stored, named: undefined }
  const named = await findDocument(connection, name, Number(namedRevision))
  return named && referenceOf(stored.document) === name ? { stored, named } : undefined
}
