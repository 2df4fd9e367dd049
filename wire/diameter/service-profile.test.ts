import test from 'ava'
import fc from 'fast-check'
import { WireError } from '../wire-error.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import { decodeServiceProfile, encodeServiceProfile, type ServiceProfile } from './service-profile.ts'

const anyRate = fc.oneof(
  fc.integer({ min: 1, max: 8_000_000 }).map((kilobits) => kilobits * 1e3),
  fc.integer({ min: 1, max: 8_000_000 }).map((megabits) => megabits * 1e6),
  fc.integer({ min: 1, max: 2 ** 24 }),
)

const anyProfile: fc.Arbitrary<ServiceProfile> = fc.record({
  name: fc.string({ unit: 'binary', maxLength: 40 }),
  revision: fc.maxSafeNat(),
  downlink: fc.record({
    rateBitsPerSecond: anyRate,
    ceilBitsPerSecond: anyRate,
    priority: fc.integer({ min: 0, max: 7 }),
  }),
})

/** Through the bytes of a QoS-Install-Request. */
function travel(profile: ServiceProfile): ServiceProfile | undefined {
  const bytes = encodeMessage({
    command: 'QoS-Install',
    request: true,
    proxiable: true,
    error: false,
    retransmitted: false,
    applicationId: 9,
    hopByHop: 1,
    endToEnd: 2,
    avps: {
      'Session-Id': 'aaah.home.example;1;1',
      'Auth-Application-Id': 9,
      'Origin-Host': 'aaah.home.example',
      'Origin-Realm': 'home.example',
      'Destination-Realm': 'a.example',
      'Auth-Request-Type': 3,
      ...encodeServiceProfile(profile),
    },
  })
  const message = decodeMessage(bytes)
  return message.command === 'QoS-Install' ? decodeServiceProfile(message.avps) : undefined
}

test('every profile arrives as it left', (t) => {
  fc.assert(
    fc.property(anyProfile, (profile) => {
      t.deepEqual(travel(profile), profile)
    }),
  )
})

test('the AVPs of a profile', (t) => {
  const avps = encodeServiceProfile({
    name: 'bronze',
    revision: 17,
    downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 8e6, priority: 3 },
  })
  t.like(avps['QoS-Resources'][0]?.['Filter-Rule'][0], {
    Classifier: { Direction: 1 },
    'Treatment-Action': 1,
    'QoS-Semantics': 4,
    'QoS-Parameters': { 'TMOD-1': { 'Token-Rate': 500_000, 'Peak-Traffic-Rate': 1_000_000 } },
  })
  t.deepEqual(avps['Service-Profile'], {
    'Profile-Name': 'bronze',
    'Profile-Revision': 17n,
    'Class-Priority': 3,
  })
})

test('a message without a profile has none, and half a profile is refused with 5004', (t) => {
  t.is(decodeServiceProfile({}), undefined)
  const half = { 'Service-Profile': { 'Profile-Name': 'x', 'Profile-Revision': 1n, 'Class-Priority': 0 } }
  t.is(t.throws(() => decodeServiceProfile(half), { instanceOf: WireError }).resultCode, 5004)
})
