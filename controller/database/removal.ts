/** What is removed for good: subscribers and profiles that nobody uses. What the audit log says of them stays. */
import { writeAudit } from './audit-table.ts'
import { becomes, referenceOf } from './base-profile.ts'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { listOpenEdits } from './edit-table.ts'
import { listDocuments, readStored, requireProfile } from './profile-table.ts'
import { listOpen, listReleasing } from './session-table.ts'
import { requireSubscriber } from './subscriber-table.ts'

/** Tables with a column `nai`; that of the subscriber himself last. */
const tablesOfSubscriber = [
  'effective',
  'assigned_home_address',
  'operator_override',
  'evaluation',
  'observation',
  'payment',
  'signal_event',
  'usage',
  'usage_period',
  'owner',
  'session',
  'subscriber',
] as const

export interface Removal {
  author: string
  reason: string
  /** Milliseconds since 1970. */
  at: number
}

/** With everything that is known of him. @throws database/not-found, database/in-use while he is in session or is edited */
export async function removeSubscriber(
  connection: Connection,
  nai: string,
  { author, reason, at }: Removal,
): Promise<void> {
  await requireSubscriber(connection, nai)
  const sessions = [
    ...(await listOpen(connection, nai)),
    ...(await listReleasing(connection)).filter((session) => session.nai === nai),
  ]
  if (sessions.length > 0) {
    const nodes = [...new Set(sessions.map(({ node }) => node))].join(', ')
    throw new DatabaseError('database/in-use', `${nai} is in session at ${nodes}: end that first`)
  }
  await refuseWhileEdited(connection, nai)
  await connection.run(
    'DELETE FROM accounting_record WHERE session_id IN (SELECT session_id FROM session WHERE nai = ?)',
    nai,
  )
  for (const table of tablesOfSubscriber) await connection.run(`DELETE FROM ${table} WHERE nai = ?`, nai)
  await removeDocuments(connection, nai)
  await writeAudit(connection, { at, author, action: 'remove-subscriber', subject: nai, detail: reason })
  await connection.announce(nai)
}

/** @throws database/not-found, database/in-use while somebody has it, can get it by a condition, or edits it */
export async function removeProfile(
  connection: Connection,
  name: string,
  { author, reason, at }: Removal,
): Promise<void> {
  await requireProfile(connection, name)
  const users: string[] = []
  for (const stored of await listDocuments(connection, 'subscribers'))
    if (referenceOf(stored.document) === name) users.push(`${stored.subject} has it`)
  const documents = [
    ...(await listDocuments(connection, 'profiles')),
    ...(await listDocuments(connection, 'subscribers')),
  ].filter(({ subject, document }) => subject !== name && referenceOf(document) === undefined)
  for (const stored of documents)
    if (becomes(readStored(stored)).includes(name)) users.push(`a condition of ${stored.subject} names it`)
  if (users.length > 0) {
    const more = users.length > namedUsers ? ` and ${users.length - namedUsers} more` : ''
    const who = users.slice(0, namedUsers).join(', ')
    throw new DatabaseError('database/in-use', `profile "${name}" is in use: ${who}${more}`)
  }
  await refuseWhileEdited(connection, name)
  await removeDocuments(connection, name)
  await writeAudit(connection, { at, author, action: 'remove-profile', subject: name, detail: reason })
}

/** A message names so many. */
const namedUsers = 5

async function refuseWhileEdited(connection: Connection, subject: string): Promise<void> {
  const editors = (await listOpenEdits(connection, subject)).map(({ editor }) => editor)
  if (editors.length > 0)
    throw new DatabaseError('database/in-use', `"${subject}" is being edited by ${editors.join(', ')}`)
}

async function removeDocuments(connection: Connection, subject: string): Promise<void> {
  await connection.run('DELETE FROM profile_document WHERE subject = ?', subject)
  await connection.run('DELETE FROM edit WHERE subject = ?', subject)
}
