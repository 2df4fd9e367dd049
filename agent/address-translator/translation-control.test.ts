import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import type { Connection } from '#netlink/connection.ts'
import { decodeTranslationReport } from '#wire/diameter/translation-report.ts'
import { atRest, FakeHomeServer, timeout } from '../authorized-session/fake-home-server.ts'
import { StateStore } from '../state-store/state-store.ts'
import { addressTranslatorConfig } from './config.ts'
import { sampleRules } from './sample-rules.ts'
import { TranslationControl } from './translation-control.ts'
import { connectionMark } from './translation-filters.ts'
import type { TranslationReader } from './translator-kernel.ts'
import { translatorState } from './translator-state.ts'

/** UDP from a port of a host, as that port of the pool. */
function udp(source: string, sourcePort: number, outsidePort: number): Connection {
  const correspondent = '203.0.113.9'
  return {
    ...{ family: 'inet', version: 0, resource: 0, mark: connectionMark },
    original: {
      addresses: { source, destination: correspondent },
      protocol: { number: 'udp', sourcePort, destinationPort: 9 },
    },
    reply: {
      addresses: { source: correspondent, destination: '198.51.100.64' },
      protocol: { number: 'udp', sourcePort: 9, destinationPort: outsidePort },
    },
  }
}

class FakeReader implements TranslationReader {
  connections: Connection[] = []
  looks = 0
  changed: () => void = () => undefined
  closed = false
  async read() {
    this.looks++
    return this.connections
  }
  watch(changed: () => void) {
    this.changed = changed
  }
  close() {
    this.closed = true
  }
}

async function setUp(connections: Connection[] = [], store = new StateStore(':memory:', 0)) {
  const clock = new ManualClock()
  const reader = new FakeReader()
  reader.connections = connections
  const diameter = new FakeHomeServer()
  const control = new TranslationControl({
    config: addressTranslatorConfig.parse(sampleRules),
    reader,
    state: translatorState(store),
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
    diameter.sent('Accounting').map(({ 'Translation-Report': report }) => {
      if (!report) throw new Error('a record without a report')
      const { homeAddress, pool, poolUsed, mappings } = decodeTranslationReport(report)
      return [homeAddress, pool ?? 'none', poolUsed, mappings.map(({ outsidePort }) => outsidePort)]
    })
  return { clock, reader, diameter, control, pass, reports, store }
}

test('a home server is told of its subscribers only, and again when something has changed', async (t) => {
  const { reader, diameter, pass, reports } = await setUp([
    udp('192.0.2.130', 1, 1024),
    udp('10.7.7.7', 1, 1025),
  ])
  t.deepEqual(reports(), [['192.0.2.130', 'main', 0.25, [1024]]])
  t.like(diameter.sent('Accounting')[0], {
    'Accounting-Record-Type': 1,
    'Destination-Realm': 'home.example',
    'Destination-Host': 'aaah.home.example',
    'Translation-Report': {
      'Translated-Address': [{ 'Inside-Address': '10.99.0.10', 'Outside-Address': '203.0.113.10' }],
    },
  })
  await pass(5000)
  t.is(reports().length, 1)
  reader.connections = [udp('192.0.2.130', 1, 1026), udp('192.0.2.131', 1, 1027)]
  await pass(5000)
  t.deepEqual(reports().slice(1), [
    ['192.0.2.130', 'main', 0.25, [1026]],
    ['192.0.2.131', 'main', 0.25, [1027]],
  ])
  reader.connections = []
  await pass(5000)
  t.deepEqual(reports().slice(3), [
    ['192.0.2.130', 'main', 0, []],
    ['192.0.2.131', 'main', 0, []],
  ])
  await pass(60_000)
  t.is(reports().length, 5)
})

test('a pool that fills is told to all who have a part in it', async (t) => {
  const first = udp('192.0.2.130', 1, 1024)
  const { reader, pass, reports } = await setUp([first])
  reader.connections = [first, udp('192.0.2.131', 1, 1025), udp('192.0.2.131', 2, 1026)]
  await pass(5000)
  t.deepEqual(reports().slice(1), [
    ['192.0.2.130', 'main', 0.375, [1024]],
    ['192.0.2.131', 'main', 0.375, [1025, 1026]],
  ])
})

test('what the kernel tells is looked at, however often no more than five times a second', async (t) => {
  const { reader, pass, reports } = await setUp()
  reader.connections = [udp('192.0.2.130', 1, 1024)]
  const { looks } = reader
  for (let change = 0; change < 19; change++) {
    reader.changed()
    await pass(10)
  }
  t.is(reader.looks, looks)
  await pass(10)
  t.is(reader.looks, looks + 1)
  t.is(reports().length, 1)
})

test('a report that is refused, or without an answer, is made again with what is so then', async (t) => {
  const { diameter, reader, pass, reports } = await setUp()
  diameter.answers.set('Accounting', () => timeout())
  reader.connections = [udp('192.0.2.130', 1, 1024)]
  await pass(5000)
  reader.changed()
  await pass(1000)
  t.is(reports().length, 1)
  diameter.answers.set('Accounting', () => ({ 'Result-Code': 5002 }))
  await pass(5000)
  t.is(reports().length, 2)
  diameter.answers.delete('Accounting')
  reader.connections = [udp('192.0.2.130', 1, 1025)]
  await pass(5000)
  t.deepEqual(reports().slice(2), [['192.0.2.130', 'main', 0.125, [1025]]])
})

test('after a restart the end of a mapping is told too', async (t) => {
  const { control, store } = await setUp([udp('192.0.2.130', 1, 1024)])
  control.close()
  const again = await setUp([], store)
  t.deepEqual(again.reports(), [['192.0.2.130', 'main', 0, []]])
  again.control.close()
  t.deepEqual((await setUp([], store)).reports(), [])
})

test('after the end nothing is read or told', async (t) => {
  const { control, reader, pass } = await setUp([udp('192.0.2.130', 1, 1024)])
  control.close()
  t.true(reader.closed)
  const { looks } = reader
  reader.changed()
  await pass(60_000)
  t.is(reader.looks, looks)
})
