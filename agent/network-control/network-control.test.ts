import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { decodeNetworkReport } from '#wire/diameter/network-report.ts'
import type { AuthorizedSession } from '../authorized-session/authorized-session.ts'
import { atRest, FakeHomeServer, timeout } from '../authorized-session/fake-home-server.ts'
import { networkReports } from './config.ts'
import type { LinkReader } from './link-reader.ts'
import { NetworkControl } from './network-control.ts'

const home = { host: 'aaah.home.example', realm: 'home.example' }
const other = { realm: 'other.example' }
const session = (server: AuthorizedSession['server']): AuthorizedSession => ({
  sessionId: 'fa1;1;2',
  acctMultiSessionId: 'fa1;1;1',
  server,
  authorizedUntilMilliseconds: Number.POSITIVE_INFINITY,
})

/** A link of 1 Mbit/s, whose counters the test sets. */
class FakeReader implements LinkReader {
  readonly clock: ManualClock
  bytes = 0n
  drops = 0n
  up = true
  isThere = true
  looks = 0
  changed: () => void = () => undefined
  closed = false

  constructor(clock: ManualClock) {
    this.clock = clock
  }
  async read() {
    this.looks++
    if (!this.isThere) return undefined
    return { atMilliseconds: this.clock.now(), up: this.up, bytes: this.bytes, drops: this.drops }
  }
  watch(changed: () => void) {
    this.changed = changed
  }
  close() {
    this.closed = true
  }
}

async function setUp(sessions = [session(home)]) {
  const clock = new ManualClock()
  const reader = new FakeReader(clock)
  const diameter = new FakeHomeServer()
  const control = new NetworkControl({
    config: networkReports.parse(undefined),
    links: [{ interface: 'access', rateBitsPerSecond: 1e6 }],
    reader,
    sessions: () => sessions,
    diameter,
    clock,
    log: silentLog,
  })
  control.start()
  await atRest()
  const pass = async (milliseconds: number) => {
    clock.advance(milliseconds)
    await atRest()
  }
  const reports = () =>
    diameter.sent('Accounting').map(({ 'Network-Report': report, ...avps }) => {
      if (!report) throw new Error('a record without a report')
      const { utilization, dropsPerSecond, up } = decodeNetworkReport(report)
      return { to: avps['Destination-Host'] ?? avps['Destination-Realm'], up, utilization, dropsPerSecond }
    })
  return { clock, reader, diameter, control, pass, reports, sessions }
}

test('each home server with subscribers is told once, and again when something has changed', async (t) => {
  const { reader, diameter, pass, reports, sessions } = await setUp([session(home), session(home)])
  const idle = { to: home.host, up: true, utilization: 0, dropsPerSecond: 0 }
  t.deepEqual(reports(), [idle])
  t.like(diameter.sent('Accounting')[0], { 'Accounting-Record-Type': 1, 'Destination-Realm': 'home.example' })
  await pass(5000)
  t.is(reports().length, 1)
  reader.bytes = 312_500n
  reader.drops = 100n
  sessions.push(session(other))
  await pass(5000)
  const busy = { up: true, utilization: 0.5, dropsPerSecond: 20 }
  t.deepEqual(reports().slice(1), [
    { to: home.host, ...busy },
    { to: 'other.example', ...busy },
  ])
})

test('nobody is told when nobody is served', async (t) => {
  const { pass, reader, reports } = await setUp([])
  reader.up = false
  await pass(5000)
  t.deepEqual(reports(), [])
})

test('what goes down is told at once, however often it changes no more than once in a second', async (t) => {
  const { reader, pass, reports } = await setUp()
  await pass(2000)
  reader.up = false
  reader.changed()
  await pass(0)
  t.is(reports().at(-1)?.up, false)
  const { looks } = reader
  for (let change = 0; change < 20; change++) {
    reader.up = !reader.up
    reader.changed()
    await pass(10)
  }
  t.is(reader.looks, looks)
  reader.up = true
  await pass(800)
  t.is(reader.looks, looks + 1)
  t.is(reports().at(-1)?.up, true)
})

test('an interface that is gone is down', async (t) => {
  const { reader, pass, reports } = await setUp()
  reader.isThere = false
  await pass(5000)
  t.like(reports().at(-1), { up: false, utilization: 0 })
})

test('a report without an answer is made again with the newest facts, one at a time', async (t) => {
  const { diameter, reader, pass, reports } = await setUp()
  const answer = Promise.withResolvers<Error>()
  diameter.answers.set('Accounting', () => answer.promise)
  reader.up = false
  await pass(5000)
  await pass(5000)
  t.is(reports().length, 2)
  answer.resolve(timeout())
  await atRest()
  diameter.answers.delete('Accounting')
  reader.bytes = 625_000n
  await pass(5000)
  t.deepEqual(reports().at(-1), { to: home.host, up: false, utilization: 1, dropsPerSecond: 0 })
})

test('a server that takes no reports is not pressed', async (t) => {
  const { diameter, reader, pass, reports } = await setUp()
  diameter.answers.set('Accounting', () => ({ 'Result-Code': 5002 }))
  reader.up = false
  await pass(5000)
  await pass(5000)
  t.is(reports().length, 2)
})

test('after the end nothing is read or told', async (t) => {
  const { control, reader, pass } = await setUp()
  control.close()
  t.true(reader.closed)
  const { looks } = reader
  reader.changed()
  await pass(60_000)
  t.is(reader.looks, looks)
})
