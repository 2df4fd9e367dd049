import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { atRest, FakeHomeServer, type LaidOut, timeout } from '../authorized-session/fake-home-server.ts'
import { RecordQueue } from './record-queue.ts'
import { RecordStore } from './record-store.ts'
import { sampleRecord } from './sample-record.ts'

function stateFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-records-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

class Server extends FakeHomeServer {
  answer(laidOut: LaidOut): void {
    this.answers.set('Accounting', () => laidOut)
  }

  /** Session, number and T flag of each request. */
  get lines(): string[] {
    return this.requests.flatMap(({ command, avps, options }) =>
      command === 'Accounting'
        ? [`${avps['Session-Id']}/${avps['Accounting-Record-Number']}${options.retransmitted ? ' T' : ''}`]
        : [],
    )
  }
}

function open(file = ':memory:', maximumBytes?: number) {
  const clock = new ManualClock()
  const diameter = new Server()
  const store = new RecordStore(file, maximumBytes)
  const queue = new RecordQueue({ store, diameter, clock, log: silentLog })
  return { clock, diameter, store, queue }
}

test('a record that is answered leaves the store, with every digit on the wire', async (t) => {
  const { diameter, store, queue } = open()
  t.like(await queue.add(sampleRecord('s1', 7)), { kind: 'answered' })
  t.like(diameter.sent('Accounting')[0], {
    'Session-Id': 's1',
    'Accounting-Record-Type': 3,
    'Accounting-Record-Number': 7,
    'Accounting-Output-Octets': 7n * 2n ** 40n,
    'Accounting-Input-Octets': 700n,
    'Accounting-Input-Packets': 7n,
    'Event-Timestamp': 1_770_000_007,
  })
  t.deepEqual(store.counts(), { waiting: 0, parked: 0, newest: 0 })
})

test('what is not answered goes again with the T flag, pauses that double, and the order of its session', async (t) => {
  const { clock, diameter, store, queue } = open()
  for (const failure of [timeout(), { 'Result-Code': 3002 }, { 'Result-Code': 4002 }]) {
    diameter.answer(failure)
    if (diameter.lines.length === 0) t.like(await queue.add(sampleRecord('s1', 0)), { kind: 'unsent' })
    else clock.advance(1000 * 2 ** (diameter.lines.length - 1))
    await atRest()
  }
  t.like(await queue.add(sampleRecord('s1', 1)), { kind: 'unsent' })
  t.like(await queue.add(sampleRecord('s2', 0)), { kind: 'unsent' })
  t.deepEqual(diameter.lines, ['s1/0', 's1/0 T', 's1/0 T', 's2/0'])
  diameter.answer({ 'Result-Code': 2001 })
  clock.advance(4000)
  await atRest()
  t.deepEqual(diameter.lines.slice(4), ['s2/0 T', 's1/0 T', 's1/1'])
  t.is(store.counts().waiting, 0)
})

test('records that come while one is under way wait for it', async (t) => {
  const { clock, diameter, queue } = open()
  const gate = Promise.withResolvers<LaidOut>()
  diameter.answers.set('Accounting', () => gate.promise)
  const added = [0, 1, 2].map((number) => queue.add(sampleRecord('s1', number)))
  await atRest()
  t.deepEqual(diameter.lines, ['s1/0'])
  gate.resolve(timeout())
  for (const delivery of await Promise.all(added)) t.is(delivery.kind, 'unsent')
  diameter.answer({ 'Result-Code': 2001 })
  clock.advance(1000)
  await atRest()
  t.deepEqual(diameter.lines.slice(1), ['s1/0 T', 's1/1', 's1/2'])
})

test('a refusal for good is parked, and the session goes on', async (t) => {
  const { diameter, store, queue } = open()
  diameter.answer({ 'Result-Code': 5002, 'Error-Message': 'no such session' })
  t.deepEqual(await queue.add(sampleRecord('s1', 0)), {
    kind: 'refused',
    reason: 'Result-Code 5002: no such session',
  })
  diameter.answer({ 'Result-Code': 2001 })
  t.like(await queue.add(sampleRecord('s1', 1)), { kind: 'answered' })
  t.like(store.counts(), { waiting: 0, parked: 1 })
})

test('what is left over goes out after a restart, with the T flag and in order', async (t) => {
  const file = join(stateFolder(t), 'records', 'accounting.sqlite')
  const before = open(file)
  before.diameter.answer(timeout())
  for (const number of [0, 1]) await before.queue.add(sampleRecord('s1', number))
  before.queue.stop()

  const { diameter, store, queue } = open(file)
  t.is(store.counts().waiting, 2)
  queue.start()
  const added = queue.add(sampleRecord('s1', 2))
  t.like(await added, { kind: 'answered' })
  t.deepEqual(diameter.lines, ['s1/0 T', 's1/1 T', 's1/2'])
  queue.stop()
})

test('a full store says so, and takes records again when the server has taken some', async (t) => {
  const { clock, diameter, store, queue } = open(':memory:', 64 * 1024)
  diameter.answer(timeout())
  let stored = 0
  const refused = await t.throwsAsync(async () => {
    for (; stored < 10_000; stored++) await queue.add(sampleRecord('s1', stored))
  })
  t.like(refused, { code: 'accounting/store' })
  t.regex(refused.message, /:memory:.*stateFolder.*disk space/)
  t.is(store.counts().waiting, stored)
  diameter.answer({ 'Result-Code': 2001 })
  clock.advance(1000)
  while (store.counts().waiting > 0) await atRest()
  t.like(await queue.add(sampleRecord('s1', stored)), { kind: 'answered' })
})

test('a folder that cannot be made is said at the start', (t) => {
  const refused = t.throws(() => new RecordStore('/dev/null/state/accounting.sqlite'))
  t.like(refused, { code: 'accounting/store' })
  t.regex(refused.message, /\/dev\/null\/state\/accounting\.sqlite/)
})
