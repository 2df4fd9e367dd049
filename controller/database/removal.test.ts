import { accepted, mn1, mn2, record } from './database-fixture.ts'
import { look, onBothEngines, seededOn } from './engine-fixture.ts'

const by = { author: 'eve', reason: 'contract is over', at: 9000 }

onBothEngines(
  'a subscriber goes with all that is known of him, once he is not in session',
  async (t, engine) => {
    const { database, location } = await seededOn(t, engine)
    await database.commitRegistration(accepted({ sessionId: 's1', node: 'fa1.a.example' }))
    await database.recordAccounting(record('s1', 1, 1000))
    const pool = { has: () => true, addresses: () => ['192.0.2.50'] }
    await database.assignHomeAddress(mn2, pool, 2000)
    await database.pay(mn2, { id: 'p1', amount: 5, reason: 'r', author: 'a', at: 2000 })
    const event = { id: 'e1', at: 2500, kind: 'authentication-failure' as const }
    await database.recordEvents([{ nai: mn2, event }], 2500)
    const fields = { 'class.downlink.rate': 1e6 }
    const override = { name: 'less', fields, reason: 'r', author: 'a', since: 2600, until: undefined }
    await database.putOverride(mn2, override, 2600)
    const refusal = await t.throwsAsync(database.removeSubscriber(mn2, by), { code: 'database/in-use' })
    t.is(refusal?.message, `${mn2} is in session at ha.home.example, fa1.a.example: end that first`)
    await database.endSession('s2', 'over', 3000)
    await t.throwsAsync(database.removeSubscriber(mn2, by), { message: /in session at fa1\.a\.example/ })
    await database.endSession('s1', 'released', 3100)
    const { edit } = await database.openEdit({ subject: mn2, editor: 'ann', at: 3200, expiresAt: 9000 })
    await t.throwsAsync(database.removeSubscriber(mn2, by), { message: /is being edited by ann/ })
    await database.cancelEdit(edit.id, 3300)
    await database.removeSubscriber(mn2, by)

    t.is(await database.subscriber(mn2), undefined)
    await t.throwsAsync(database.removeSubscriber(mn2, by), { code: 'database/not-found' })
    const tables = await look(
      location,
      engine === 'sqlite'
        ? `SELECT m.name AS name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.name IN ('nai', 'subject', 'session_id')`
        : `SELECT table_name AS name FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name IN ('nai', 'subject', 'session_id')`,
    )
    const names = new Set(tables.map(({ name }) => String(name)).filter((name) => name !== 'audit'))
    t.true(names.size > 12)
    for (const table of names) {
      const rows = JSON.stringify(await look(location, `SELECT * FROM ${table}`))
      t.false(rows.includes(mn2) || rows.includes('"s1"'), `nothing is left in ${table}`)
    }
    t.like(await database.audit({ subject: mn2, limit: 1 }), [
      { action: 'remove-subscriber', author: 'eve', detail: 'contract is over' },
    ])
    t.is((await database.effective(mn1)).revision, 1, 'the others are as they were')
  },
)

onBothEngines('a profile goes when nobody has it or can get it', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await t.throwsAsync(database.removeProfile('nothing', by), { code: 'database/not-found' })
  await t.throwsAsync(database.removeProfile(mn1, by), { code: 'database/not-found' })
  const users = /mn1@home\.example has it, mn3@home\.example has it, a condition of gold names it$/
  await t.throwsAsync(database.removeProfile('bronze', by), { code: 'database/in-use', message: users })
  await t.throwsAsync(database.removeProfile('gold', by), { message: /mn2@home\.example has it$/ })
  await database.setBaseProfile(mn2, { profile: 'bronze', reason: 'r', author: 'a', at: 2000 })
  const { edit } = await database.openEdit({ subject: 'gold', editor: 'ann', at: 3200, expiresAt: 9000 })
  await t.throwsAsync(database.removeProfile('gold', by), { message: /is being edited by ann/ })
  await database.cancelEdit(edit.id, 3300)
  await database.removeProfile('gold', by)
  t.deepEqual(
    (await database.profiles()).map(({ subject }) => subject),
    ['bronze'],
  )
  t.like(await database.audit({ subject: 'gold', limit: 1 }), [{ action: 'remove-profile', author: 'eve' }])
  t.false((await database.settle(mn2, 9999)).changed)
})
