import test from 'ava'
import { silentLog } from '#core/log.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { encodeTranslationReport, type TranslationReport } from '#wire/diameter/translation-report.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'
import { signalsBetween } from './translation-reports.ts'

const udp = (insidePort: number, outsidePort: number) => ({
  protocol: 17,
  insidePort,
  outsideAddress: '198.51.100.1',
  outsidePort,
})
const server = { inside: '10.99.0.10', outside: '203.0.113.10' }
const idle: TranslationReport = { homeAddress: '192.0.2.12', poolUsed: 0, addresses: [server], mappings: [] }
const inUse = { ...idle, mappings: [udp(5004, 40_001)] }

async function report(node: DiameterNode, what: TranslationReport): Promise<number> {
  const answer = await node.request('Accounting', {
    'Session-Id': node.sessionId('translation'),
    'Destination-Realm': 'home.example',
    'Accounting-Record-Type': 1,
    'Accounting-Record-Number': 0,
    'Translation-Report': encodeTranslationReport(what),
  })
  return answer.avps['Result-Code']
}

const homeServer = { addressTranslators: ['NAT.home.example'] }
const flows = [
  { name: 'server', match: { source: '203.0.113.10' }, rate: '1mbit' },
  { name: 'voice', match: { protocol: 'udp', destinationPort: 40_001 }, rate: '1mbit' },
]
const document = {
  name: 'gold',
  class: { downlink: { rate: '20mbit' } },
  flows,
  conditions: [
    { when: { translation: { event: 'mapping-created' } }, set: { flows: 'translated' } },
    { when: { translation: { event: 'pool-above', above: '90%', clearBelow: '50%' } }, become: 'bronze' },
  ],
}

test('flows follow the translated addresses as long as there is a mapping, at both agents', async (t) => {
  const domain = await homeDomain(t, silentLog, { homeServer })
  const { homeAgent, fa1, ask } = domain
  const body = JSON.stringify({ document, reason: 'for the test' })
  t.is((await ask('/v1/profiles/gold', { method: 'PUT', body })).status, 200)
  const nat = await domain.join('nat.home.example')
  t.is(await report(nat, inUse), 5002, 'nobody has a session with that address yet')
  await fa1.register()
  const held = (match: (flow: { source?: string; port?: unknown }[]) => boolean) => () =>
    [homeAgent, fa1].every(({ held }) =>
      match(
        (held?.flows ?? []).map((flow) => ({
          source: flow.match.correspondent ?? '',
          port: flow.match.destinationPort,
        })),
      ),
    )
  t.is(await report(nat, idle), 2001)
  t.is(await report(nat, inUse), 2001)
  await until(
    'both follow',
    held(([a, b]) => a?.source === '10.99.0.10/32' && b?.port === 5004),
  )

  const moved = { ...server, inside: '10.99.0.11' }
  t.is(await report(nat, { ...inUse, addresses: [moved], mappings: [udp(5006, 40_001)] }), 2001)
  await until(
    'the new ones too',
    held(([a, b]) => a?.source === '10.99.0.11/32' && b?.port === 5006),
  )

  t.is(await report(nat, { ...idle, poolUsed: 0.95 }), 2001)
  await until('the pool is full', () => homeAgent.held?.name === 'bronze' && fa1.held?.name === 'bronze')
  t.is(await report(nat, { ...idle, poolUsed: 0.4 }), 2001)
  await until(
    'as it was bought',
    held(([a, b]) => a?.source === '203.0.113.10/32' && b?.port === 40_001),
  )
  t.is(fa1.held?.name, 'gold')
  const listed = await (await ask('/v1/subscribers/mn2@home.example/events')).text()
  const kinds = [...listed.matchAll(/"kind":"([a-z-]+)"/g)].map(([, kind]) => kind)
  t.deepEqual(kinds.toSorted(), [
    'mapping-created',
    'mapping-created',
    'mapping-removed',
    'mapping-removed',
    'rule-changed',
    'rule-changed',
  ])
})

test('a report of another node, and one that cannot be, change nothing', async (t) => {
  const domain = await homeDomain(t, silentLog, { homeServer })
  await domain.fa1.register()
  t.is(await report(domain.fa1.node, inUse), 5003)
  const nat = await domain.join('nat.home.example')
  t.is(await report(nat, { ...inUse, poolUsed: 7 }), 5004)
  t.is(domain.homeAgent.held?.name, 'gold')
})

test('signals are what differs from the last report', (t) => {
  const of = (addresses: TranslationReport['addresses'], ports: TranslationReport['mappings']) => ({
    mappings: ports.length,
    poolUsed: 0,
    addresses,
    ports,
  })
  const [first, second] = [udp(5004, 40_001), udp(5004, 40_002)]
  const before = of([server], [first])
  t.deepEqual(signalsBetween(before, before), [])
  t.deepEqual(signalsBetween(undefined, before), ['mapping-created'])
  t.deepEqual(signalsBetween(before, of([], [first])), ['rule-changed'])
  t.deepEqual(signalsBetween(before, of([server], [second])), ['mapping-created', 'mapping-removed'])
  t.deepEqual(signalsBetween(before, of([server], [])), ['mapping-removed'])
})
