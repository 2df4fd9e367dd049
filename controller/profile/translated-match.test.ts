import test from 'ava'
import type { PacketMatch } from './packet-match.ts'
import { readProfile } from './service-profile.ts'
import { seenInside, translatedSet } from './translated-match.ts'

const translation = {
  mappings: 2,
  poolUsed: 0.1,
  addresses: [{ inside: '10.99.0.10', outside: '203.0.113.10' }],
  ports: [
    { protocol: 17, insidePort: 5004, outsideAddress: '198.51.100.1', outsidePort: 40_001 },
    { protocol: 6, insidePort: 22, outsideAddress: '198.51.100.1', outsidePort: 40_001 },
  ],
}

const rows: [what: string, match: PacketMatch, inside: PacketMatch, direction?: 'uplink'][] = [
  ['a correspondent', { source: '203.0.113.10/32' }, { source: '10.99.0.10/32' }],
  ['of the uplink', { destination: '203.0.113.10/32' }, { destination: '10.99.0.10/32' }, 'uplink'],
  ['another', { source: '203.0.113.11/32' }, { source: '203.0.113.11/32' }],
  ['a network', { source: '203.0.113.0/24' }, { source: '203.0.113.0/24' }],
  ['a port', { protocol: 'udp', destinationPort: 40_001 }, { protocol: 'udp', destinationPort: 5004 }],
  ['by its number', { protocol: 6, destinationPort: 40_001 }, { protocol: 6, destinationPort: 22 }],
  ['of the uplink', { protocol: 'tcp', sourcePort: 40_001 }, { protocol: 'tcp', sourcePort: 22 }, 'uplink'],
  ['of the other end', { protocol: 'udp', sourcePort: 40_001 }, { protocol: 'udp', sourcePort: 40_001 }],
  [
    'of another protocol',
    { protocol: 'sctp', destinationPort: 40_001 },
    { protocol: 'sctp', destinationPort: 40_001 },
  ],
  [
    'a range',
    { protocol: 'udp', destinationPort: { first: 40_001, last: 40_002 } },
    { protocol: 'udp', destinationPort: { first: 40_001, last: 40_002 } },
  ],
]
for (const [index, [what, match, inside, direction = 'downlink']] of rows.entries())
  test(`${index} ${what}`, (t) => {
    t.deepEqual(seenInside(match, direction, translation), inside)
    t.deepEqual(seenInside(match, direction), match, 'without a translator')
  })

test('a condition translates the lists that it names, and keeps what it writes itself', (t) => {
  const profile = readProfile(
    {
      name: 'gold',
      class: { downlink: { rate: '10mbit' } },
      filters: [{ match: { source: '203.0.113.10' }, action: 'drop' }],
      flows: [{ name: 'voice', match: { source: '203.0.113.10' }, rate: '1mbit' }],
      conditions: [
        {
          when: { translation: { event: 'rule-changed' } },
          set: { filters: 'translated', flows: 'translated' },
        },
        { when: { translation: { event: 'rule-changed' } }, set: { filters: [], class: { dscp: 46 } } },
      ],
    },
    'the test',
  )
  const base = { ...profile, translation }
  const sets = profile.conditions.map((condition) =>
    'set' in condition ? translatedSet(condition.set, base) : {},
  )
  const match = { source: '10.99.0.10/32' }
  t.deepEqual(sets, [
    {
      filters: [{ direction: 'downlink', match, action: 'drop' }],
      flows: [{ name: 'voice', match, rate: 1_000_000 }],
    },
    { filters: [], class: { dscp: 46 } },
  ])
})
