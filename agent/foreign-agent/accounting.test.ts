import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { FakeDatapath } from '../authorized-session/fake-datapath.ts'
import { atRest, FakeHomeServer, timeout } from '../authorized-session/fake-home-server.ts'
import { VisitAccounting } from './accounting.ts'

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
  const accounting = new VisitAccounting(
    { diameter, datapath, clock, log: silentLog },
    {
      nai,
      homeAddress: '192.0.2.11',
      homeAgent: '192.0.2.1',
      session,
      interimIntervalSeconds,
      before: { octets: 100n, packets: 1n },
    },
  )
  const count = (bytes: bigint) => datapath.counted.set(nai, { bytes, packets: bytes / 100n, drops: 0n })
  const records = () =>
    diameter
      .sent('Accounting')
      .map((avps) => [
        avps['Accounting-Record-Type'],
        avps['Accounting-Record-Number'],
        avps['Accounting-Output-Octets'],
        avps['Accounting-Output-Packets'],
        avps['Acct-Session-Time'],
      ])
  return { clock, diameter, accounting, count, records }
}

test('start, interim records at the interval with what was used since the beginning, stop', async (t) => {
  const { clock, accounting, count, records } = await setUp(10)
  accounting.start()
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
  t.deepEqual(records(), [
    [2, 0, 0n, 0n, 0],
    [3, 1, 1000n, 10n, 10],
    [3, 2, 2000n, 20n, 20],
    [4, 3, 2500n, 25n, 25],
  ])
})

test('without an interval there are no interim records', async (t) => {
  const { clock, accounting, records } = await setUp(0)
  accounting.start()
  clock.advance(3_600_000)
  await atRest()
  t.is(records().length, 1)
})

test('only one interim record is on its way, and a lost one does not end the series', async (t) => {
  const { clock, diameter, accounting, count, records } = await setUp(10)
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
  t.is(records().length, 2)
  gate.resolve()
  await atRest()
  clock.advance(10_000)
  await atRest()
  t.deepEqual(
    records().map(([type, number]) => [type, number]),
    [
      [2, 0],
      [3, 1],
      [3, 2],
    ],
  )
})

test('a paused account sends nothing more', async (t) => {
  const { clock, accounting, records } = await setUp(10)
  accounting.start()
  accounting.pause()
  clock.advance(60_000)
  await atRest()
  t.is(records().length, 1)
})
