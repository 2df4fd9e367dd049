/** What only a database that is shared and far away can do wrong. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { mn1, mn2, temporaryFolder } from './database-fixture.ts'
import { look, seededOn } from './engine-fixture.ts'
import { openDatabase } from './open-database.ts'

test('what several processes change at the same time is as if one came after the other', async (t) => {
  const { database, location } = await seededOn(t, 'postgresql')
  const others = [await openDatabase(location), await openDatabase(location)]
  t.teardown(() => Promise.all(others.map((other) => other.close())))
  const rounds = 8
  await Promise.all(
    [database, ...others].flatMap((each, server) =>
      Array.from({ length: rounds }, (_, round) =>
        each.recordEvents(
          [
            {
              nai: mn1,
              event: { id: `${server}-${round}`, at: 3000 + round, kind: 'authentication-failure' },
            },
          ],
          4000,
        ),
      ),
    ),
  )
  const events = await database.events(mn1, 100)
  t.is(events.length, 3 * rounds)
  t.true(events.every(({ state }) => state === 'applied'))
  const [evaluation] = await look(location, `SELECT state FROM evaluation WHERE nai = '${mn1}'`)
  const { applied } = JSON.parse(String(evaluation?.state))
  t.is(Object.keys(applied).length, 3 * rounds, 'none was overwritten by another')
})

test('two commits of the same version: one is stored, the other is shown both', async (t) => {
  const { database, location } = await seededOn(t, 'postgresql')
  const other = await openDatabase(location)
  t.teardown(() => other.close())
  const open = { subject: 'bronze', at: 2000, expiresAt: 90_000 }
  const ann = await database.openEdit({ ...open, editor: 'ann' })
  const bob = await other.openEdit({ ...open, editor: 'bob' })
  const rated = (rate: string) => ({ ...ann.document, class: { downlink: { rate } } })
  const outcomes = await Promise.all([
    database.commitEdit({
      id: ann.edit.id,
      baseVersion: '1',
      document: rated('6mbit'),
      reason: 'r',
      at: 3000,
    }),
    other.commitEdit({ id: bob.edit.id, baseVersion: '1', document: rated('7mbit'), reason: 'r', at: 3000 }),
  ])
  t.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ['committed', 'stale'])
})

test('a connection that breaks fails one call, and the next has another', async (t) => {
  const { location, reopened } = await seededOn(t, 'postgresql')
  // A connection made now does not hear of the import.
  const database = await reopened()
  const heard = new Promise((resolve) => database.onChange(resolve))
  await look(
    location,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sojourn' AND pid <> pg_backend_pid()
       AND datname = current_database()`,
  )
  // The pool may not have noticed yet.
  const settled = database.settle(mn2, 3000).catch(() => database.settle(mn2, 3000))
  t.is((await settled).effective.profile.name, 'gold')
  t.is(await heard, undefined, 'changes may have been missed meanwhile')
})

test('who cannot get in is told where, and why', async (t) => {
  const folder = temporaryFolder(t)
  const server = { host: folder, port: 5432, database: 'none', user: 'nobody' }
  await t.throwsAsync(openDatabase({ postgresql: server }), {
    code: 'database/unreadable',
    message: `cannot open the service control database PostgreSQL database "none" at ${folder} (port 5432)`,
  })
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'wrong\n')
  await t.throwsAsync(openDatabase({ postgresql: { ...server, host: '127.0.0.1', port: 1, passwordFile } }), {
    code: 'database/unreadable',
    message: /at 127\.0\.0\.1:1/,
  })
})
