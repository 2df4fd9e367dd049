import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { mn1, temporaryFolder } from './database-fixture.ts'
import { migrations, stepFor } from './migrations.ts'
import { openDatabase } from './open-database.ts'

test('a database of the first version keeps everything', async (t) => {
  const file = join(temporaryFolder(t), 'control.sqlite')
  const former = new DatabaseSync(file)
  former.exec('PRAGMA foreign_keys = ON')
  former.exec(stepFor('sqlite', migrations[0] ?? []))
  const bronze = {
    name: 'bronze',
    downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 5e6, priority: 3 },
    decidedBy: { layer: 'base', profile: 'bronze', reason: 'paid', author: 'ann', since: 5000 },
  }
  former.exec(`PRAGMA user_version = 1;
    INSERT INTO subscriber VALUES ('${mn1}', '192.0.2.11', 4100, 'mn1.key');
    INSERT INTO profile VALUES ('bronze', '{"name":"bronze","class":{"downlink":{"rate":"4mbit","ceil":"5mbit"}}}');
    INSERT INTO layer VALUES ('${mn1}', 'base', 'bronze', 'paid', 'ann', 5000);
    INSERT INTO effective VALUES ('${mn1}', 7, '${JSON.stringify(bronze)}', 6000)`)
  former.close()
  const database = await openDatabase(file)
  t.like(await database.subscriber(mn1), { homeAddress: '192.0.2.11', authentication: { spi: 4100 } })
  const before = await database.effective(mn1)
  t.like(before, {
    revision: 7,
    profile: {
      name: 'bronze',
      class: { downlink: { rate: 4e6, ceil: 5e6, priority: 3 } },
      filters: [],
      flows: [],
    },
    decidedBy: { name: { layer: 'base', source: 'bronze', reason: 'paid', author: 'ann', since: 5000 } },
  })
  t.like(await database.settle(mn1, 7000), { effective: { revision: 8, profile: before.profile } })
  await database.close()
  const now = new DatabaseSync(file)
  t.deepEqual(now.prepare('PRAGMA foreign_key_check').all(), [])
  t.throws(() => now.exec('PRAGMA foreign_keys = ON; DELETE FROM subscriber'), { message: /FOREIGN KEY/ })
  now.close()
})

test('a file that is no database is refused', async (t) => {
  await t.throwsAsync(openDatabase(temporaryFolder(t)), { code: 'database/unreadable' })
})
