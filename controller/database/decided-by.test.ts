/** Who decided a value of the base: whoever changed it last, or gave the subscriber the profile after that. */
import type { ControlDatabase } from './control-database.ts'
import { mn1 } from './database-fixture.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'

const bronze = { name: 'bronze', class: { downlink: { rate: '4mbit', ceil: '4mbit', priority: 3 } } }
const faster = { ...bronze, class: { downlink: { rate: '3mbit', ceil: '4mbit', priority: 3 } } }

/** Edits a profile, or what a subscriber has, and commits it. */
async function commit(
  database: ControlDatabase,
  {
    subject = 'bronze',
    editor,
    document,
    at,
  }: { subject?: string; editor: string; document: object; at: number },
): Promise<void> {
  const { edit } = await database.openEdit({ subject, editor, at, expiresAt: at + 1000 })
  const { id, baseVersion } = edit
  await database.commitEdit({ id, baseVersion, document: document as never, reason: `by ${editor}`, at })
}

/** By field: rate, ceil, priority, name. */
async function authors(database: ControlDatabase): Promise<(string | undefined)[]> {
  const { decidedBy } = await database.effective(mn1)
  const downlink = (['rate', 'ceil', 'priority'] as const).map(
    (field) => decidedBy[`class.downlink.${field}`],
  )
  return [...downlink, decidedBy.name].map((decision) => decision?.author)
}

onBothEngines(
  'an edit of a named profile decides what it changes, until it is given anew',
  async (t, engine) => {
    const { database, reopened } = await seededOn(t, engine)
    await database.setBaseProfile(mn1, { profile: 'gold', reason: 'bought', author: 'ann', at: 2000 })
    await database.setBaseProfile(mn1, { profile: 'bronze', reason: 'unpaid', author: 'ann', at: 3000 })
    t.deepEqual(await authors(database), ['ann', 'ann', 'ann', 'ann'])
    await commit(database, { editor: 'bob', document: faster, at: 4000 })
    t.deepEqual(await authors(database), ['bob', 'ann', 'ann', 'ann'])
    t.like((await database.effective(mn1)).decidedBy['class.downlink.rate'], {
      reason: 'by bob',
      since: 4000,
    })
    const later = { ...faster, class: { ...faster.class, dscp: 'EF' } }
    await commit(database, { editor: 'eve', document: later, at: 5000 })
    t.deepEqual(
      await authors(await reopened()),
      ['bob', 'ann', 'ann', 'ann'],
      'over another edit and a restart',
    )

    const again = await reopened()
    await again.setBaseProfile(mn1, { profile: 'gold', reason: 'paid', author: 'ann', at: 6000 })
    await again.setBaseProfile(mn1, { profile: 'bronze', reason: 'unpaid', author: 'kim', at: 7000 })
    t.deepEqual(await authors(again), ['kim', 'kim', 'kim', 'kim'], 'who gives a profile decides all of it')
  },
)

onBothEngines('what changes no field makes no revision', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  const conditions = [{ when: { balance: { below: 1 } }, become: 'gold' }]
  await commit(database, { editor: 'bob', document: { ...bronze, conditions }, at: 4000 })
  t.is((await database.effective(mn1)).revision, 1)
})

onBothEngines('in a profile of his own the rest is still decided as it was', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await commit(database, { editor: 'bob', document: faster, at: 4000 })
  const own = { ...faster, class: { downlink: { rate: '3mbit', ceil: '5mbit', priority: 3 } } }
  await commit(database, { subject: mn1, editor: 'eve', document: own, at: 5000 })
  t.deepEqual(await authors(database), ['bob', 'eve', 'import', 'import'])
  t.deepEqual(
    (await database.layers(mn1)).map(({ author, fields }) => [author, Object.keys(fields).length]),
    [
      ['import', 8],
      ['bob', 1],
      ['eve', 1],
    ],
  )
})

onBothEngines('what was written by a clock that is ahead is in force', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await commit(database, { editor: 'bob', document: faster, at: 90_000 })
  t.false((await database.settle(mn1, 50_000)).changed)
  t.deepEqual(await authors(database), ['bob', 'import', 'import', 'import'])
})
