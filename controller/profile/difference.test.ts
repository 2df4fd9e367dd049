import test from 'ava'
import { diffProfiles, mergeEdits } from './difference.ts'
import { type ProfileDocument, readProfile } from './service-profile.ts'

const gold: ProfileDocument = {
  name: 'gold',
  class: { downlink: { rate: '20mbit', ceil: '50mbit' }, uplink: { rate: '5mbit' } },
}
const read = (document: ProfileDocument) => readProfile(document, 'it')

test('a difference names its field; units and defaults make none', (t) => {
  const same: ProfileDocument = {
    name: 'gold',
    class: { downlink: { rate: '20000kbit', ceil: '0.05gbit', priority: 3 }, uplink: { rate: '5mbit' } },
    filters: [],
    distribution: {},
  }
  t.deepEqual(diffProfiles(read(gold), read(same)), [])
  const other: ProfileDocument = {
    name: 'gold',
    class: { downlink: { rate: '10mbit', ceil: '50mbit' }, dscp: 'EF' },
    conditions: [{ when: { balance: { below: 1 } }, become: 'bronze' }],
  }
  t.deepEqual(diffProfiles(read(gold), read(other)), [
    { path: 'class.downlink.rate', before: 20e6, after: 10e6 },
    { path: 'class.uplink.rate', before: 5e6, after: null },
    { path: 'class.dscp', before: null, after: 46 },
    { path: 'conditions', before: [], after: read(other).conditions },
  ])
})

const cases: [
  what: string,
  theirs: ProfileDocument,
  mine: ProfileDocument,
  merged: ProfileDocument,
  conflicts: string[],
][] = [
  ['nothing changed', gold, gold, gold, []],
  [
    'different fields',
    { ...gold, class: { ...gold.class, dscp: 'EF' } },
    { ...gold, class: { ...gold.class, downlink: { rate: '10mbit', ceil: '50mbit' } } },
    { ...gold, class: { ...gold.class, downlink: { rate: '10mbit', ceil: '50mbit' }, dscp: 'EF' } },
    [],
  ],
  [
    'a field taken out, and the group that is then empty',
    { ...gold, class: { ...gold.class, dscp: 'EF' } },
    { name: 'gold', class: { downlink: gold.class.downlink } },
    { name: 'gold', class: { downlink: gold.class.downlink, dscp: 'EF' } },
    [],
  ],
  [
    'both the same, in other units',
    { ...gold, class: { ...gold.class, uplink: { rate: '6mbit' } } },
    { ...gold, class: { ...gold.class, uplink: { rate: '6000kbit' } } },
    { ...gold, class: { ...gold.class, uplink: { rate: '6mbit' } } },
    [],
  ],
  [
    'both differently',
    { ...gold, class: { ...gold.class, uplink: { rate: '6mbit' } } },
    { ...gold, class: { ...gold.class, uplink: { rate: '7mbit' }, dscp: 'EF' } },
    { ...gold, class: { ...gold.class, uplink: { rate: '6mbit' }, dscp: 'EF' } },
    ['class.uplink.rate'],
  ],
  [
    'lists are one field each',
    { ...gold, filters: [{ match: { protocol: 'tcp' }, action: 'drop' }] },
    { ...gold, filters: [{ match: { protocol: 'udp' }, action: 'drop' }] },
    { ...gold, filters: [{ match: { protocol: 'tcp' }, action: 'drop' }] },
    ['filters'],
  ],
]
for (const [what, theirs, mine, merged, conflicts] of cases)
  test(`merge: ${what}`, (t) => {
    const outcome = mergeEdits(gold, theirs, mine)
    t.deepEqual(outcome.merged, merged)
    t.deepEqual(
      outcome.conflicts.map(({ path }): string => path),
      conflicts,
    )
  })

test('a conflict shows the three values as they were written', (t) => {
  const uplink = (rate: string): ProfileDocument => ({ ...gold, class: { ...gold.class, uplink: { rate } } })
  t.deepEqual(mergeEdits(gold, uplink('6mbit'), uplink('7000kbit')).conflicts, [
    { path: 'class.uplink.rate', base: '5mbit', theirs: '6mbit', mine: '7000kbit' },
  ])
})
