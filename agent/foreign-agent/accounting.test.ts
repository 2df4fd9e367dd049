import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { RecordQueue } from '../accounting/record-queue.ts'
import { RecordStore } from '../accounting/record-store.ts'
import { FakeDatapath } from '../authorized-session/fake-datapath.ts'
import { atRest, FakeHomeServer, timeout } from '../authorized-session/fake-home-server.ts'
import { newProgress, VisitAccounting } from './accounting.ts'

const nai = 'mn1@home.example'

async function setUp(interimIntervalSeconds: number) {
  const clock = new ManualClock()
  const datapath = new FakeDatapath()
  const diameter = new FakeHomeServer()
  await datapath.set(nai, {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: '10.1.1.2', remote: '192.0.2.1' },
    downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 },
    delivery: { via: 'tunnel' },
  })
  const session = {
    sessionId: 'fa1;1;1',
    acctMultiSessionId: 'ha;multi;1',
    server: { host: 'aaah.home.example', realm: 'home.example' },
    authorizedUntilMilliseconds: Number.POSITIVE_INFINITY,
  }
  const store = new RecordStore(':memory:')
  const records = new RecordQueue({ store, diameter, clock, log: silentLog })
  const disconnected: string[] = []
  const accounting = new VisitAccounting(
    { records, datapath, keep: () => {}, clock, log: silentLog },
    {
      nai,
      homeAddress: '192.0.2.11',
      homeAgent: '192.0.2.1',
      session,
    },
    newProgress(clock, interimIntervalSeconds, {
      octets: 100n,
      packets: 1n,
      inputOctets: 50n,
      inputPackets: 1n,
    }),
    () => disconnected.push(nai),
  )
  const count = (bytes: bigint) =>
    datapath.counted.set(nai, {
      bytes,
      packets: bytes / 100n,
      drops: 0n,
      uplink: { bytes: bytes / 2n, packets: bytes / 100n },
    })
  const sent = () =>
    diameter
      .sent('Accounting')
      .map((avps) => [
        avps['Accounting-Record-Type'],
        avps['Accounting-Record-Number'],
        avps['Accounting-Output-Octets'],
        avps['Accounting-Output-Packets'],
        avps['Acct-Session-Time'],
      ])
  return { clock, diameter, accounting, count, sent, store, disconnected }
}

test('input is what the visitor has sent since the beginning', async (t) => {
  const { clock, accounting, diameter, count } = await setUp(10)
  accounting.start()
  await atRest()
  count(1100n)
  clock.advance(10_000)
  await atRest()
  t.like(diameter.sent('Accounting').at(-1), {
    'Accounting-Input-Octets': 500n,
    'Accounting-Input-Packets': 10n,
  })
})

test('start, interim records at the interval with what was used since the beginning, stop', async (t) => {
  const { clock, accounting, count, sent } = await setUp(10)
  accounting.start()
  await atRest()
  for (const bytes of [1100n, 2100n]) {
    count(bytes)
    clock.advance(10_000)
    await atRest()
  }
  count(2600n)
  clock.advance(5000)
  await accounting.stop(await accounting.usage())
  clock.advance(60_000)
  await atRest()
  t.deepEqual(sent(), [
    [2, 0, 0n, 0n, 0],
    [3, 1, 1000n, 10n, 10],
    [3, 2, 2000n, 20n, 20],
    [4, 3, 2500n, 25n, 25],
  ])
})

test('without an interval there are no interim records', async (t) => {
  const { clock, accounting, sent } = await setUp(0)
  accounting.start()
  clock.advance(3_600_000)
  await atRest()
  t.is(sent().length, 1)
})

test('only one interim record is on its way; one without an answer is sent again, and the series goes on', async (t) => {
  const { clock, diameter, accounting, count, sent, store } = await setUp(10)
  count(200n)
  accounting.start()
  await atRest()
  const gate = Promise.withResolvers<void>()
  diameter.answers.set('Accounting', async () => {
    await gate.promise
    return timeout()
  })
  clock.advance(10_000)
  await atRest()
  clock.advance(30_000)
  await atRest()
  t.is(sent().length, 2)
  gate.resolve()
  await atRest()
  t.is(store.counts().waiting, 1)
  diameter.answers.clear()
  clock.advance(10_000)
  await atRest()
  t.deepEqual(
    sent().map(([type, number]) => [type, number]),
    [
      [2, 0],
      [3, 1],
      [3, 1],
      [3, 2],
    ],
  )
  t.is(store.counts().waiting, 0)
})

test('a server that refuses the records ends the visit, unless it has said GRANT_AND_LOSE', async (t) => {
  for (const realtime of [1, 2, 3]) {
    const { clock, diameter, accounting, disconnected, sent, store } = await setUp(10)
    diameter.answers.set('Accounting', () => ({
      'Result-Code': 2001,
      'Accounting-Realtime-Required': realtime,
    }))
    accounting.start()
    await atRest()
    diameter.answers.set('Accounting', () => ({ 'Result-Code': 5002 }))
    clock.advance(10_000)
    await atRest()
    t.is(disconnected.length, realtime === 3 ? 0 : 1)
    t.is(store.counts().parked, 1)
    await accounting.stop(await accounting.usage())
    t.is(sent().length, realtime === 3 ? 3 : 2, 'after the disconnection there is nothing to account for')
  }
})

test('a server that cannot be reached ends the visit only if it has said DELIVER_AND_GRANT', async (t) => {
  for (const realtime of [1, 2, 3]) {
    const { clock, diameter, accounting, disconnected } = await setUp(10)
    diameter.answers.set('Accounting', () => ({
      'Result-Code': 2001,
      'Accounting-Realtime-Required': realtime,
    }))
    accounting.start()
    await atRest()
    diameter.answers.set('Accounting', () => timeout())
    clock.advance(10_000)
    await atRest()
    t.is(disconnected.length, realtime === 1 ? 1 : 0)
  }
})

test('an answer may change the interim interval', async (t) => {
  const { clock, diameter, accounting, sent } = await setUp(10)
  diameter.answers.set('Accounting', () => ({ 'Result-Code': 2001, 'Acct-Interim-Interval': 60 }))
  accounting.start()
  await atRest()
  clock.advance(10_000)
  await atRest()
  clock.advance(59_999)
  await atRest()
  t.is(sent().length, 2)
  clock.advance(1)
  await atRest()
  t.is(sent().length, 3)
})

test('a paused account sends nothing more', async (t) => {
  const { clock, accounting, sent } = await setUp(10)
  accounting.start()
  accounting.pause()
  clock.advance(60_000)
  await atRest()
  t.is(sent().length, 1)
})
