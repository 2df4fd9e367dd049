import { accepted, mn2, record } from './database-fixture.ts'
import { onBothEngines, seededOn } from './engine-fixture.ts'

const visit = { sessionId: 's1', node: 'fa1.a.example' }
const berlin = (time: string): number =>
  Temporal.ZonedDateTime.from(`${time}[Europe/Berlin]`).epochMilliseconds

/** 20 MB a day and 50 MB a month, an hour of connection a day. */
const metered = {
  name: 'metered',
  class: { downlink: { rate: '20mbit' } },
  conditions: [
    {
      when: { volume: { exceeds: '50MB', direction: 'both', per: 'month' } },
      become: 'stopped',
      until: 'next-month',
    },
    {
      when: { volume: { exceeds: '20MB', direction: 'downlink', per: 'day' } },
      become: 'slow',
      until: 'next-day',
    },
    { when: { time: { exceeds: '1h', per: 'day' } }, set: { class: { dscp: 'CS1' } } },
    { when: { balance: { below: 1 } }, set: { class: { downlink: { rate: '10kbit' } } } },
  ],
}
const slow = { name: 'slow', class: { downlink: { rate: '1mbit' } } }
const stopped = { name: 'stopped', class: { downlink: { rate: '1kbit' } } }

onBothEngines('days and months are those of the domain', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.setTimeZone('Europe/Berlin')
  await database.import({ profiles: [slow, stopped, metered], subscribers: [] }, 1)
  const evening = berlin('2026-10-30T23:30')
  await database.setBaseProfile(mn2, { profile: 'metered', reason: 'r', author: 'a', at: evening - 1000 })
  const authorizedUntil = berlin('2026-12-01T00:00')
  await database.commitRegistration(accepted(visit, { at: evening, authorizedUntil }))
  const account = async (number: number, megabytes: number, time: string) => {
    const counted = await database.recordAccounting(
      record('s1', number, megabytes * 1e6, { at: berlin(time) }),
    )
    return counted?.effective.profile.name
  }
  t.is(await account(1, 15, '2026-10-30T23:50'), 'metered')
  t.is(await account(2, 30, '2026-10-31T00:05'), 'metered', '15 MB of each day')
  t.is(await account(3, 36, '2026-10-31T00:20'), 'slow')
  t.is((await database.effective(mn2)).profile.class.dscp, undefined)
  const settled = await database.settle(mn2, berlin('2026-10-31T01:00'))
  t.is(
    settled.effective.profile.class.dscp,
    undefined,
    'the profile that is in force leaves no DSCP to the other',
  )
  t.is(await account(4, 51, '2026-10-31T23:59'), 'stopped')
  t.like(await database.settle(mn2, berlin('2026-11-01T00:00')), {
    effective: { profile: { name: 'metered', class: { downlink: { rate: 20e6 } } } },
  })
  t.is(await account(5, 70, '2026-11-01T00:10'), 'metered', 'of the new day 19 MB')
  const hour = await database.settle(mn2, berlin('2026-11-01T01:00'))
  t.is(hour.effective.profile.class.dscp, 8, 'connected for an hour of the day')
})

onBothEngines('what is known besides usage is kept, and judged', async (t, engine) => {
  const { database } = await seededOn(t, engine)
  await database.import({ profiles: [slow, stopped, metered], subscribers: [] }, 1)
  await database.setBaseProfile(mn2, { profile: 'metered', reason: 'r', author: 'a', at: 2000 })
  t.deepEqual(await database.observation(mn2), { balance: undefined, links: {}, translation: undefined })
  const low = await database.recordObservation(mn2, { balance: 0.5 }, 3000)
  t.is(low.effective.profile.class.downlink.rate, 10e3)
  const links = { 'fa-a1/access': { at: 3100, up: true, utilization: 0.95, dropsPerSecond: 0 } }
  t.is((await database.recordObservation(mn2, { links }, 3100)).changed, false)
  t.deepEqual(await database.observation(mn2), { balance: 0.5, links, translation: undefined })
  t.like(await database.recordObservation(mn2, { balance: 5 }, 3200), { changed: true })
  t.deepEqual(
    (await database.layers(mn2)).map(({ layer, source }) => [layer, source]),
    [['base', 'metered']],
  )
})
