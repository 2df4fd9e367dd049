import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { accepted, mn1, mn2, record, seededDatabase } from '../database/database-fixture.ts'
import type { Settled } from '../database/settle.ts'
import { startSubscriberTimers } from './subscriber-timers.ts'
import { until } from './test-domain/until.ts'

const hour = 3_600_000
const midnight = Date.UTC(2026, 5, 10, 22)

/** The timers of a home server in Berlin, whose clock is turned by hand. */
async function timers(t: Parameters<typeof seededDatabase>[0], start: number) {
  const { database } = await seededDatabase(t)
  await database.setTimeZone('Europe/Berlin')
  const clock = new ManualClock(start)
  const settled: Settled[] = []
  const gained: string[] = []
  const run = (identity = 'aaah.home.example') =>
    startSubscriberTimers(
      { database, clock, log: silentLog, identity },
      {
        settled: (outcome) => settled.push(outcome),
        gained: async (nais) => {
          gained.push(...nais)
        },
      },
    )
  const rateOf = async (nai: string) => (await database.effective(nai)).profile.class.downlink.rate
  /** Turns the clock, second by second, until the subscriber has the rate. */
  const untilRate = (nai: string, rate: number) =>
    until(`${nai} has ${rate} bit/s`, async () => {
      clock.advance(1000)
      return (await rateOf(nai)) === rate
    })
  t.teardown(() => database.close())
  return { database, clock, settled, gained, run, rateOf, untilRate }
}

test('an override runs out on time, also when the home server was away then', async (t) => {
  const { database, clock, settled, run, rateOf, untilRate } = await timers(t, midnight)
  const put = (end: number) => {
    const override = { name: 'fair', fields: { 'class.downlink.rate': 1e6 }, reason: 'r', author: 'ann' }
    return database.putOverride(mn2, { ...override, since: clock.now(), until: end }, clock.now())
  }
  await put(midnight + hour)
  const first = run()
  await until('he is cared for', async () => (await database.ownedBy('aaah.home.example')).length > 0)
  clock.advance(hour - 1)
  await until('a look', async () => (await database.dueTimers('aaah.home.example', clock.now())).nextAt)
  t.is(await rateOf(mn2), 1e6)
  await untilRate(mn2, 20e6)
  t.is(settled.at(-1)?.nai, mn2)

  const end = clock.now() + hour
  await put(end)
  await first.stop()
  clock.advance(2 * hour)
  t.is(await rateOf(mn2), 1e6, 'nobody was there')
  const second = run()
  await untilRate(mn2, 20e6)
  await second.stop()
})

test('a link of which nothing is heard any more changes nothing, also when the home server was away then', async (t) => {
  const { database, clock, run, rateOf, untilRate } = await timers(t, midnight)
  const busy = { when: { network: { utilization: '90%', clearAfter: '1h' } }, become: 'bronze' }
  const gold = { name: 'gold', class: { downlink: { rate: '20mbit', priority: 1 } }, conditions: [busy] }
  await database.import({ profiles: [gold], subscribers: [] }, clock.now())
  const report = (utilization: number) => {
    const at = clock.now()
    const link = { at, up: true, utilization, dropsPerSecond: 0 }
    return database.recordObservation(mn2, { links: { 'fa1.a.example/access': link } }, at)
  }
  const { wakeAt } = await report(0.95)
  t.is(await rateOf(mn2), 4e6)
  t.is(wakeAt, midnight + 150_000)
  clock.advance(60_000)
  t.is((await report(0.96)).wakeAt, midnight + 210_000, 'it is repeated once a minute')
  clock.advance(149_000)
  const first = run()
  await until('he is cared for', async () => (await database.ownedBy('aaah.home.example')).length > 0)
  t.is(await rateOf(mn2), 4e6)
  await untilRate(mn2, 20e6)
  t.true(clock.now() >= midnight + 210_000)
  await first.stop()

  await report(0.95)
  t.is(await rateOf(mn2), 4e6, 'the agent is heard again')
  clock.advance(hour)
  const second = run()
  await untilRate(mn2, 20e6)
  await second.stop()
})

const become = 'bronze'
const evening = { when: { clock: { from: '18:00', to: '23:00', timeZone: 'Europe/Berlin' } }, become }
const daily = {
  when: { volume: { exceeds: '1MB', direction: 'downlink', per: 'day' } },
  until: 'next-day',
  become,
}

test('a clock window begins and ends', async (t) => {
  const { database, clock, settled, run, untilRate } = await timers(t, midnight)
  await setConditions(database, evening, midnight)
  const { stop } = run()
  await until('he is cared for', async () => (await database.ownedBy('aaah.home.example')).includes(mn1))
  clock.advance(17 * hour + hour - 1000)
  await untilRate(mn1, 4e6)
  clock.advance(4 * hour + hour - 5000)
  await untilRate(mn1, 30e6)
  const changes = settled.flatMap((outcome) => outcome.changes)
  const seconds = changes.map(({ kind, at }) => [kind, Math.floor((at - midnight) / 10_000) * 10])
  t.deepEqual(seconds, [
    ['met', 18 * 3600],
    ['over', 23 * 3600],
  ])
  await stop()
})

test('what lasts until the next day ends at midnight where the home domain is', async (t) => {
  const { database, clock, run, settled, rateOf, untilRate } = await timers(t, midnight + 12 * hour)
  await setConditions(database, daily, clock.now(), mn2)
  const visit = { sessionId: 's1', node: 'fa1.a.example' }
  const authorizedUntil = midnight + 72 * hour
  await database.commitRegistration(accepted(visit, { at: clock.now(), authorizedUntil }))
  await database.recordAccounting(record('s1', 0, 2_000_000, { at: clock.now() }))
  t.is(await rateOf(mn2), 4e6)
  const { stop } = run()
  await until('he is cared for', async () => (await database.ownedBy('aaah.home.example')).includes(mn2))
  clock.advance(12 * hour - 2000)
  t.is(await rateOf(mn2), 4e6)
  await untilRate(mn2, 30e6)
  t.like(settled.at(-1)?.changes, [{ kind: 'over', at: midnight + 24 * hour }])
  await stop()
})

test('another home server takes over from one that has died, and at once from one that has stopped', async (t) => {
  const { database, clock, gained, run } = await timers(t, midnight)
  await database.commitRegistration(accepted({ sessionId: 's1', node: 'fa1.a.example' }, { at: midnight }))
  await database.renewOwnership({ identity: 'dead', at: midnight, aliveUntil: midnight + 15_000 })
  t.deepEqual(await database.ownedBy('dead'), [mn2])
  const first = run('one')
  await until('the dead one is missed', () => {
    clock.advance(1000)
    return gained.length > 0
  })
  t.deepEqual(gained, [mn2])
  t.true(clock.now() > midnight + 15_000)
  await first.stop()
  const second = run('two')
  await until('two cares', () => gained.length === 2)
  await second.stop()
})

type Database = Awaited<ReturnType<typeof seededDatabase>>['database']

/** The subscriber gets a profile of 30 Mbit/s of which the condition makes bronze. */
async function setConditions(database: Database, condition: object, at: number, nai = mn1): Promise<void> {
  const conditions = [condition]
  const silver = { name: 'silver', class: { downlink: { rate: '30mbit', priority: 2 } }, conditions }
  await database.import({ profiles: [silver], subscribers: [] }, at)
  await database.setBaseProfile(nai, { profile: 'silver', reason: 'r', author: 'ann', at })
}
