import type { ExecutionContext } from 'ava'
import type { SignalEvent } from '../profile/facts.ts'
import type { ControlDatabase } from './control-database.ts'
import { mn1, mn2 } from './database-fixture.ts'
import type { OpenedEdit } from './edit.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'

/** Two failures within a minute put the subscriber into quarantine until the session ends. */
const strict = {
  name: 'strict',
  class: { downlink: { rate: '8mbit' } },
  conditions: [
    {
      name: 'guessing',
      when: { authentication: { failures: 2, within: '1m' } },
      become: 'quarantine',
      until: '10m',
    },
  ],
}
const quarantine = { name: 'quarantine', class: { downlink: { rate: '64kbit' } } }
const failure = (id: string, at: number): { nai: string; event: SignalEvent } => ({
  nai: mn1,
  event: { id, at, kind: 'authentication-failure' },
})

async function withStrict(database: ControlDatabase): Promise<void> {
  await database.import({ profiles: [quarantine, strict], subscribers: [] }, 1500)
  await database.setBaseProfile(mn1, { profile: 'strict', reason: 'bought', author: 'ann', at: 2000 })
}

const open = (database: ControlDatabase, subject: string, at: number, editor = 'ann'): Promise<OpenedEdit> =>
  database.openEdit({ subject, editor, at, expiresAt: at + 60_000 })

async function nameOf(database: ControlDatabase, nai: string): Promise<string> {
  return (await database.effective(nai)).profile.name
}

onBothEngines('an event is applied once, however often it comes', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await withStrict(database)
  t.like(await database.recordEvents([failure('e1', 3000), failure('e1', 3000)], 3000), [{ changed: false }])
  t.like(await database.recordEvents([failure('e1', 3000)], 3001), [{ changed: false }])
  const [settled] = await database.recordEvents([failure('e2', 3100)], 3100)
  t.like(settled, {
    changed: true,
    held: false,
    effective: { profile: { name: 'quarantine' } },
  })
  t.deepEqual(
    (await database.events(mn1, 10)).map(({ event, state }) => [event.id, state]),
    [
      ['e2', 'applied'],
      ['e1', 'applied'],
    ],
  )
  t.like(await database.settle(mn1, 603_100), { changed: true, effective: { profile: { name: 'strict' } } })
})

/** Each way in which an edit can end. */
const endings: Record<
  string,
  (t: ExecutionContext, database: ControlDatabase, edit: OpenedEdit) => Promise<unknown>
> = {
  commit: async (t, database, { edit, document }) => {
    const request = {
      id: edit.id,
      baseVersion: edit.baseVersion,
      document,
      reason: 'nothing to change',
      at: 5000,
    }
    t.like(await database.commitEdit(request), { outcome: 'committed' })
  },
  cancel: async (t, database, { edit }) =>
    t.like(await database.cancelEdit(edit.id, 5000), {
      outcome: 'cancelled',
      settled: [{ nai: mn1, changed: true }],
    }),
  expiry: async (t, database, { edit }) => {
    t.like(await database.expireEdits(edit.expiresAt - 1), { expired: [], nextAt: edit.expiresAt })
    t.like(await database.expireEdits(edit.expiresAt), {
      expired: [{ id: edit.id, state: 'expired' }],
      nextAt: undefined,
    })
  },
}
for (const [ending, end] of Object.entries(endings))
  for (const subject of [mn1, 'strict'])
    onBothEngines(
      `events wait for an edit of ${subject} and count after its ${ending}`,
      async (t, engine) => {
        const { database } = await seededOn(t, engine)
        await withStrict(database)
        const edit = await open(database, subject, 2500)
        t.like(await database.recordEvents([failure('e2', 3100), failure('e1', 3000)], 3100), [
          { held: true },
        ])
        t.is(await nameOf(database, mn1), 'strict')
        t.deepEqual(
          (await database.events(mn1, 10)).map(({ state }) => state),
          ['held', 'held'],
        )
        await end(t, database, edit)
        t.is(await nameOf(database, mn1), 'quarantine')
        t.true((await database.events(mn1, 10)).every(({ state }) => state === 'applied'))
        t.deepEqual(await database.openEdits(), [])
      },
    )

onBothEngines('events that waited are judged by the profile that was committed', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await withStrict(database)
  const { edit } = await open(database, 'strict', 2500)
  await database.recordEvents([failure('e1', 3000), failure('e2', 3100)], 3100)
  const document = { ...strict, class: { downlink: { rate: '9mbit' } }, conditions: [] }
  const { id, baseVersion } = edit
  const outcome = await database.commitEdit({ id, baseVersion, document, reason: 'milder', at: 4000 })
  t.like(outcome, { outcome: 'committed', version: '2' })
  t.like(await database.effective(mn1), { profile: { name: 'strict', class: { downlink: { rate: 9e6 } } } })
  t.true((await database.events(mn1, 10)).every(({ state }) => state === 'applied'))
})

onBothEngines('an edit of one profile holds nobody who has another', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await withStrict(database)
  await open(database, 'gold', 2500)
  t.like(await database.recordEvents([failure('e1', 3000)], 3000), [{ nai: mn1, held: false }])
})

onBothEngines('who commits second is shown both versions and the merge', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await withStrict(database)
  const ann = await open(database, 'strict', 2500, 'ann')
  const bob = await open(database, 'strict', 2600, 'bob')
  t.deepEqual(
    bob.others.map(({ editor }) => editor),
    ['ann'],
  )
  const reason = 'as ordered'
  const faster = { ...strict, class: { downlink: { rate: '16mbit' } } }
  const marked = { ...strict, class: { ...strict.class, dscp: 'AF41' } }
  const first = { id: ann.edit.id, baseVersion: '1', document: faster, reason, at: 3000 }
  t.like(await database.commitEdit(first), {
    outcome: 'committed',
    version: '2',
    settled: [{ nai: mn1, held: true }],
  })
  t.like(
    await database.commitEdit(first),
    { outcome: 'committed', version: '2', settled: [] },
    'the answer was lost',
  )

  const stale = await database.commitEdit({ ...first, id: bob.edit.id, document: marked })
  if (stale.outcome !== 'stale') return t.fail(stale.outcome)
  t.deepEqual([stale.base, stale.theirs, stale.mine], [strict, faster, marked])
  t.deepEqual(stale.conflicts, [])
  const merged = { id: bob.edit.id, baseVersion: stale.version, document: stale.merged, reason, at: 3200 }
  t.like(await database.commitEdit(merged), {
    outcome: 'committed',
    version: '3',
    settled: [{ held: false }],
  })
  t.like(await database.effective(mn1), { profile: { class: { downlink: { rate: 16e6 }, dscp: 34 } } })

  const again = await open(database, 'strict', 3300)
  await database.import(
    { profiles: [{ ...faster, class: { downlink: { rate: '17mbit' } } }], subscribers: [] },
    3400,
  )
  const mine = { ...faster, class: { downlink: { rate: '18mbit' } } }
  t.like(
    await database.commitEdit({ ...first, id: again.edit.id, baseVersion: '3', document: mine, at: 3500 }),
    {
      outcome: 'stale',
      conflicts: [{ path: 'class.downlink.rate', base: '16mbit', theirs: '17mbit', mine: '18mbit' }],
    },
  )
})

onBothEngines('a subscriber can have a profile of his own, and go back to one of all', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  const first = await open(database, mn2, 2000)
  t.like(first, { edit: { baseVersion: '1/gold.1' }, document: { name: 'gold' } })
  const own = { ...first.document, class: { downlink: { rate: '33mbit' } } }
  const commit = { id: first.edit.id, baseVersion: '1/gold.1', document: own, reason: 'vip', at: 2100 }
  t.like(await database.commitEdit(commit), { outcome: 'committed', version: '2' })
  t.like(await database.effective(mn2), { revision: 2, profile: { class: { downlink: { rate: 33e6 } } } })

  const second = await open(database, mn2, 3000)
  const back = { ...commit, id: second.edit.id, baseVersion: '2', document: { profile: 'gold' }, at: 3100 }
  t.like(await database.commitEdit(back), { outcome: 'committed', version: '3/gold.1' })
  t.like(await database.effective(mn2), { revision: 3, profile: { class: { downlink: { rate: 20e6 } } } })
})

onBothEngines(
  "an edit of a subscriber is stale when his profile's own document has changed",
  async (t, engine) => {
    const { database } = await seededOn(t, engine)
    const { edit, document } = await open(database, mn1, 2000)
    await database.import(
      { profiles: [{ name: 'bronze', class: { downlink: { rate: '5mbit' } } }], subscribers: [] },
      2100,
    )
    const mine = {
      ...document,
      flows: [{ name: 'voice', match: { protocol: 'udp' as const }, rate: '1mbit' }],
    }
    t.like(
      await database.commitEdit({
        id: edit.id,
        baseVersion: '1/bronze.1',
        document: mine,
        reason: 'r',
        at: 2200,
      }),
      {
        outcome: 'stale',
        version: '1/bronze.2',
        theirs: { class: { downlink: { rate: '5mbit' } } },
        merged: { class: { downlink: { rate: '5mbit' } }, flows: [{ name: 'voice' }] },
      },
    )
  },
)

onBothEngines('what cannot be is refused, and the edit goes on', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await t.throwsAsync(open(database, 'platinum', 1), { code: 'database/not-found' })
  const { edit } = await open(database, 'bronze', 2000)
  const commit = (document: object) =>
    database.commitEdit({ id: edit.id, baseVersion: '1', document: document as never, reason: 'r', at: 2100 })
  const bronze = { name: 'bronze', class: { downlink: { rate: '4mbit' } } }
  await t.throwsAsync(commit({ ...bronze, class: { downlink: { rate: 4 } } }), { code: 'profile/invalid' })
  await t.throwsAsync(commit({ ...bronze, name: 'silver' }), { message: /cannot be renamed to "silver"/ })
  const nowhere = [{ when: { balance: { below: 1 } }, become: 'nowhere' }]
  await t.throwsAsync(commit({ ...bronze, conditions: nowhere }), { code: 'database/not-found' })
  t.like(
    await database.commitEdit({
      id: edit.id,
      baseVersion: 'x',
      document: bronze as never,
      reason: 'r',
      at: 2200,
    }),
    {
      outcome: 'stale',
    },
  )
  t.like(await commit(bronze), { outcome: 'committed' })
  t.deepEqual(await database.cancelEdit(edit.id, 2300), { outcome: 'closed', state: 'committed' })
  const late = await open(database, 'bronze', 3000)
  const overdue = { id: late.edit.id, baseVersion: '2', document: bronze as never, reason: 'r', at: 63_000 }
  t.deepEqual(await database.commitEdit(overdue), { outcome: 'closed', state: 'expired' })
  await t.throwsAsync(database.cancelEdit('nothing', 1), { code: 'database/not-found' })
})
