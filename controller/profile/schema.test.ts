import test from 'ava'
import { parseProfile } from './schema.ts'

const gold = {
  name: 'gold',
  class: { downlink: { rate: '20mbit', ceil: '50mbit', priority: 1 } },
  conditions: [
    { when: { volume: { exceeds: '12MB', direction: 'downlink', per: 'session' } }, become: 'bronze' },
  ],
}

test('a template is read in bits per second and bytes', (t) => {
  t.deepEqual(parseProfile(gold, 'test'), {
    name: 'gold',
    downlink: { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 50e6, priority: 1 },
    conditions: [
      {
        when: { kind: 'volume', exceedsBytes: 12e6, direction: 'downlink', per: 'session' },
        become: 'bronze',
      },
    ],
  })
})

test('ceil, priority and conditions have defaults', (t) => {
  t.deepEqual(parseProfile({ name: 'bronze', class: { downlink: { rate: '4mbit' } } }, 'test'), {
    name: 'bronze',
    downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 },
    conditions: [],
  })
})

const faults: [what: string, document: unknown, said: RegExp][] = [
  ['a key that does not exist', { ...gold, colour: 'yellow' }, /Unrecognized key.*colour/],
  [
    'a rate without a unit',
    { ...gold, class: { downlink: { rate: '20' } } },
    /class\.downlink\.rate: must be/,
  ],
  [
    'a ceil below the rate',
    { ...gold, class: { downlink: { rate: '20mbit', ceil: '10mbit' } } },
    /class\.downlink\.ceil: must not be below rate/,
  ],
  [
    'a condition of an unknown kind',
    { ...gold, conditions: [{ when: { moon: 'full' }, become: 'x' }] },
    /conditions\.0/,
  ],
  [
    'a direction that nobody counts yet',
    {
      ...gold,
      conditions: [
        { when: { volume: { exceeds: '1MB', direction: 'uplink', per: 'session' } }, become: 'x' },
      ],
    },
    /conditions\.0\.when\.volume\.direction/,
  ],
]
for (const [what, document, said] of faults)
  test(`refused with its path: ${what}`, (t) => {
    const error = t.throws(() => parseProfile(document, 'the profile'), { code: 'profile/invalid' })
    t.regex(error?.message ?? '', said)
  })
