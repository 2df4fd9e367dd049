import test from 'ava'
import { readProfile, readSet } from './service-profile.ts'

const gold = { name: 'gold', class: { downlink: { rate: '20mbit' } } }
const withCondition = (condition: object) => ({ ...gold, conditions: [condition] })
const withTrigger = (when: unknown) => withCondition({ when, become: 'bronze' })

test('a profile is read in bits per second, bytes and milliseconds', (t) => {
  const profile = readProfile(
    {
      name: 'gold',
      class: {
        downlink: { rate: '20mbit', ceil: '50mbit', priority: 1 },
        uplink: { rate: '5mbit' },
        dscp: 'AF41',
      },
      filters: [
        { match: { protocol: 6, source: '198.51.100.77/24', destinationPort: '25-25' }, action: 'drop' },
      ],
      flows: [
        {
          name: 'voice',
          match: { protocol: 'udp', destinationPort: '5000-5010' },
          rate: '1mbit',
          dscp: 46,
          flowLabel: 42,
          lifetime: '1h',
        },
      ],
      conditions: [
        {
          when: { volume: { exceeds: '1GiB', direction: 'both', per: 'day', at: '80%' } },
          become: 'bronze',
          until: '10m',
        },
      ],
      distribution: { onFailure: 'report-split' },
    },
    'it',
  )
  t.deepEqual(profile, {
    name: 'gold',
    class: { downlink: { rate: 20e6, ceil: 50e6, priority: 1 }, uplink: { rate: 5e6 }, dscp: 34 },
    filters: [
      {
        direction: 'downlink',
        match: { protocol: 'tcp', source: '198.51.100.0/24', destinationPort: 25 },
        action: 'drop',
      },
    ],
    flows: [
      {
        name: 'voice',
        match: { protocol: 'udp', destinationPort: { first: 5000, last: 5010 } },
        rate: 1e6,
        dscp: 46,
        flowLabel: 42,
        lifetime: 3600e3,
      },
    ],
    conditions: [
      {
        when: { volume: { exceeds: 2 ** 30, direction: 'both', per: 'day', at: 0.8 } },
        become: 'bronze',
        until: { milliseconds: 600e3 },
      },
    ],
    distribution: { onFailure: 'report-split' },
  })
})

test('what is left out has its default', (t) => {
  t.deepEqual(readProfile(gold, 'it'), {
    name: 'gold',
    class: { downlink: { rate: 20e6, priority: 3 } },
    filters: [],
    flows: [],
    conditions: [],
    distribution: { onFailure: 'roll-back' },
  })
})

const voice = { name: 'voice', match: { protocol: 'udp' }, rate: '1mbit' }
const faults: [what: string, document: unknown, said: string | RegExp][] = [
  ['a key that does not exist', { ...gold, colour: 'red' }, '(top): Unrecognized key: "colour"'],
  ['a name for answers', { ...gold, name: 'refuse' }, /^name: must not be refuse or charge/],
  [
    'a rate without unit',
    { ...gold, class: { downlink: { rate: '20' } } },
    /^class.downlink.rate: must be a positive amount in bit/,
  ],
  [
    'a rate of nothing',
    { ...gold, class: { downlink: { rate: '0mbit' } } },
    /^class.downlink.rate: must be a positive/,
  ],
  [
    'a ceil below the rate',
    { ...gold, class: { downlink: { rate: '20mbit' }, uplink: { rate: '2mbit', ceil: '1mbit' } } },
    'class.uplink.ceil: must not be below rate',
  ],
  [
    'an unknown code point',
    { ...gold, class: { ...gold.class, dscp: 'AF44' } },
    /^class.dscp: must be 0 to 63 or one of/,
  ],
  [
    '17 filters',
    { ...gold, filters: Array(17).fill({ match: {}, action: 'drop' }) },
    'filters: must be at most 16',
  ],
  [
    'the own address',
    { ...gold, filters: [{ match: { destination: '192.0.2.1' }, action: 'drop' }] },
    "filters.0.match.destination: is the subscriber's own address in the downlink: leave it out",
  ],
  [
    'ports of no protocol',
    { ...gold, filters: [{ match: { sourcePort: 5 }, action: 'drop' }] },
    'filters.0.match.sourcePort: needs protocol tcp, udp or sctp',
  ],
  [
    'a range the wrong way round',
    { ...gold, filters: [{ match: { protocol: 'tcp', sourcePort: '9-5' }, action: 'drop' }] },
    /^filters.0.match.sourcePort: must be a port, 1 to 65535/,
  ],
  [
    'a prefix too long',
    { ...gold, filters: [{ match: { source: '192.0.2.1/33' }, action: 'drop' }] },
    /^filters.0.match.source: must be an IPv4 address or prefix/,
  ],
  ['two flows of one name', { ...gold, flows: [voice, voice] }, 'flows.1.name: there is another flow voice'],
  [
    'a flow of everything',
    { ...gold, flows: [{ ...voice, match: {} }] },
    'flows.0.match: must match on something',
  ],
  [
    'flows that reserve too much',
    { ...gold, flows: [{ ...voice, rate: '21mbit' }] },
    /^flows: must not reserve more than class.downlink.rate/,
  ],
  ['a label of 21 bits', { ...gold, flows: [{ ...voice, flowLabel: 2 ** 20 }] }, /^flows.0.flowLabel: /],
  [
    'an unknown trigger',
    withTrigger({ moon: 'full' }),
    /^conditions.0.when: must have one of these forms: authentication \| .* \| not$/,
  ],
  [
    'two triggers at once',
    withTrigger({ balance: { below: 1 }, time: { exceeds: '1h', per: 'day' } }),
    /^conditions.0.when: must have one of these forms/,
  ],
  ['a trigger of a wrong type', withTrigger({ volume: 5 }), /^conditions.0.when.volume: /],
  [
    'a fault deep inside',
    withTrigger({ all: [{ not: { network: { utilization: '120%' } } }] }),
    'conditions.0.when.all.0.not.network.utilization: must be above 0 and at most 100%',
  ],
  [
    'a misspelt field',
    withTrigger({ network: { utilisation: '80%' } }),
    'conditions.0.when.network: must have one of these forms: utilization | drops | down',
  ],
  [
    'half of a form',
    withTrigger({ authentication: { failures: 2 } }),
    /^conditions.0.when.authentication.within: must be an amount/,
  ],
  [
    'a band upside down',
    withTrigger({ network: { utilization: '80%', clearBelow: '90%' } }),
    'conditions.0.when.network.clearBelow: must not be above what it clears',
  ],
  [
    'an unknown event',
    withTrigger({ translation: { event: 'x' } }),
    /^conditions.0.when.translation.event: `event` must be mapping-created/,
  ],
  [
    'a time of day',
    withTrigger({ clock: { from: '25:00', to: '24:00', timeZone: 'Europe/Berlin' } }),
    /^conditions.0.when.clock.from: must be a time of day/,
  ],
  [
    'a zone',
    withTrigger({ clock: { from: '05:00', to: '24:00', timeZone: 'Mars/Olympus' } }),
    /^conditions.0.when.clock.timeZone: must be a time zone/,
  ],
  [
    'an empty window',
    withTrigger({ clock: { from: '05:00', to: '05:00', timeZone: 'UTC' } }),
    /^conditions.0.when.clock.to: must differ/,
  ],
  [
    'a refusal without a request',
    withCondition({
      when: { any: [{ authorization: { requested: 'beyond-grant' } }, { balance: { below: 1 } }] },
      become: 'refuse',
    }),
    /^conditions.0.become: "refuse" answers a request/,
  ],
  [
    'become and set',
    withCondition({ when: { balance: { below: 1 } }, become: 'x', set: { filters: [] } }),
    'conditions.0: must have one of these forms: become | set',
  ],
  [
    'neither',
    withCondition({ when: { balance: { below: 1 } } }),
    'conditions.0: must have one of these forms: become | set',
  ],
  [
    'an end',
    withCondition({ when: { balance: { below: 1 } }, become: 'x', until: 'soon' }),
    /^conditions.0.until: must be cleared, session-end/,
  ],
  [
    'two conditions of one name',
    {
      ...gold,
      conditions: [1, 2].map((below) => ({ name: 'a', when: { balance: { below } }, become: 'x' })),
    },
    'conditions.1.name: there is another condition "a"',
  ],
]
for (const [what, document, said] of faults)
  test(`refused with its path: ${what}`, (t) => {
    const error = t.throws(() => readProfile(document, 'the profile'), { code: 'profile/invalid' })
    const [, fault, ...more] = (error?.message ?? '').split('\n')
    t.deepEqual(more, [])
    if (typeof said === 'string') t.is(fault, `  ${said}`)
    else t.regex(fault?.slice(2) ?? '', said)
  })

test('a set is only what stands there, and null takes away', (t) => {
  t.deepEqual(readSet({ class: { downlink: { rate: '5mbit', ceil: null }, dscp: null } }, 'it'), {
    class: { downlink: { rate: 5e6, ceil: null }, dscp: null },
  })
  t.throws(() => readSet({}, 'the override'), {
    code: 'profile/invalid',
    message: /must set at least one field/,
  })
})
