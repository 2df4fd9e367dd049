import test from 'ava'
import fc from 'fast-check'
import { WireError } from '../wire-error.ts'
import { decodeMessage, encodeMessage } from './message.ts'
import type { PacketMatch, Ports } from './packet-match.ts'
import {
  decodeServiceProfile,
  encodeServiceProfile,
  type ProfileFlow,
  type ServiceProfile,
  type ServiceProfileAvps,
} from './service-profile.ts'

const anyRate = fc.oneof(
  fc.integer({ min: 1, max: 8_000_000 }).map((kilobits) => kilobits * 1e3),
  fc.integer({ min: 1, max: 8_000_000 }).map((megabits) => megabits * 1e6),
  fc.integer({ min: 1, max: 2 ** 24 }),
)

const anyRates = fc.record({ rateBitsPerSecond: anyRate, ceilBitsPerSecond: anyRate })
const anyShaping = fc.record({
  rateBitsPerSecond: anyRate,
  ceilBitsPerSecond: anyRate,
  priority: fc.integer({ min: 0, max: 7 }),
})
const anyDscp = fc.integer({ min: 0, max: 63 })
const anyPort = fc.integer({ min: 1, max: 65_535 })
const anyPorts: fc.Arbitrary<Ports> = fc.oneof(
  anyPort,
  fc
    .tuple(anyPort, anyPort)
    .map(([one, other]) => ({ first: Math.min(one, other), last: Math.max(one, other) })),
)
const anyCorrespondent = fc.oneof(
  fc.ipV4(),
  fc.integer({ min: 0, max: 24 }).map((length) => `${(240 << (24 - length)) & 0xff}.0.0.0/${length + 8}`),
)
const anyMatch: fc.Arbitrary<PacketMatch> = fc.oneof(
  fc.record(
    {
      protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
      correspondent: anyCorrespondent,
      sourcePort: anyPorts,
      destinationPort: anyPorts,
    },
    { requiredKeys: ['protocol'] },
  ),
  fc.record(
    { protocol: fc.constantFrom('icmp' as const, 0, 47, 255), correspondent: anyCorrespondent },
    { requiredKeys: [] },
  ),
)
const anyFilters = fc.array(
  fc.record({
    direction: fc.constantFrom('downlink' as const, 'uplink' as const),
    match: anyMatch,
    action: fc.constantFrom('drop' as const, 'pass' as const),
  }),
  { minLength: 1, maxLength: 16 },
)
const anyFlow: fc.Arbitrary<ProfileFlow> = fc.record(
  {
    name: fc.string({ unit: 'binary', maxLength: 40 }),
    match: anyMatch,
    shaping: anyShaping,
    dscp: anyDscp,
    flowLabel: fc.integer({ min: 0, max: 0xf_ffff }),
  },
  { requiredKeys: ['name', 'match', 'shaping'] },
)
const anyProfile: fc.Arbitrary<ServiceProfile> = fc.record(
  {
    name: fc.string({ unit: 'binary', maxLength: 40 }),
    revision: fc.maxSafeNat(),
    downlink: anyShaping,
    uplink: anyRates,
    dscp: anyDscp,
    filters: anyFilters,
    flows: fc.uniqueArray(anyFlow, { selector: ({ name }) => name, minLength: 1, maxLength: 16 }),
  },
  { requiredKeys: ['name', 'revision', 'downlink'] },
)

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

const bronze = { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 8e6, priority: 3 }
const voice: ProfileFlow = {
  name: 'voice',
  match: { protocol: 'udp', correspondent: '203.0.113.0/24', destinationPort: { first: 5000, last: 5010 } },
  shaping: { ...bronze, priority: 0 },
  dscp: 46,
  flowLabel: 42,
}
const whole: ServiceProfile = {
  name: 'gold',
  revision: 3,
  downlink: bronze,
  uplink: { rateBitsPerSecond: 1e6, ceilBitsPerSecond: 2e6 },
  dscp: 34,
  filters: [
    {
      direction: 'uplink',
      match: { protocol: 'tcp', correspondent: '192.0.2.9', destinationPort: 25 },
      action: 'drop',
    },
  ],
  flows: [voice],
}

test('filters and flows are RFC 5777 rules, what those cannot say is in Flow-Terms', (t) => {
  const avps = encodeServiceProfile(whole)
  const [filter, flow, downlink, uplink] = avps['QoS-Resources'][0]?.['Filter-Rule'] ?? []
  t.deepEqual(filter, {
    'Filter-Rule-Precedence': 0,
    Classifier: {
      'Classifier-ID': Buffer.from('filter/1'),
      Protocol: 6,
      Direction: 0,
      'To-Spec': [{ 'IP-Address': ['192.0.2.9'], Port: [25] }],
    },
    'Treatment-Action': 0,
  })
  t.like(flow, {
    'Filter-Rule-Precedence': 500,
    Classifier: {
      'Classifier-ID': Buffer.from('flow/voice'),
      Protocol: 17,
      Direction: 1,
      'From-Spec': [{ 'IP-Address-Mask': [{ 'IP-Address': '203.0.113.0', 'IP-Mask-Bit-Mask-Width': 24 }] }],
      'To-Spec': [{ 'Port-Range': [{ 'Port-Start': 5000, 'Port-End': 5010 }] }],
    },
    'QoS-Parameters': { 'PHB-Class': 0xb800_0000 },
  })
  t.is(downlink?.['QoS-Parameters']?.['PHB-Class'], 0x8800_0000)
  t.is(uplink?.Classifier?.Direction, 0)
  t.deepEqual(avps['Service-Profile']['Flow-Terms'], [
    { 'Flow-Name': 'voice', 'Class-Priority': 0, 'Flow-Label': 42 },
  ])
  t.deepEqual(travel(whole), whole)
})

test('what names a class and no more is read as before there were filters and flows', (t) => {
  const plain = { name: 'bronze', revision: 17, downlink: bronze }
  t.deepEqual(travel({ ...plain, filters: [], flows: [] }), plain)
  const { 'QoS-Resources': rules } = encodeServiceProfile(plain)
  t.is(rules[0]?.['Filter-Rule'].length, 1)
})

type Rule = ServiceProfileAvps['QoS-Resources'][number]['Filter-Rule'][number]

test('a rule that cannot be served as it stands is refused with 5004, and the reason', (t) => {
  const classifier = { 'Classifier-ID': Buffer.from('filter/1'), Direction: 1 }
  const drop = { Classifier: classifier, 'Treatment-Action': 0 }
  const specified = (more: Partial<typeof classifier> & Record<string, unknown>): Rule => ({
    ...drop,
    Classifier: { ...classifier, ...more },
  })
  const rows: [rule: Rule, reason: RegExp][] = [
    [{}, /the rule \(none\) is not known/],
    [{ Classifier: { ...classifier, 'Classifier-ID': Buffer.from('downlink') } }, /two rules downlink/],
    [{ ...drop, 'Treatment-Action': 2 }, /filter\/1 neither drops nor permits/],
    [specified({ Direction: 2 }), /neither IN nor OUT/],
    [specified({ 'TCP-Flags': { 'TCP-Flag-Type': 2 } }), /TCP-Flags is not served/],
    [specified({ 'From-Spec': [{ Negated: 1 }] }), /Negated is not served/],
    [specified({ 'From-Spec': [{}, {}] }), /more than one From-Spec/],
    [specified({ 'From-Spec': [{ Port: [1, 2] }] }), /more than one address or port/],
    [specified({ Protocol: 17, 'From-Spec': [{ Port: [70_000] }] }), /are no ports/],
    [specified({ Protocol: 1, 'From-Spec': [{ Port: [7] }] }), /ports need/],
    [specified({ Protocol: 256 }), /Protocol 256/],
    [specified({ 'From-Spec': [{ 'IP-Address': ['2001:db8::1'] }] }), /is not IPv4/],
    [
      specified({
        'From-Spec': [{ 'IP-Address-Mask': [{ 'IP-Address': '10.0.0.0', 'IP-Mask-Bit-Mask-Width': 33 }] }],
      }),
      /10\.0\.0\.0\/33\) is not IPv4/,
    ],
    [specified({ 'To-Spec': [{ 'IP-Address': ['192.0.2.1'] }] }), /subscriber's own end/],
    [{ Classifier: { ...classifier, 'Classifier-ID': Buffer.from('flow/x') } }, /flow\/x has no Flow-Terms/],
  ]
  for (const [rule, reason] of rows) {
    const avps = encodeServiceProfile({ name: 'x', revision: 1, downlink: bronze })
    avps['QoS-Resources'][0]?.['Filter-Rule'].push(rule)
    const error = t.throws(() => decodeServiceProfile(avps), { instanceOf: WireError, message: reason })
    t.is(error?.resultCode, 5004)
  }
})

test('numbers beyond their bounds are refused with 5004', (t) => {
  const faults: [ServiceProfile, RegExp][] = [
    [{ ...whole, downlink: { ...bronze, priority: 8 } }, /Class-Priority is 8/],
    [{ ...whole, downlink: { ...bronze, rateBitsPerSecond: 0 } }, /downlink: its rate is 0/],
    [
      { ...whole, uplink: { rateBitsPerSecond: 1, ceilBitsPerSecond: Number.NaN } },
      /uplink: its ceil is NaN/,
    ],
    [{ ...whole, dscp: 0.5 }, /no single code point/],
    [{ ...whole, flows: [{ ...voice, flowLabel: 2 ** 20 }] }, /Flow-Label is 1048576/],
    [{ ...whole, flows: [voice, voice] }, /two rules flow\/voice/],
  ]
  for (const [profile, reason] of faults)
    t.throws(() => decodeServiceProfile(encodeServiceProfile(profile)), { message: reason }, String(reason))
})

test('a message without a profile has none, and half a profile is refused with 5004', (t) => {
  t.is(decodeServiceProfile({}), undefined)
  const half = { 'Service-Profile': { 'Profile-Name': 'x', 'Profile-Revision': 1n, 'Class-Priority': 0 } }
  t.is(t.throws(() => decodeServiceProfile(half), { instanceOf: WireError }).resultCode, 5004)
})
