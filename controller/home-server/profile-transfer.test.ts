import test from 'ava'
import { encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import type { RevisedProfile } from '../database/service-control-database.ts'
import { mismatch } from './profile-transfer.ts'

const downlink = { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 50e6, priority: 1 }
const told: RevisedProfile = {
  name: 'gold',
  revision: 7,
  since: 0,
  downlink,
  decidedBy: { layer: 'base', profile: 'gold', reason: 'test', author: 'test', since: 0 },
}
const answer = (revision: number, change: Partial<typeof downlink> = {}) =>
  encodeServiceProfile({ name: 'gold', revision, downlink: { ...downlink, ...change } })

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
  test(`read back: ${what}`, (t) => t.is(mismatch(told, answered), expected))
