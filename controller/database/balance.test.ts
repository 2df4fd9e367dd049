/** Prepaid balances: what is paid in, less the price of what was used, whatever comes twice, late or after a crash. */
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { ControlDatabase } from './control-database.ts'
import { accepted, mn1, mn2, record } from './database-fixture.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'
import { Crash, FaultyEngine } from './faulty-engine.ts'
import { type DatabaseLocation, openEngine } from './open-database.ts'

const visit = { sessionId: 's1', node: 'fa1.a.example' }
const minute = 60_000
/** 2 for each MB in both directions, 1 for a minute; below 5 it is slow. */
const prepaid = {
  name: 'prepaid',
  class: { downlink: { rate: '20mbit' } },
  tariff: { volume: { price: 2, per: '1MB' }, time: { price: 1, per: '1m' } },
  conditions: [{ when: { balance: { below: 5 } }, set: { class: { downlink: { rate: '64kbit' } } } }],
}
const slow = 64e3
const full = 20e6

async function start(database: ControlDatabase, authorizedUntil = 1000 * minute): Promise<void> {
  await database.import({ profiles: [prepaid], subscribers: [] }, 1000)
  await database.setBaseProfile(mn2, { profile: 'prepaid', reason: 'r', author: 'a', at: 1500 })
  await database.commitRegistration(accepted(visit, { authorizedUntil }))
}
const payment = (id: string, amount: number, at: number) => ({
  id,
  amount,
  reason: 'card',
  author: 'ann',
  at,
})
const rateOf = async (database: ControlDatabase) =>
  (await database.effective(mn2)).profile.class.downlink.rate
const close = (t: ExecutionContext, actual: number | undefined, expected: number) =>
  t.true(Math.abs((actual ?? Number.NaN) - expected) < 1e-6, `${actual} instead of ${expected}`)

onBothEngines('volume takes from the balance once, and a low one acts', async (t, engine) => {
  const { database, reopened } = await seededOn(t, engine)
  await start(database)
  t.like(await database.pay(mn2, payment('p1', 9, 2000)), { balance: 9, duplicate: false, changed: false })
  t.like(await database.pay(mn2, payment('p1', 9, 2000)), { balance: 9, duplicate: true })
  await t.throwsAsync(database.pay(mn2, payment('p1', 8, 2000)), { code: 'database/in-use' })
  await t.throwsAsync(database.pay('nobody@home.example', payment('p2', 8, 2000)), {
    code: 'database/not-found',
  })

  const first = record('s1', 1, 1_500_000, { at: 2000 })
  await database.recordAccounting(first)
  close(t, (await database.observation(mn2)).balance, 6)
  t.true((await database.recordAccounting(first))?.duplicate)
  const again = await reopened()
  await again.recordAccounting(first)
  close(t, (await again.observation(mn2)).balance, 6)
  t.is(await rateOf(again), full)
  t.like(await again.recordAccounting(record('s1', 2, 2_500_000, { at: 2000 })), { changed: true })
  t.is(await rateOf(again), slow)
  t.like(await again.pay(mn2, payment('p2', 10, 2000)), { balance: 14, changed: true })
  t.is(await rateOf(again), full)
  t.deepEqual(
    (await again.audit({ subject: mn2, limit: 10 })).flatMap(({ action, author, detail }) =>
      action === 'payment' ? [[author, detail]] : [],
    ),
    [
      ['ann', '10 paid in, 14 now: card'],
      ['ann', '9 paid in, 9 now: card'],
    ],
  )
})

onBothEngines('time takes from the balance, and it is foretold when it is too low', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await start(database, 2000 + 20 * minute)
  const { wakeAt } = await database.pay(mn2, payment('p1', 8, 2000))
  t.is(wakeAt, 2000 + 3 * minute + 1)
  t.false((await database.settle(mn2, 2000 + minute)).changed)
  close(t, (await database.observation(mn2)).balance, 7)
  t.false((await database.settle(mn2, 2000 + 3 * minute)).changed)
  t.true((await database.settle(mn2, 2000 + 3 * minute + 1)).changed)
  t.is(await rateOf(database), slow)

  await database.endSession('s2', 'over', 2000 + 4 * minute)
  await database.settle(mn2, 2000 + 9 * minute)
  close(t, (await database.observation(mn2)).balance, 4)
  const later = { sessionId: 's7', node: 'fa1.a.example' }
  const { homeAgent } = accepted(later)
  const at = 2000 + 10 * minute
  await database.commitRegistration(
    accepted(later, { at, authorizedUntil: at + minute, homeAgent: { ...homeAgent, sessionId: 's8' } }),
  )
  await database.expireSessions(at + 5 * minute)
  close(t, (await database.observation(mn2)).balance, 3)
})

onBothEngines('who has no balance pays nothing, and pays nothing for what was before', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await start(database)
  await database.recordAccounting(record('s1', 1, 1_500_000, { at: 2000 + minute }))
  t.is((await database.observation(mn2)).balance, undefined)
  await database.pay(mn2, payment('p1', 100, 2000 + 2 * minute))
  await database.settle(mn2, 2000 + 3 * minute)
  close(t, (await database.observation(mn2)).balance, 99)
  await database.pay(mn1, payment('p2', 3, 2000))
  await database.settle(mn1, 90 * minute)
  t.is((await database.observation(mn1)).balance, 3, 'bronze has no tariff')
})

const step = fc.record({
  does: fc.oneof(
    fc.record({
      kind: fc.constant('record' as const),
      number: fc.integer({ min: 1, max: 6 }),
    }),
    fc.record({ kind: fc.constant('pay' as const), id: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ kind: fc.constant('wait' as const) }),
  ),
  /** After so many statements the process dies, and what was asked for is asked for again. */
  crashesAfter: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 2 }),
})

onBothEngines(
  'nothing is taken twice or forgotten, over duplicates, late records and crashes',
  async (t, engine) => {
    const { database, location } = await seededOn(t, engine)
    await start(database)
    let run = 0
    const property = fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 15 }), async (steps) => {
      run++
      const nai = `u${run}@home.example`
      let now = 10_000
      const subscriber = { nai, authentication: { spi: 4100, keyFile: 'k' }, profile: 'prepaid' }
      await database.import({ profiles: [], subscribers: [subscriber] }, now)
      const { homeAgent } = accepted(visit)
      await database.commitRegistration(
        accepted(
          { ...visit, sessionId: `visit ${run}` },
          { nai, at: now, authorizedUntil: 1e9, homeAgent: { ...homeAgent, sessionId: `home ${run}` } },
        ),
      )
      await database.pay(nai, payment(`${run} first`, 1000, now))
      const [paid, counted] = [new Set<number>(), new Set<number>()]
      for (const { does, crashesAfter } of steps) {
        if (does.kind === 'wait') now += 30_000
        await withCrash(location, crashesAfter, async (database) => {
          if (does.kind === 'wait') return void (await database.settle(nai, now))
          if (does.kind === 'pay') return void (await database.pay(nai, payment(`${run} ${does.id}`, 7, now)))
          const sent = record(`visit ${run}`, does.number, does.number * 1_000_000, { at: now })
          await database.recordAccounting(sent)
        })
        if (does.kind === 'pay') paid.add(does.id)
        if (does.kind === 'record') counted.add(does.number)
      }
      const megabytes = Math.max(0, ...counted)
      const { balance } = await database.observation(nai)
      close(t, balance, 1000 + 7 * paid.size - 2 * megabytes - (now - 10_000) / minute)
    })
    await fc.assert(property, { numRuns: engine === 'sqlite' ? 40 : 10 })
  },
)

/** Asks, and where the process died over it, once more. */
async function withCrash(
  location: DatabaseLocation,
  crashesAfter: number | undefined,
  ask: (database: ControlDatabase) => Promise<void>,
): Promise<void> {
  const engine = new FaultyEngine(await openEngine(location))
  const database = new ControlDatabase(engine)
  try {
    if (crashesAfter !== undefined) engine.arm(crashesAfter)
    await ask(database)
  } catch (error) {
    if (!(error instanceof Crash)) throw error
    await ask(database)
  } finally {
    await database.close()
  }
}
