import test from 'ava'
import { isBeyondGrant } from './facts.ts'
import type { Fields } from './field.ts'
import type { EffectiveProfile } from './layers.ts'

const granted: EffectiveProfile = {
  name: 'gold',
  class: { downlink: { rate: 20e6, ceil: 50e6, priority: 2 } },
  filters: [],
  flows: [],
  distribution: { onFailure: 'roll-back' },
}
const voice = { name: 'voice', match: { protocol: 'udp' as const }, rate: 1e6 }

const requests: [what: string, requested: Fields, beyond: boolean][] = [
  ['nothing', {}, false],
  ['what it has', { 'class.downlink.rate': 20e6, 'class.downlink.priority': 2 }, false],
  ['less', { 'class.downlink.rate': 10e6, 'class.downlink.ceil': 40e6 }, false],
  ['a higher rate', { 'class.downlink.rate': 20e6 + 1 }, true],
  ['a higher ceil', { 'class.downlink.ceil': 60e6 }, true],
  ['a better priority', { 'class.downlink.priority': 1 }, true],
  ['a worse priority', { 'class.downlink.priority': 7 }, false],
  ['a limit where there is none', { 'class.uplink.rate': 5e6 }, false],
  ['a code point where there is none', { 'class.dscp': 46 }, true],
  ['a flow', { flows: [voice] }, true],
]
for (const [what, requested, beyond] of requests)
  test(`${beyond ? 'beyond' : 'within'} the grant: ${what}`, (t) => {
    t.is(isBeyondGrant(granted, requested), beyond)
  })

test('beyond the grant: no limit where there is one', (t) => {
  const limited = { ...granted, class: { ...granted.class, uplink: { rate: 5e6, ceil: 5e6 } } }
  t.true(isBeyondGrant(limited, { 'class.uplink.rate': null }))
})
