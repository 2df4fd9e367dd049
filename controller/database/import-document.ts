import { fieldsOfSet } from '../profile/field.ts'
import { readProfile, readSet } from '../profile/service-profile.ts'
import { writeAudit } from './audit-table.ts'
import { setBalance } from './balance.ts'
import { becomes, storeDocument } from './base-profile.ts'
import type { Connection } from './connection.ts'
import { release } from './edit.ts'
import type { ImportDocument } from './import-file.ts'
import { putOverride } from './override-table.ts'
import { requireProfile } from './profile-table.ts'
import { putSubscriber } from './subscriber-table.ts'

/** @see ServiceControlDatabase.import */
export async function importDocument(
  connection: Connection,
  { profiles, subscribers }: ImportDocument,
  at: number,
  author = 'import',
): Promise<{ profiles: number; subscribers: number }> {
  const put = (subject: string, document: unknown): Promise<void> =>
    storeDocument(connection, subject, { document, reason: 'imported', author, at })
  const read = profiles.map((document) => ({
    document,
    profile: readProfile(document, 'a profile to store'),
  }))
  for (const { document, profile } of read) await put(profile.name, document)
  const owned = subscribers.flatMap(({ nai, profile }) =>
    typeof profile === 'string' ? [] : [readProfile(profile, `the profile of ${nai}`)],
  )
  for (const profile of [...read.map((each) => each.profile), ...owned])
    for (const name of becomes(profile)) await requireProfile(connection, name)
  for (const { profile, overrides = [], balance, ...subscriber } of subscribers) {
    const { nai } = subscriber
    if (typeof profile === 'string') await requireProfile(connection, profile)
    await putSubscriber(connection, subscriber)
    await put(nai, typeof profile === 'string' ? { profile } : profile)
    for (const { name, set, until, ...rest } of overrides) {
      const fields = fieldsOfSet(readSet(set, `override "${name}" of ${nai}`))
      await putOverride(connection, nai, { ...rest, name, fields, until })
    }
    if (balance !== undefined) await setBalance(connection, nai, balance, { author, at })
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
