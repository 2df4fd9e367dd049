import test from 'ava'
import fc from 'fast-check'
import { type Fields, fieldsOf, fieldsOfSet } from './field.ts'
import { formatProfile } from './format-profile.ts'
import { explainField, type LayerEntry, type LayerName, resolve } from './layers.ts'
import { readProfile, readSet } from './service-profile.ts'

const gold = fieldsOf(
  readProfile(
    {
      name: 'gold',
      class: {
        downlink: { rate: '20mbit', ceil: '50mbit', priority: 1 },
        uplink: { rate: '5mbit', ceil: '10mbit' },
        dscp: 'AF41',
      },
      filters: [{ match: { protocol: 'tcp', destinationPort: 25 }, action: 'drop' }],
      flows: [
        { name: 'voice', match: { protocol: 'udp', destinationPort: 5004 }, rate: '1mbit' },
        {
          name: 'video',
          match: { protocol: 'udp', destinationPort: 5006 },
          rate: '3mbit',
          ceil: '40mbit',
          priority: 0,
        },
      ],
    },
    'gold',
  ),
)
const bronze = fieldsOf(readProfile({ name: 'bronze', class: { downlink: { rate: '4mbit' } } }, 'bronze'))
const set = (document: unknown) => fieldsOfSet(readSet(document, 'set'))
const rateOf = (rate: string, ceil?: string) => set({ class: { downlink: { rate, ...(ceil && { ceil }) } } })

function entry(layer: LayerName, fields: Fields, more: Partial<LayerEntry> = {}): LayerEntry {
  return { layer, source: layer, fields, reason: 'test', author: 'someone', since: 0, ...more }
}

const base = entry('base', gold)
const cases: [what: string, entries: LayerEntry[], downlink: object, rateBy: LayerName, ceilBy: LayerName][] =
  [
    ['base alone', [base], { rate: 20e6, ceil: 50e6, priority: 1 }, 'base', 'base'],
    [
      'a condition becomes another profile',
      [base, entry('condition', bronze)],
      { rate: 4e6, ceil: 4e6, priority: 3 },
      'condition',
      'condition',
    ],
    [
      'one field of a condition',
      [base, entry('condition', rateOf('10mbit'))],
      { rate: 10e6, ceil: 50e6, priority: 1 },
      'condition',
      'base',
    ],
    [
      'of two conditions the first in the list',
      [
        base,
        entry('condition', rateOf('10mbit'), { since: 5 }),
        entry('condition', rateOf('7mbit', '8mbit'), { since: 9 }),
      ],
      { rate: 10e6, ceil: 10e6, priority: 1 },
      'condition',
      'condition',
    ],
    [
      'of two overrides the newest',
      [
        entry('override', rateOf('6mbit'), { since: 5 }),
        base,
        entry('override', rateOf('7mbit'), { since: 9 }),
      ],
      { rate: 7e6, ceil: 50e6, priority: 1 },
      'override',
      'base',
    ],
    [
      'a ceil below the rate is raised when the rate is stronger',
      [base, entry('override', rateOf('60mbit'))],
      { rate: 60e6, ceil: 60e6, priority: 1 },
      'override',
      'override',
    ],
    [
      'the rate is lowered when the ceil is stronger',
      [base, entry('condition', set({ class: { downlink: { ceil: '5mbit' } } }))],
      { rate: 5e6, ceil: 5e6, priority: 1 },
      'condition',
      'condition',
    ],
    [
      'a ceil taken away is as the rate, whatever decides that',
      [
        base,
        entry('override', set({ class: { downlink: { ceil: null } } })),
        entry('condition', rateOf('10mbit')),
      ],
      { rate: 10e6, ceil: 10e6, priority: 1 },
      'condition',
      'condition',
    ],
    [
      'what has run out, and what is to come, does not count',
      [
        base,
        entry('override', rateOf('1mbit'), { until: 10 }),
        entry('override', rateOf('2mbit'), { since: 11 }),
      ],
      { rate: 20e6, ceil: 50e6, priority: 1 },
      'base',
      'base',
    ],
  ]
for (const [what, entries, downlink, rateBy, ceilBy] of cases)
  test(`resolve: ${what}`, (t) => {
    const effective = resolve(entries, 10)
    t.deepEqual(effective?.profile.class.downlink as object, downlink)
    t.is(effective?.decidedBy['class.downlink.rate']?.layer, rateBy)
    t.is(effective?.decidedBy['class.downlink.ceil']?.layer, ceilBy)
  })

test('resolve: nothing without a name and a rate', (t) => {
  t.is(resolve([], 0), undefined)
  t.is(resolve([entry('override', rateOf('1mbit'))], 0), undefined)
})

test('resolve: null takes away what lower layers have', (t) => {
  const effective = resolve([base, entry('condition', set({ class: { uplink: null, dscp: null } }))], 0)
  t.deepEqual(Object.keys(effective?.profile.class ?? {}), ['downlink'])
  t.is(effective?.decidedBy['class.uplink.ceil']?.layer, 'condition')
})

test('resolve: flows fit into the class that they are parts of, and say so', (t) => {
  const whole = resolve([base], 0)?.profile.flows
  t.like(whole, { 0: { rate: 1e6, ceil: 1e6, priority: 1 }, 1: { rate: 3e6, ceil: 40e6, priority: 0 } })
  const throttled = resolve([base, entry('condition', rateOf('2mbit', '10mbit'))], 0)
  t.like(throttled?.profile.flows, { 0: { rate: 0.5e6, ceil: 1e6 }, 1: { rate: 1.5e6, ceil: 10e6 } })
  t.is(
    throttled?.decidedBy.flows?.note,
    'rates were lowered, 4mbit do not fit into the class; a ceil was lowered to that of the class',
  )
})

test('resolve: when to resolve again', (t) => {
  t.is(resolve([base, entry('override', {}, { since: 20, until: 50 })], 10)?.changesAt, 20)
  t.is(resolve([base, entry('override', {}, { since: 20, until: 50 })], 20)?.changesAt, 50)
  t.is(resolve([base, entry('override', {}, { since: 20, until: 50 })], 50)?.changesAt, undefined)
})

test('explain: value, layer, reason, author and time of a field', (t) => {
  const effective = resolve(
    [
      base,
      entry('override', rateOf('60mbit'), {
        source: 'ticket 4711',
        reason: 'trade fair',
        author: 'anna',
        since: Date.UTC(2026, 0, 1),
        until: Date.UTC(2026, 0, 2),
      }),
    ],
    Date.UTC(2026, 0, 1),
  )
  if (!effective) return t.fail('nothing is effective')
  const by =
    'override "ticket 4711", trade fair (anna, since 2026-01-01T00:00:00.000Z until 2026-01-02T00:00:00.000Z)'
  t.is(explainField(effective, 'class.downlink.rate'), `class.downlink.rate is 60mbit: ${by}`)
  t.is(
    explainField(effective, 'class.downlink.ceil'),
    `class.downlink.ceil is 60mbit (raised to the rate from 50mbit): ${by}`,
  )
  t.regex(explainField(effective, 'class.dscp'), /^class.dscp is AF41: base "base"/)
})

test('whatever the layers say, the outcome is consistent and can be written and read back', (t) => {
  const rate = fc.integer({ min: 1, max: 100 }).map((megabits) => `${megabits}mbit`)
  const fields = fc
    .record(
      {
        class: fc.record(
          {
            downlink: fc.record({ rate, ceil: fc.option(rate) }, { requiredKeys: [] }),
            uplink: fc.option(fc.record({ rate, ceil: fc.option(rate) }, { requiredKeys: [] })),
            dscp: fc.option(fc.integer({ min: 0, max: 63 })),
          },
          { requiredKeys: ['downlink'] },
        ),
      },
      { requiredKeys: ['class'] },
    )
    .chain((document) => {
      try {
        return fc.constant(set(document))
      } catch {
        return fc.constant({})
      }
    })
  const layer = fc.constantFrom<LayerName>('condition', 'override')
  const entries = fc.array(fc.tuple(layer, fields, fc.nat(20)), { maxLength: 5 })
  fc.assert(
    fc.property(entries, (others) => {
      const all = [base, ...others.map(([layer, fields, since]) => entry(layer, fields, { since }))]
      const effective = resolve(all, 30)
      if (!effective) return t.fail('nothing is effective')
      const { downlink, uplink } = effective.profile.class
      t.true(downlink.rate <= downlink.ceil)
      if (uplink) t.true(uplink.rate <= uplink.ceil)
      t.true(effective.profile.flows.reduce((sum, flow) => sum + flow.rate, 0) <= downlink.rate)
      for (const flow of effective.profile.flows) t.true(flow.rate <= flow.ceil && flow.ceil <= downlink.ceil)
      const { conditions, ...read } = readProfile(formatProfile(effective.profile), 'written')
      t.deepEqual<unknown, unknown>(read, effective.profile)
      t.deepEqual(conditions, [])
    }),
  )
})
