import test from 'ava'
import type { Connection, ConnectionTuple } from '#netlink/connection.ts'
import { addressTranslatorConfig } from './config.ts'
import { sampleRules } from './sample-rules.ts'
import { connectionMark } from './translation-filters.ts'
import { isStale, mappingsOf, poolUsed } from './translation-table.ts'

const rules = addressTranslatorConfig.parse(sampleRules)
const [pool] = rules.pools
if (!pool) throw new Error('the sample has a pool')

/** `192.0.2.130:5004 203.0.113.9:9` */
function tuple(text: string, number: 'udp' | 'tcp' = 'udp'): ConnectionTuple {
  const [source = '', sourcePort, destination = '', destinationPort] = text.split(/[ :]/)
  return {
    addresses: { source, destination },
    protocol: { number, sourcePort: Number(sourcePort), destinationPort: Number(destinationPort) },
  }
}

function connection(original: string, reply: string): Connection {
  const sent = { original: tuple(original), reply: tuple(reply) }
  return { family: 'inet', version: 0, resource: 0, ...sent, mark: connectionMark }
}

const outward = connection('192.0.2.130:5004 203.0.113.9:9', '203.0.113.9:9 198.51.100.64:1024')
const inward = connection('203.0.113.9:9 198.51.100.11:80', '192.0.2.11:80 203.0.113.9:9')
const sameOutside = connection('192.0.2.130:5004 203.0.113.9:10', '203.0.113.9:10 198.51.100.64:1024')

test('a mapping is of the host inside, whoever has begun, and stands once for all correspondents', (t) => {
  const plain = connection('192.0.2.130:1 203.0.113.9:9', '203.0.113.9:9 192.0.2.130:1')
  const foreign = { ...outward, mark: 7 }
  t.deepEqual(mappingsOf([outward, sameOutside, inward, plain, foreign, { ...outward, original: {} }]), [
    {
      insideAddress: '192.0.2.11',
      protocol: 17,
      insidePort: 80,
      outsideAddress: '198.51.100.11',
      outsidePort: 80,
    },
    {
      insideAddress: '192.0.2.130',
      protocol: 17,
      insidePort: 5004,
      outsideAddress: '198.51.100.64',
      outsidePort: 1024,
    },
  ])
})

test('the port of ICMP is its identifier', (t) => {
  const echo = (source: string, destination: string, icmpId: number): ConnectionTuple => ({
    addresses: { source, destination },
    protocol: { number: 'icmp', icmpId },
  })
  const ping: Connection = {
    ...outward,
    original: echo('192.0.2.130', '203.0.113.9', 7),
    reply: echo('203.0.113.9', '198.51.100.64', 1025),
  }
  t.like(mappingsOf([ping])[0], { protocol: 1, insidePort: 7, outsidePort: 1025 })
})

test('of a pool counts what is taken by the protocol that has the most', (t) => {
  const [mapping] = mappingsOf([outward])
  if (!mapping) throw new Error('no mapping')
  t.is(poolUsed(pool, []), 0)
  t.is(poolUsed(pool, [mapping]), 1 / 8)
  t.is(poolUsed(pool, [mapping, { ...mapping, protocol: 6 }]), 1 / 8)
  t.is(poolUsed(pool, [mapping, { ...mapping, outsideAddress: '198.51.100.65' }]), 2 / 8)
  t.is(poolUsed(pool, [{ ...mapping, outsideAddress: '198.51.100.66' }]), 0)
})

const rows: [what: string, connection: Connection, change: object, stale: boolean][] = [
  ['of a pool', outward, {}, false],
  ['of a pool that has other ports', outward, { pools: [{ ...pool, ports: { first: 2, last: 9 } }] }, true],
  ['of a pool that is gone', outward, { pools: [] }, true],
  ['of a host', inward, {}, false],
  [
    'of a host that has another address',
    inward,
    { hosts: [{ inside: '192.0.2.11', outside: '1.2.3.4' }] },
    true,
  ],
  ['of a host that has none', inward, { hosts: [] }, true],
  ['of others', { ...outward, mark: 7 }, { pools: [] }, false],
]
for (const [what, one, change, stale] of rows)
  test(`${what}: ${stale ? 'stale' : 'as the rules say'}`, (t) => {
    t.is(isStale(one, { ...rules, ...change }), stale)
  })
