import { mn1, mn2, mn3 } from './database-fixture.ts'
import { look, onBothEngines, seededOn } from './engine-fixture.ts'

const edit = (profile: string, at = 5000) => ({ profile, reason: 'paid', author: 'ann', at })

onBothEngines('an import gives each subscriber the first revision of its profile', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  t.deepEqual(
    (await database.subscribers()).map(({ nai, homeAddress }) => [nai, homeAddress]),
    [
      [mn1, '192.0.2.11'],
      [mn2, '192.0.2.12'],
      [mn3, undefined],
    ],
  )
  t.like(await database.effective(mn1), {
    profile: { name: 'bronze', class: { downlink: { rate: 4e6, ceil: 4e6, priority: 3 } } },
    revision: 1,
    decidedBy: { name: { layer: 'base', author: 'import' } },
  })
})

onBothEngines('revisions grow by one with every difference, and not by a repetition', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  t.is((await database.setBaseProfile(mn1, edit('gold'))).revision, 2)
  t.is((await database.setBaseProfile(mn1, edit('gold'))).revision, 2)
  t.is((await database.setBaseProfile(mn1, edit('bronze'))).revision, 3)
  t.is((await database.effective(mn2)).revision, 1, 'another subscriber has numbers of its own')
})

onBothEngines('revisions go on after a restart', async (t, engine) => {
  const { database, reopened } = await seededOn(t, engine)
  await database.setBaseProfile(mn1, edit('gold'))
  const again = await reopened()
  t.like(await again.effective(mn1), {
    profile: { name: 'gold' },
    revision: 2,
    decidedBy: { name: { author: 'ann', reason: 'paid' } },
  })
  t.is((await again.setBaseProfile(mn1, edit('bronze'))).revision, 3)
})

onBothEngines('a home server keeps its Origin-State-Id as long as the database', async (t, engine) => {
  const { database, reopened } = await seededOn(t, engine)
  t.is(await database.originStateId('aaah.home.example', 100), 100)
  const again = await reopened()
  t.is(await again.originStateId('AAAH.home.example', 200), 100)
  t.is(await again.originStateId('aaah2.home.example', 300), 300)
})

onBothEngines('an edit that cannot be is refused and changes nothing', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await t.throwsAsync(database.setBaseProfile('nobody@home.example', edit('gold')), {
    code: 'database/not-found',
  })
  const error = await t.throwsAsync(database.setBaseProfile(mn1, edit('platinum')), {
    code: 'database/not-found',
  })
  t.is(error?.message, 'there is no profile "platinum"; there are: bronze, gold')
  t.is((await database.effective(mn1)).revision, 1)
})

onBothEngines('every edit is in the audit log with its author', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.setBaseProfile(mn1, edit('gold'))
  t.deepEqual((await database.audit({ limit: 10 })).toReversed(), [
    {
      at: 1000,
      author: 'import',
      action: 'import',
      subject: 'database',
      detail: '{"profiles":2,"subscribers":3}',
    },
    { at: 5000, author: 'ann', action: 'set-profile', subject: mn1, detail: 'gold: paid (revision 2)' },
  ])
})

onBothEngines('a changed profile reaches those who have it, also by a later import', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  const profiles = [{ name: 'bronze', class: { downlink: { rate: '6mbit' } } }]
  await database.import({ profiles, subscribers: [] }, 6000)
  t.like(await database.effective(mn1), {
    revision: 2,
    profile: { class: { downlink: { rate: 6e6 } } },
  })
  t.is((await database.effective(mn2)).revision, 1)
})

onBothEngines('an import is all or nothing', async (t, engine) => {
  const { database } = await seededOn(t, engine)
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
})

onBothEngines('a database of a newer version is left alone', async (t, engine) => {
  const { location, reopened } = await seededOn(t, engine)
  const change = engine === 'sqlite' ? 'PRAGMA user_version = 99' : 'UPDATE schema_version SET version = 99'
  await look(location, change)
  await t.throwsAsync(reopened(), {
    code: 'database/unreadable',
    message: /has version 99.*use a newer Sojourn/,
  })
})

onBothEngines('what was in force can be asked for, with who decided each field', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.setBaseProfile(mn1, edit('gold'))
  t.is(await database.effectiveAt(mn1, 999), undefined)
  t.like(await database.effectiveAt(mn1, 4999), { revision: 1, profile: { name: 'bronze' } })
  const now = await database.effectiveAt(mn1, 5000)
  t.is(now?.decidedBy['class.downlink.rate']?.reason, 'paid')
  t.is(now?.revision, 2)
})

onBothEngines('an override decides its fields only, and until its time', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  const override = {
    name: 'fair',
    fields: { 'class.downlink.rate': 1e6 },
    reason: 'trade fair',
    author: 'ann',
    since: 5000,
    until: 9000,
  }
  const put = await database.putOverride(mn1, override, 5000)
  t.like(put, {
    changed: true,
    wakeAt: 9000,
    effective: { profile: { class: { downlink: { rate: 1e6, priority: 3 } } } },
  })
  t.is(put.effective.decidedBy['class.downlink.rate']?.layer, 'override')
  t.is(put.effective.decidedBy['class.downlink.priority']?.layer, 'base')
  t.is((await database.settle(mn1, 8999)).changed, false)
  t.like(await database.settle(mn1, 9000), {
    changed: true,
    wakeAt: undefined,
    effective: { revision: 3, profile: { class: { downlink: { rate: 4e6 } } } },
  })
  await database.putOverride(mn1, { ...override, until: undefined }, 9500)
  t.like(await database.removeOverride(mn1, 'fair', { author: 'ann', at: 9600 }), {
    effective: { revision: 5 },
  })
  t.is(await database.removeOverride(mn1, 'fair', { author: 'ann', at: 9700 }), undefined)
})

onBothEngines('who listens hears of every new revision, after it is committed', async (t, engine) => {
  const { reopened } = await seededOn(t, engine)
  // A connection made now does not hear of the import.
  const database = await reopened()
  const heard = new Promise((resolve) => database.onChange(resolve))
  await t.throwsAsync(database.setBaseProfile(mn2, edit('platinum')))
  await database.setBaseProfile(mn2, edit('gold'))
  await database.setBaseProfile(mn1, edit('gold'))
  t.is(await heard, mn1, 'mn2 had gold before')
})
