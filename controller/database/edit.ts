/**
 * Edits without conflicts: while one is open the event signals of its profile wait; when it ends, in whatever way, they
 * are applied once, in the order of their time. Several can be open at once: whoever commits second is shown both versions.
 */
import { randomUUID } from 'node:crypto'
import { type Conflict, mergeEdits } from '../profile/difference.ts'
import { type ProfileDocument, readProfile } from '../profile/service-profile.ts'
import { type AuditEntry, writeAudit } from './audit-table.ts'
import {
  type BaseDocument,
  becomes,
  documentOf,
  followersOf,
  referenceOf,
  requireBase,
  storeDocument,
} from './base-profile.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { baseInVersion, versionOf } from './document-version.ts'
import { closeEdit, type Edit, findEdit, insertEdit, listOpenEdits } from './edit-table.ts'
import { findDocument, isNai, requireProfile } from './profile-table.ts'
import { type Settled, settleAll } from './settle.ts'

export interface OpenedEdit {
  edit: Edit
  /** In full, also when the subscriber only has a profile by its name. */
  document: ProfileDocument
  /** Others who are editing the same. */
  others: Edit[]
}

export type CommitOutcome =
  | { outcome: 'committed'; version: string; settled: Settled[] }
  /** Somebody was faster. `merged` has both, and theirs where both changed the same field: read it before it is committed. */
  | {
      outcome: 'stale'
      version: string
      base: ProfileDocument
      theirs: ProfileDocument
      mine: ProfileDocument
      merged: ProfileDocument
      conflicts: Conflict[]
    }
  | ClosedEdit

/** The edit was over before. */
export interface ClosedEdit {
  outcome: 'closed'
  state: Exclude<Edit['state'], 'open'>
}

/** @throws database/not-found */
export async function openEdit(
  connection: Connection,
  { subject, editor, at, expiresAt }: { subject: string; editor: string; at: number; expiresAt: number },
): Promise<OpenedEdit> {
  const base = await requireBase(connection, subject)
  const others = await listOpenEdits(connection, subject)
  const edit: Edit = {
    id: randomUUID(),
    subject,
    editor,
    openedAt: at,
    expiresAt,
    baseVersion: versionOf(base),
    state: 'open',
    committedVersion: undefined,
  }
  await insertEdit(connection, edit)
  await audit(connection, edit, 'open-edit', at, `version ${edit.baseVersion}`)
  return { edit, document: documentOf(base) as ProfileDocument, others }
}

/**
 * Stores the document, unless the subject is no longer in `baseVersion`. Repeated after a success it has the same outcome.
 * @throws database/not-found, profile/invalid
 */
export async function commitEdit(
  connection: Connection,
  { id, baseVersion, document, reason, author, at }: CommitRequest,
): Promise<CommitOutcome> {
  const edit = await requireEdit(connection, id)
  const { subject, editor, state, committedVersion } = edit
  if (state === 'committed' && committedVersion !== undefined)
    if (await isStored(connection, subject, committedVersion, document))
      return { outcome: 'committed', version: committedVersion, settled: [] }
  if (state !== 'open') return { outcome: 'closed', state }
  if (at >= edit.expiresAt) return { outcome: 'closed', state: 'expired' }
  await check(connection, subject, document)
  const current = await requireBase(connection, subject)
  if (versionOf(current) !== baseVersion) {
    const base =
      (await baseInVersion(connection, subject, baseVersion)) ??
      (await baseInVersion(connection, subject, edit.baseVersion))
    const documents = {
      base: documentOf(base ?? current) as ProfileDocument,
      theirs: documentOf(current) as ProfileDocument,
      mine: await inFull(connection, document),
    }
    const merge = mergeEdits(documents.base, documents.theirs, documents.mine)
    return { outcome: 'stale', version: versionOf(current), ...documents, ...merge }
  }
  await storeDocument(connection, subject, { document, reason, author: author ?? editor, at })
  const version = versionOf(await requireBase(connection, subject))
  await closeEdit(connection, id, { state: 'committed', at, version })
  await audit(connection, edit, 'commit-edit', at, `${baseVersion} to ${version}: ${reason}`, author)
  return { outcome: 'committed', version, settled: await release(connection, [subject], at) }
}

export interface CommitRequest {
  id: string
  /** The version from which the document was made. */
  baseVersion: string
  document: BaseDocument
  reason: string
  /** Who commits it, if that is not the editor. */
  author?: string
  at: number
}

/** `author`: who cancels it, if that is not the editor. @throws database/not-found */
export async function cancelEdit(
  connection: Connection,
  id: string,
  at: number,
  author?: string,
): Promise<{ outcome: 'cancelled'; settled: Settled[] } | ClosedEdit> {
  const edit = await requireEdit(connection, id)
  if (edit.state !== 'open') return { outcome: 'closed', state: edit.state }
  await closeEdit(connection, id, { state: 'cancelled', at })
  await audit(connection, edit, 'cancel-edit', at, `version ${edit.baseVersion} stays`, author)
  return { outcome: 'cancelled', settled: await release(connection, [edit.subject], at) }
}

/** Ends the edits that nobody committed in time. `nextAt`: when the next of them expires. */
export async function expireEdits(
  connection: Connection,
  at: number,
): Promise<{ expired: Edit[]; settled: Settled[]; nextAt: number | undefined }> {
  const open = await listOpenEdits(connection)
  const expired = open.filter(({ expiresAt }) => expiresAt <= at)
  for (const edit of expired) {
    await closeEdit(connection, edit.id, { state: 'expired', at })
    await audit(connection, edit, 'expire-edit', at, `version ${edit.baseVersion} stays`)
  }
  const subjects = new Set(expired.map(({ subject }) => subject))
  return {
    expired: expired.map((edit) => ({ ...edit, state: 'expired' })),
    settled: await release(connection, subjects, at),
    nextAt: open[expired.length]?.expiresAt,
  }
}

/** Settles all to whom a change of these subjects makes a difference: what waited for the edit is applied. */
export async function release(
  connection: Connection,
  subjects: Iterable<string>,
  at: number,
): Promise<Settled[]> {
  const nais = new Set<string>()
  for (const subject of subjects)
    for (const nai of isNai(subject) ? [subject] : await followersOf(connection, subject)) nais.add(nai)
  return settleAll(connection, [...nais].sort(), at)
}

async function requireEdit(connection: Connection, id: string): Promise<Edit> {
  const edit = await findEdit(connection, id)
  if (edit) return edit
  throw new DatabaseError('database/not-found', `there is no edit "${id}"`)
}

async function isStored(
  connection: Connection,
  subject: string,
  version: string,
  document: BaseDocument,
): Promise<boolean> {
  const base = await baseInVersion(connection, subject, version)
  return JSON.stringify(base?.stored.document) === JSON.stringify(document)
}

/** What can be stored: a profile whose conditions name profiles that exist, or the name of one. */
async function check(connection: Connection, subject: string, document: BaseDocument): Promise<void> {
  const name = isNai(subject) ? referenceOf(document) : undefined
  if (name !== undefined) return void (await requireProfile(connection, name))
  const profile = readProfile(document, `the profile of ${subject}`)
  if (!isNai(subject) && profile.name !== subject)
    throw new DatabaseError(
      'database/import',
      `profile "${subject}" cannot be renamed to "${profile.name}": store that as a profile of its own`,
    )
  for (const become of becomes(profile)) if (become !== subject) await requireProfile(connection, become)
}

async function inFull(connection: Connection, document: BaseDocument): Promise<ProfileDocument> {
  const name = referenceOf(document)
  const named = name === undefined ? undefined : await findDocument(connection, name)
  return (named?.document ?? document) as ProfileDocument
}

function audit(
  connection: Connection,
  { subject, editor }: Edit,
  action: AuditEntry['action'],
  at: number,
  detail: string,
  author = editor,
): Promise<void> {
  return writeAudit(connection, { at, author, action, subject, detail })
}
