import test from 'ava'
import { isSameEffect, type Layer, type LayerName, resolve } from './effective.ts'
import { parseProfile } from './schema.ts'

const profiles = new Map(
  ['4mbit', '10mbit', '20mbit'].map((rate, index) => {
    const name = ['bronze', 'silver', 'gold'][index] ?? ''
    return [name, parseProfile({ name, class: { downlink: { rate } } }, name)]
  }),
)
const layer = (name: LayerName, profile: string): Layer => ({
  layer: name,
  profile,
  reason: 'test',
  author: 'test',
  since: 0,
})

const cases: [what: string, layers: Layer[], decides: LayerName, profile: string][] = [
  ['base alone', [layer('base', 'gold')], 'base', 'gold'],
  ['condition over base', [layer('base', 'gold'), layer('condition', 'bronze')], 'condition', 'bronze'],
  [
    'override over all, whatever the order',
    [layer('override', 'silver'), layer('condition', 'bronze'), layer('base', 'gold')],
    'override',
    'silver',
  ],
  [
    'a layer whose profile is gone is passed over',
    [layer('base', 'gold'), layer('condition', 'deleted')],
    'base',
    'gold',
  ],
]
for (const [what, layers, decides, profile] of cases)
  test(`resolve: ${what}`, (t) => {
    const effective = resolve(layers, profiles)
    t.is(effective?.name, profile)
    t.is(effective?.decidedBy.layer, decides)
  })

test('resolve: nothing to decide', (t) => {
  t.is(resolve([], profiles), undefined)
  t.is(resolve([layer('base', 'deleted')], profiles), undefined)
})

test('an effect differs by name, by rates and by the deciding layer', (t) => {
  const gold = resolve([layer('base', 'gold')], profiles)
  const limited = resolve([layer('base', 'gold'), layer('condition', 'gold')], profiles)
  const silver = resolve([layer('base', 'silver')], profiles)
  if (!gold || !limited || !silver) return t.fail('a profile is missing')
  t.true(isSameEffect(gold, { ...gold, decidedBy: layer('base', 'gold') }))
  t.false(isSameEffect(gold, limited))
  t.false(isSameEffect(gold, silver))
  t.false(isSameEffect(gold, { ...gold, downlink: { ...gold.downlink, priority: 0 } }))
})
