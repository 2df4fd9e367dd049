import test from 'ava'
import type { RequestBody } from '#diameter/handler.ts'
import type { AvpValue } from '#wire/diameter/avps.ts'
import { decodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { mn1, mn2 } from '../database/database-fixture.ts'
import type { FakeForeignAgent } from './test-domain/fake-foreign-agent.ts'
import { acctMultiSessionId } from './test-domain/fake-home-agent.ts'
import { homeDomain } from './test-domain/home-domain.ts'

type FilterRule = AvpValue<'Filter-Rule'>
const out = 1

/** gold grants 20 Mbit/s. */
const megabits = (bandwidth: number, direction = out): FilterRule => ({
  Classifier: { 'Classifier-ID': Buffer.from('voice'), Direction: direction },
  'Treatment-Action': 1,
  'QoS-Semantics': 0,
  'QoS-Parameters': { Bandwidth: (bandwidth * 1e6) / 8 },
})
const bucket = (rate: number, peak: number): FilterRule => ({
  ...megabits(rate),
  'QoS-Parameters': {
    'TMOD-1': {
      'Token-Rate': (rate * 1e6) / 8,
      'Bucket-Depth': 1500,
      'Peak-Traffic-Rate': (peak * 1e6) / 8,
      'Minimum-Policed-Unit': 0,
      'Maximum-Packet-Size': 1500,
    },
  },
})

const ask = (
  agent: FakeForeignAgent,
  rules: FilterRule[],
  change: Partial<RequestBody<'QoS-Authorization'>> = {},
) =>
  agent.node.request('QoS-Authorization', {
    'Destination-Realm': 'home.example',
    'Auth-Request-Type': 3,
    'User-Name': mn2,
    'Bound-Auth-Session-Id': agent.sessionId,
    ...(rules.length > 0 && { 'QoS-Resources': [{ 'Filter-Rule': rules }] }),
    ...change,
  })

test('what the profile covers is granted as it was asked for', async (t) => {
  const { fa1 } = await homeDomain(t)
  await fa1.register()
  for (const rules of [[megabits(20)], [megabits(12), megabits(8)], [bucket(1, 20)]]) {
    const { avps } = await ask(fa1, rules)
    t.is(avps['Result-Code'], 2001)
    t.deepEqual(avps['QoS-Resources'], [
      { 'Filter-Rule': rules.map((rule) => ({ ...rule, 'QoS-Semantics': 4 })) },
    ])
    t.like(avps, { 'Auth-Request-Type': 3, 'Acct-Multi-Session-Id': acctMultiSessionId })
    t.true(Number(avps['Authorization-Lifetime']) > 7100)
  }
})

const refused: [what: string, rules: FilterRule[], reason: RegExp][] = [
  [
    'more than the ceiling',
    [megabits(21)],
    /21000000 bit\/s were asked for, profile gold grants 20000000 bit\/s/,
  ],
  ['more than the ceiling together', [megabits(12), megabits(9)], /21000000 bit/],
  ['a peak above the ceiling', [bucket(1, 21)], /21000000 bit/],
  ['without end', [megabits(Number.POSITIVE_INFINITY)], /Infinity bit/],
  ['the uplink', [megabits(1, 0)], /downlink only/],
  ['no number', [megabits(Number.NaN)], /no usable rate/],
  ['a negative rate, to make room', [megabits(30), megabits(-20)], /no usable rate/],
  ['nothing that can be measured', [{ 'QoS-Parameters': { 'PHB-Class': 0 } }], /no usable rate/],
]
test('what goes beyond the profile is refused, and the limit is named', async (t) => {
  const { fa1 } = await homeDomain(t)
  await fa1.register()
  for (const [what, rules, reason] of refused) {
    const { avps } = await ask(fa1, rules)
    t.is(avps['Result-Code'], 5003, what)
    t.regex(avps['Error-Message'] ?? '', reason, what)
    t.is(avps['QoS-Resources'], undefined)
  }
})

test('a request without resources is answered with the profile, as it is now', async (t) => {
  const { fa1, homeAgent, operator } = await homeDomain(t)
  await fa1.register()
  t.like(decodeServiceProfile((await ask(fa1, [])).avps), { name: 'gold', revision: 1 })
  await operator.setProfile(mn2, 'bronze')
  const bound = homeAgent.registrations[0]?.['Session-Id'] ?? ''
  const { avps } = await homeAgent.node.request('QoS-Authorization', {
    'Destination-Realm': 'home.example',
    'Auth-Request-Type': 3,
    'Bound-Auth-Session-Id': bound,
  })
  t.like(decodeServiceProfile(avps), { name: 'bronze', revision: 2 })
})

test('only an agent of the session gets an answer', async (t) => {
  const { fa1, fa2 } = await homeDomain(t)
  await fa1.register()
  const code = async (agent: FakeForeignAgent, change?: Partial<RequestBody<'QoS-Authorization'>>) =>
    (await ask(agent, [megabits(1)], change)).avps['Result-Code']
  fa2.sessionId = fa1.sessionId
  t.is(await code(fa2), 5002, 'of another agent')
  t.is(await code(fa1, { 'User-Name': mn1 }), 5002, 'of another subscriber')
  t.is(await code(fa1, { 'Bound-Auth-Session-Id': 'nobody;1;1' }), 5002)
  t.is(await code(fa1), 2001)
  await fa1.terminate(1)
  t.is(await code(fa1), 5002, 'that is over')
  const unbound = { 'Destination-Realm': 'home.example', 'Auth-Request-Type': 3 }
  t.is((await fa1.node.request('QoS-Authorization', unbound)).avps['Result-Code'], 5002)
})
