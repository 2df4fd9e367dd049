import test from 'ava'
import { decodeServiceProfile, encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import type { RevisedProfile } from '../database/service-control-database.ts'
import { mismatch, profileAvps } from './profile-transfer.ts'

const downlink = { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 50e6, priority: 1 }
const told: RevisedProfile = {
  profile: {
    name: 'gold',
    class: { downlink: { rate: 20e6, ceil: 50e6, priority: 1 } },
    filters: [],
    flows: [],
    distribution: { onFailure: 'roll-back' },
  },
  revision: 7,
  since: 0,
  decidedBy: {},
}
const answer = (revision: number, change: Partial<typeof downlink> = {}) =>
  encodeServiceProfile({ name: 'gold', revision, downlink: { ...downlink, ...change } })

/** With all that a profile can say. */
const rich: RevisedProfile = {
  ...told,
  profile: {
    ...told.profile,
    class: { ...told.profile.class, uplink: { rate: 5e6, ceil: 10e6 }, dscp: 34 },
    filters: [
      { direction: 'downlink', match: { protocol: 'tcp', destinationPort: 25 }, action: 'drop' },
      { direction: 'uplink', match: { destination: '198.51.100.0/24' }, action: 'pass' },
    ],
    flows: [
      {
        ...{ name: 'voice', match: { protocol: 'udp', source: '198.51.100.7/32', destinationPort: 5004 } },
        ...{ rate: 1e6, ceil: 1e6, priority: 0, dscp: 46 },
      },
    ],
  },
}

const cases: [
  what: string,
  answered: Parameters<typeof mismatch>[1],
  expected: ReturnType<typeof mismatch>,
][] = [
  ['the same', answer(7), undefined],
  ['rounded by the kernel', answer(7, { rateBitsPerSecond: 20_000_800 }), undefined],
  ['a newer revision', answer(9), 'the agent holds revision 9, which is newer than the database'],
  ['an older revision', answer(6), 'the agent still holds revision 6'],
  [
    'another ceil',
    answer(7, { ceilBitsPerSecond: 40e6 }),
    "the agent's kernel holds downlink ceilBitsPerSecond 40000000 instead of 50000000",
  ],
  [
    'another priority',
    answer(7, { priority: 2 }),
    "the agent's kernel holds downlink priority 2 instead of 1",
  ],
  ['nothing', {}, 'the agent did not say what it holds'],
  [
    'a profile without its rates',
    { 'Service-Profile': answer(7)['Service-Profile'] },
    'the Service-Profile cannot be used: its QoS-Resources have no TMOD-1 for the downlink (at byte 0)',
  ],
]
for (const [what, answered, expected] of cases)
  test(`read back: ${what}`, (t) => t.is(mismatch(told, answered, 'foreign-agent'), expected))

test('all of a profile travels, and all that an agent holds is compared', (t) => {
  const sent = decodeServiceProfile(profileAvps(rich))
  if (!sent) return t.fail('no profile')
  t.like(sent, {
    uplink: { rateBitsPerSecond: 5e6, ceilBitsPerSecond: 10e6 },
    dscp: 34,
    filters: [
      { direction: 'downlink', match: { protocol: 'tcp', destinationPort: 25 }, action: 'drop' },
      { direction: 'uplink', action: 'pass' },
    ],
    flows: [
      { name: 'voice', shaping: { rateBitsPerSecond: 1e6, ceilBitsPerSecond: 1e6, priority: 0 }, dscp: 46 },
    ],
  })
  const { uplink, dscp, filters = [], flows, ...plain } = sent
  const held = (change: object) => encodeServiceProfile({ ...sent, ...change })
  t.is(mismatch(rich, held({}), 'foreign-agent'), undefined)
  t.is(
    mismatch(
      rich,
      encodeServiceProfile({ ...plain, ...(dscp && { dscp }), filters, ...(flows && { flows }) }),
      'home-agent',
    ),
    undefined,
  )
  for (const [change, expected] of [
    [
      { uplink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 10e6 } },
      /holds uplink rateBitsPerSecond 4000000 instead of 5000000/,
    ],
    [{ filters: filters.slice(1) }, /other filters/],
    [{ flows: [] }, /does not hold the flow voice/],
    [{ dscp: 10 }, /DSCP 10 instead of 34/],
  ] as const)
    t.regex(mismatch(rich, held(change), 'foreign-agent') ?? '', expected)
})
