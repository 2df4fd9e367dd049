import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import pg from 'pg'
import { ManualClock, systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { mn1, mn2, mn3 } from '../database/database-fixture.ts'
import { seededOn } from '../database/engine-fixture.ts'
import { clientConfig } from '../database/postgresql-server.ts'
import { OperatorClient } from '../operator-api/client.ts'
import type { ReceivedEvent } from '../operator-api/event-reader.ts'
import { LiveEvents } from '../operator-api/live-events.ts'
import { homeServerConfig } from './config.ts'
import { publishRevisions } from './revision-events.ts'
import { startHomeServer } from './role.ts'
import { until } from './test-domain/until.ts'

const token = 'a-token-for-the-tests'

test('a console at one home server sees what is changed at another on the same database', async (t) => {
  const { location, folder } = await seededOn(t, 'postgresql')
  if (typeof location === 'string') return t.fail('PostgreSQL was asked for')
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, token)
  const start = async (name: string) => {
    const config = homeServerConfig.parse({
      identity: `${name}.home.example`,
      realm: 'home.example',
      diameter: {
        security: 'none',
        peers: [{ identity: 'ha.home.example' }],
      },
      database: location,
      homeAgents: [{ identity: 'ha.home.example', address: '192.0.2.1' }],
      operatorApi: { port: 0, tokenFile },
    })
    const server = await startHomeServer(config, { clock: systemClock, log: silentLog })
    t.teardown(() => server.stop())
    return new OperatorClient(server.operatorApiUrl, token)
  }
  const [here, there] = [await start('one'), await start('two')]
  const seen: ReceivedEvent[] = []
  const end = new AbortController()
  const watching = (async () => {
    for await (const event of there.watch(undefined, end.signal)) seen.push(event)
  })()
  t.teardown(() => end.abort())
  const sees = (what: object) =>
    until(`${JSON.stringify(what)} is seen`, () =>
      seen.find(({ kind, data }) =>
        Object.entries(what).every(([name, value]) => ({ kind, ...data })[name] === value),
      ),
    )
  // The stream is there as soon as something is seen of it.
  await until('the stream has begun', async () => {
    await there.setProfile(mn2, seen.length % 2 ? 'gold' : 'bronze')
    return seen.length > 0
  })

  await here.setProfile(mn1, 'gold', 'paid')
  await sees({ kind: 'revision', nai: mn1, profile: 'gold', revision: 2, decidedBy: 'base' })
  await here.putOverride(mn1, 'night', { set: { class: { downlink: { rate: '1mbit' } } }, reason: 'r' })
  await sees({ kind: 'revision', nai: mn1, revision: 3, decidedBy: 'override' })

  const other = new pg.Client(clientConfig(location.postgresql))
  await other.connect()
  await other.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'`)
  await other.end()
  await sees({ kind: 'reset' })
  await here.setProfile(mn1, 'bronze')
  await sees({ kind: 'revision', nai: mn1, revision: 4 })
  end.abort()
  await t.throwsAsync(watching)
})

test('what cannot be read does not stop the rest', async (t) => {
  const { database } = await seededOn(t, 'sqlite')
  const live = new LiveEvents(new ManualClock())
  const told: unknown[] = []
  live.listen((published) => told.push(published?.event))
  let tell: (nai: string | undefined) => void = () => {}
  const stop = publishRevisions({
    live,
    log: silentLog,
    database: Object.assign(Object.create(database), {
      subscriber: (nai: string) => {
        if (nai === mn3) throw new Error('a cable was pulled')
        return database.subscriber(nai)
      },
      effective: (nai: string) => database.effective(nai),
      onChange: (listener: typeof tell) => {
        tell = listener
        return () => {}
      },
    }),
  })
  for (const nai of [mn3, 'nobody@home.example', mn1, mn1, mn2]) tell(nai)
  await until('the others are told', () => told.length === 3)
  t.like(told, [
    { kind: 'removed', nai: 'nobody@home.example' },
    { nai: mn1, profile: 'bronze' },
    { nai: mn2, profile: 'gold' },
  ])
  tell(undefined)
  t.is(told[3], undefined)
  t.is(told.length, 4)
  await stop()
})
