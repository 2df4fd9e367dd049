/** What is exported and imported again is the same. */
import test from 'ava'
import fc from 'fast-check'
import { parse, stringify } from 'yaml'
import { fieldsOfSet } from '../profile/field.ts'
import { formatSet } from '../profile/format-profile.ts'
import { readSet } from '../profile/service-profile.ts'
import type { ControlDatabase } from './control-database.ts'
import { accepted, mn1, mn2, mn3, record } from './database-fixture.ts'
import { freshLocation, onBothEngines, seededOn } from './engine-fixture.ts'
import { checkImport } from './import-file.ts'
import { openDatabase } from './open-database.ts'

/** Through YAML, as by a file. */
function asFile(text: unknown): unknown {
  return parse(stringify(text))
}
const restore = (database: ControlDatabase, text: unknown, at = 1): Promise<unknown> =>
  database.import(checkImport(asFile(text), '/anywhere/backup.yaml'), at)

const rate = fc.integer({ min: 1, max: 999 }).map((number) => `${number}mbit`)
const shaping = fc.record({ rate, priority: fc.integer({ min: 0, max: 7 }) }, { requiredKeys: ['rate'] })
const profileNames = ['a', 'b', 'c'] as const
const condition = fc.record({
  when: fc.constantFrom(
    { balance: { below: 3.5 } },
    { volume: { exceeds: '1GiB', direction: 'both', per: 'day' } },
  ),
  become: fc.constantFrom(...profileNames),
})
const profile = fc.record(
  {
    class: fc.record(
      { downlink: shaping, uplink: fc.record({ rate }), dscp: fc.constantFrom('AF41', 7) },
      { requiredKeys: ['downlink'] },
    ),
    filters: fc.constant([{ match: { protocol: 'tcp', destinationPort: 25 }, action: 'drop' }]),
    conditions: fc.array(condition, { maxLength: 1 }),
    tariff: fc.constant({ time: { price: 0.25, per: '1m' } }),
  },
  { requiredKeys: ['class'] },
)
const set = fc
  .record(
    {
      class: fc.record(
        {
          downlink: fc.record({ rate, ceil: fc.constant(null) }, { requiredKeys: ['rate'] }),
          uplink: fc.option(fc.record({ rate })),
          dscp: fc.constantFrom(null, 'EF', 0),
        },
        { requiredKeys: ['downlink'] },
      ),
      filters: fc.constantFrom(
        [],
        [{ direction: 'uplink', match: { destination: '203.0.113.0/24' }, action: 'drop' }],
      ),
      flows: fc.constant([
        { name: 'voice', match: { protocol: 'udp' }, rate: '1kbit', dscp: 'EF', lifetime: '90s' },
      ]),
      distribution: fc.constant({ onFailure: 'report-split' }),
    },
    { requiredKeys: [] },
  )
  .filter((value) => Object.keys(value).length > 0)
const time = fc.integer({ min: 0, max: 4e12 }).map((at) => new Date(at).toISOString())
const override = fc.record(
  { set, reason: fc.string({ unit: 'grapheme' }), author: fc.string(), since: time, until: time },
  { requiredKeys: ['set', 'reason', 'author', 'since'] },
)
const subscriber = fc.record(
  {
    address: fc.boolean(),
    authentication: fc.record({
      spi: fc.integer({ min: 256, max: 0xffffffff }),
      keyFile: fc.constant('/keys/k'),
    }),
    profile: fc.oneof(
      fc.constantFrom(...profileNames),
      profile.map((own) => ({ name: 'own', ...own })),
    ),
    overrides: fc.array(override, { minLength: 1, maxLength: 3 }),
    balance: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  },
  { requiredKeys: ['address', 'authentication', 'profile'] },
)
const databases = fc
  .record({
    profiles: fc.tuple(profile, profile, profile),
    subscribers: fc.array(subscriber, { maxLength: 3 }),
  })
  .map(({ profiles, subscribers }) => ({
    profiles: profileNames.map((name, index) => ({ name, ...profiles[index] })),
    subscribers: subscribers.map(({ address, overrides, ...rest }, index) => ({
      nai: `u${index}@home.example`,
      ...(address && { homeAddress: `192.0.2.${index}` }),
      ...rest,
      ...(overrides && { overrides: overrides.map((each, number) => ({ name: `o${number}`, ...each })) }),
    })),
  }))

onBothEngines('what is imported is exported, and imported again it changes nothing', async (t, engine) => {
  const property = fc.asyncProperty(databases, async (written) => {
    const database = await openDatabase(await freshLocation(t, engine))
    try {
      await restore(database, written)
      const text = await database.export()
      const sorted = {
        ...written,
        subscribers: written.subscribers.map(({ overrides, ...rest }) => ({
          ...rest,
          ...(overrides && {
            overrides: overrides.toSorted((a, b) => (a.since < b.since ? -1 : a.since > b.since ? 1 : 0)),
          }),
        })),
      }
      t.deepEqual(normal(text), normal(sorted))
      t.deepEqual(await database.previewImport(checkImport(asFile(text), '/backup.yaml'), 2), [])
      await restore(database, text)
      t.deepEqual(await database.export(), text)
    } finally {
      await database.close()
    }
  })
  await fc.assert(property, { numRuns: engine === 'sqlite' ? 30 : 5 })
})

/** What an override sets can be written in several ways. */
function normal(text: unknown): unknown {
  return JSON.parse(
    JSON.stringify(text, (key, value) => (key === 'set' ? fieldsOfSet(readSet(value, 'the test')) : value)),
  )
}

test('a set is written as it is read', (t) => {
  fc.assert(
    fc.property(set, (written) => {
      const fields = fieldsOfSet(readSet(written, 'the test'))
      t.deepEqual(fieldsOfSet(readSet(formatSet(fields), 'the test again')), fields)
    }),
  )
})

onBothEngines('a dry run says what would change, checks as much, and changes nothing', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  const text = await database.export()
  const [bronze, gold] = text.profiles ?? []
  const faster = { ...bronze, class: { downlink: { rate: '5mbit', ceil: '5mbit', priority: 3 } } }
  const [one, ...others] = text.subscribers ?? []
  const changed = {
    profiles: [faster, gold],
    subscribers: [
      { ...one, profile: 'gold', balance: 3 },
      ...others,
      { nai: 'new@home.example', authentication: { spi: 300, keyFile: '/k' }, profile: 'gold' },
    ],
  }
  const preview = () => database.previewImport(checkImport(asFile(changed), '/f.yaml'), 5000)
  t.deepEqual(
    (await preview()).map(({ subject, path, before, after }) => [subject, path, before, after]),
    [
      ['bronze', 'class.downlink.rate', '"4mbit"', '"5mbit"'],
      ['bronze', 'class.downlink.ceil', '"4mbit"', '"5mbit"'],
      [mn1, 'profile', '"bronze"', '"gold"'],
      [mn1, 'balance', undefined, '3'],
      [
        'new@home.example',
        '',
        undefined,
        '{"nai":"new@home.example","authentication":{"spi":300,"keyFile":"/k"},"profile":"gold"}',
      ],
    ],
  )
  t.deepEqual(await database.export(), text)
  t.is((await database.effective(mn1)).revision, 1)
  t.is((await database.audit({ limit: 10 })).length, 1)
  const dangling = { profiles: [], subscribers: [{ ...one, profile: 'nowhere' }] }
  await t.throwsAsync(database.previewImport(checkImport(asFile(dangling), '/f.yaml'), 1), {
    code: 'database/not-found',
  })
})

onBothEngines('a database is restored elsewhere as people had made it', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.commitRegistration(accepted({ sessionId: 's1', node: 'fa1.a.example' }))
  await database.recordAccounting(record('s1', 1, 1000))
  const { edit, document } = await database.openEdit({
    subject: mn3,
    editor: 'ann',
    at: 2000,
    expiresAt: 9000,
  })
  const own = { ...document, class: { downlink: { rate: '7mbit' } } }
  await database.commitEdit({
    id: edit.id,
    baseVersion: edit.baseVersion,
    document: own,
    reason: 'vip',
    at: 2100,
  })
  await database.pay(mn2, { id: 'p', amount: 12.5, reason: 'r', author: 'a', at: 3000 })
  const override = { reason: 'fair', author: 'ann', since: 3000, until: 9e12 }
  await database.putOverride(mn2, { ...override, name: 'less', fields: { 'class.downlink.rate': 1e6 } }, 3000)
  await database.setBaseProfile(mn1, { profile: 'gold', reason: 'paid', author: 'ann', at: 4000 })
  await database.rollBack(mn1, { refused: 2, former: 1, reason: 'fa1 refused it', at: 4100, until: 9e12 })

  const other = await openDatabase(await freshLocation(t, engine))
  t.teardown(() => other.close())
  const text = await database.export()
  t.false(JSON.stringify(text).includes('roll-back'), 'what the home server does for a while is left out')
  await restore(other, text, 5000)
  t.deepEqual(await other.export(), text)
  for (const nai of [mn2, mn3])
    t.deepEqual((await other.effective(nai)).profile, (await database.effective(nai)).profile)
  const decision = (await other.effective(mn2)).decidedBy['class.downlink.rate']
  t.like(decision, { layer: 'override', author: 'ann', reason: 'fair', since: 3000 })
})
