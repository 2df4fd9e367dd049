import { mn1, mn2 } from './database-fixture.ts'
import { look, onBothEngines, seededOn } from './engine-fixture.ts'

const flood = (from: number, count: number, nai = mn1) =>
  Array.from({ length: count }, (_, index) => {
    const at = from + index
    return { nai, event: { id: `${nai} ${at}`, at, kind: 'authentication-failure' as const } }
  })
const rows = `SELECT nai, COUNT(*) AS n FROM signal_event GROUP BY nai ORDER BY nai`

onBothEngines(
  'failures of authentication do not fill the database, whoever makes them',
  async (t, engine) => {
    const { database, location } = await seededOn(t, engine)
    const guessing = {
      when: { authentication: { failures: 100, within: '1m' } },
      become: 'bronze',
      until: '1h',
    }
    const strict = { name: 'strict', class: { downlink: { rate: '8mbit' } }, conditions: [guessing] }
    await database.import({ profiles: [strict], subscribers: [] }, 1500)
    await database.setBaseProfile(mn1, { profile: 'strict', reason: 'r', author: 'ann', at: 1600 })
    const second = { id: 'place', at: 2000, kind: 'second-location' as const, foreignAgent: 'fa1' }
    await database.recordEvents([{ nai: mn1, event: second }, ...flood(2000, 3, mn2)], 2000)
    // Held by an edit they are as few.
    const { edit } = await database.openEdit({ subject: mn1, editor: 'ann', at: 2500, expiresAt: 90_000 })
    await database.recordEvents(flood(3000, 250), 3250)
    t.deepEqual(
      (await look(location, rows)).map(({ n }) => Number(n)),
      [101, 3],
      'those of others and other events stay',
    )
    await database.cancelEdit(edit.id, 4000)
    t.is(
      (await database.effective(mn1)).profile.name,
      'bronze',
      'a condition that counts as many as can be is met',
    )
    for (const from of [5000, 6000]) await database.recordEvents(flood(from, 250), from + 250)
    t.deepEqual(
      (await look(location, rows)).map(({ n }) => Number(n)),
      [101, 3],
    )
    const [{ size } = { size: 0 }] = await look(
      location,
      `SELECT LENGTH(state) AS size FROM evaluation WHERE nai = '${mn1}'`,
    )
    t.true(Number(size) < 100_000, 'what the conditions remember is bounded too')
  },
)
