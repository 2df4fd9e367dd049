import { readProfile } from '../profile/service-profile.ts'
import { writeAudit } from './audit-table.ts'
import { becomes } from './base-profile.ts'
import type { Connection } from './connection.ts'
import { release } from './edit.ts'
import type { ImportDocument } from './import-file.ts'
import { putDocument, requireProfile } from './profile-table.ts'
import { putSubscriber } from './subscriber-table.ts'

/** @see ServiceControlDatabase.import */
export async function importDocument(
  connection: Connection,
  { profiles, subscribers }: ImportDocument,
  at: number,
): Promise<{ profiles: number; subscribers: number }> {
  const author = 'import'
  const put = (subject: string, document: unknown): Promise<void> =>
    putDocument(connection, subject, { document, reason: 'imported', author, at })
  const read = profiles.map((document) => ({
    document,
    profile: readProfile(document, 'a profile to store'),
  }))
  for (const { document, profile } of read) await put(profile.name, document)
  for (const { profile } of read) for (const name of becomes(profile)) await requireProfile(connection, name)
  for (const { profile, ...subscriber } of subscribers) {
    await requireProfile(connection, profile)
    await putSubscriber(connection, subscriber)
    await put(subscriber.nai, { profile })
  }
  // A changed profile reaches those who have it, whether or not the file names them.
  const changed = [...read.map(({ profile }) => profile.name), ...subscribers.map(({ nai }) => nai)]
  await release(connection, changed, at)
  const counts = { profiles: profiles.length, subscribers: subscribers.length }
  await writeAudit(connection, {
    at,
    author,
    action: 'import',
    subject: 'database',
    detail: JSON.stringify(counts),
  })
  return counts
}
