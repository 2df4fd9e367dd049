import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { mn1, mn2, mn3, seededDatabase, temporaryFolder } from './database-fixture.ts'
import { migrations } from './migrations.ts'
import { SqliteDatabase } from './sqlite-database.ts'

const edit = (profile: string, at = 5000) => ({ profile, reason: 'paid', author: 'ann', at })

test('an import gives each subscriber the first revision of its profile', async (t) => {
  const { database } = await seededDatabase(t)
  t.deepEqual(
    (await database.subscribers()).map(({ nai, homeAddress }) => [nai, homeAddress]),
    [
      [mn1, '192.0.2.11'],
      [mn2, '192.0.2.12'],
      [mn3, undefined],
    ],
  )
  t.like(await database.effective(mn1), {
    name: 'bronze',
    revision: 1,
    downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 },
    decidedBy: { layer: 'base', author: 'import' },
  })
  await database.close()
})

test('revisions grow by one with every difference, and not by a repetition', async (t) => {
  const { database } = await seededDatabase(t)
  t.is((await database.setBaseProfile(mn1, edit('gold'))).revision, 2)
  t.is((await database.setBaseProfile(mn1, edit('gold'))).revision, 2)
  t.is((await database.setBaseProfile(mn1, edit('bronze'))).revision, 3)
  t.is((await database.effective(mn2)).revision, 1, 'another subscriber has numbers of its own')
  await database.close()
})

test('revisions go on after a restart', async (t) => {
  const { database, file } = await seededDatabase(t)
  await database.setBaseProfile(mn1, edit('gold'))
  await database.close()
  const again = new SqliteDatabase(file)
  t.like(await again.effective(mn1), {
    name: 'gold',
    revision: 2,
    decidedBy: { author: 'ann', reason: 'paid' },
  })
  t.is((await again.setBaseProfile(mn1, edit('bronze'))).revision, 3)
  await again.close()
})

test('an edit that cannot be is refused and changes nothing', async (t) => {
  const { database } = await seededDatabase(t)
  await t.throwsAsync(database.setBaseProfile('nobody@home.example', edit('gold')), {
    code: 'database/not-found',
  })
  const error = await t.throwsAsync(database.setBaseProfile(mn1, edit('platinum')), {
    code: 'database/not-found',
  })
  t.is(error?.message, 'there is no profile "platinum"; there are: bronze, gold')
  t.is((await database.effective(mn1)).revision, 1)
  await database.close()
})

test('every edit is in the audit log with its author', async (t) => {
  const { database, file } = await seededDatabase(t)
  await database.setBaseProfile(mn1, edit('gold'))
  await database.close()
  const raw = new DatabaseSync(file)
  const rows = raw.prepare('SELECT at, author, action, subject, detail FROM audit ORDER BY id').all()
  raw.close()
  t.deepEqual(
    rows.map((row) => ({ ...row })),
    [
      {
        at: 1000,
        author: 'import',
        action: 'import',
        subject: 'database',
        detail: '{"profiles":2,"subscribers":3}',
      },
      { at: 5000, author: 'ann', action: 'set-profile', subject: mn1, detail: 'gold: paid (revision 2)' },
    ],
  )
})

test('a changed profile reaches those who have it, also by a later import', async (t) => {
  const { database } = await seededDatabase(t)
  const profiles = [{ name: 'bronze', class: { downlink: { rate: '6mbit' } } }]
  await database.import({ profiles, subscribers: [] }, 6000)
  t.like(await database.effective(mn1), { revision: 2, downlink: { rateBitsPerSecond: 6e6 } })
  t.is((await database.effective(mn2)).revision, 1)
  await database.close()
})

test('an import is all or nothing', async (t) => {
  const { database } = await seededDatabase(t)
  const subscriber = {
    nai: 'mn3@home.example',
    homeAddress: '192.0.2.11',
    authentication: { spi: 4100, keyFile: '/k' },
    profile: 'bronze',
  }
  const profiles = [{ name: 'silver', class: { downlink: { rate: '6mbit' } } }]
  await t.throwsAsync(database.import({ profiles, subscribers: [subscriber] }, 1), {
    code: 'database/import',
    message: 'home address 192.0.2.11 of mn3@home.example already belongs to mn1@home.example',
  })
  await t.throwsAsync(database.setBaseProfile(mn1, edit('silver')), { code: 'database/not-found' })
  const dangling = [
    {
      name: 'silver',
      class: { downlink: { rate: '6mbit' } },
      conditions: [
        { when: { volume: { exceeds: '1MB', direction: 'downlink', per: 'session' } }, become: 'nothing' },
      ],
    },
  ]
  await t.throwsAsync(database.import({ profiles: dangling, subscribers: [] }, 1), {
    code: 'database/not-found',
  })
  await database.close()
})

test('a database of the first version keeps everything', async (t) => {
  const file = join(temporaryFolder(t), 'control.sqlite')
  const former = new DatabaseSync(file)
  former.exec('PRAGMA foreign_keys = ON')
  former.exec(migrations[0] ?? '')
  former.exec(`PRAGMA user_version = 1;
    INSERT INTO subscriber VALUES ('${mn1}', '192.0.2.11', 4100, 'mn1.key');
    INSERT INTO layer VALUES ('${mn1}', 'base', 'bronze', 'paid', 'ann', 5000);`)
  former.close()
  const database = new SqliteDatabase(file)
  t.like(await database.subscriber(mn1), { homeAddress: '192.0.2.11', authentication: { spi: 4100 } })
  await database.close()
  const now = new DatabaseSync(file)
  t.deepEqual(now.prepare('PRAGMA foreign_key_check').all(), [])
  t.throws(() => now.exec(`PRAGMA foreign_keys = ON; DELETE FROM subscriber`), { message: /FOREIGN KEY/ })
  now.close()
})

test('a database of a newer version is left alone', async (t) => {
  const { database, file } = await seededDatabase(t)
  await database.close()
  const raw = new DatabaseSync(file)
  raw.exec(`PRAGMA user_version = ${migrations.length + 1}`)
  raw.close()
  t.throws(() => new SqliteDatabase(file), { code: 'database/unreadable', message: /use a newer Sojourn/ })
})

test('a file that is no database is refused', (t) => {
  t.throws(() => new SqliteDatabase(temporaryFolder(t)), { code: 'database/unreadable' })
})
