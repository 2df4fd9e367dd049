import test from 'ava'
import { noMobilityAgentFlags } from '#wire/mobile-ip/agent-advertisement.ts'
import { initialState } from './registration-state.ts'
import {
  a1,
  a2,
  accept,
  atA1,
  describe,
  direct,
  events,
  hear,
  homeLink,
  now,
  planIn,
  reply,
  run,
  settings,
  states,
  story,
  storyOf,
  toA1,
  toA2,
} from './sample.ts'

const withPrefix = { ...a1, prefix: '10.1.101.0/24' }
const otherPrefix = { ...a2, prefix: '10.1.102.0/24' }
const there = run(states.registered, hear(withPrefix)).next

test('another prefix is a move as soon as the known agent has missed an advertisement', (t) => {
  t.deepEqual(story(there, [hear(otherPrefix), 0.9], [hear(otherPrefix), 1.1]), [
    'registered',
    `registering, ${toA2} by mn-aaa`,
  ])
})

test('the same prefix, or none, is no move', (t) => {
  t.is(describe(run(there, hear({ ...a2, prefix: '10.1.101.0/24' }), now + 2000)), 'registered')
  t.is(describe(run(there, hear(a2), now + 2000)), 'registered')
  const without = run(states.registered, hear(a1)).next
  t.is(describe(run(without, hear(otherPrefix), now + 2000)), 'registered')
})

test('no more than eight agents are remembered, whoever advertises', (t) => {
  const many = Array.from({ length: 50 }, (_, index) => ({ ...a2, address: `10.1.102.${index}` }))
  const state = many.reduce((before, agent) => run(before, hear(agent)).next, states.registered)
  t.is(state.others.length, 8)
  t.is(state.others[0]?.agent.address, '10.1.102.49')
})

test('an agent that offers no reverse tunnel is passed over by a node that wants one', (t) => {
  const wishes = { ...settings, terms: { ...settings.terms, reverseTunnel: 'direct' as const } }
  const able = { ...a1, flags: { ...a1.flags, reverseTunnelling: true } }
  t.is(describe(run(initialState, hear(a1), now, wishes)), 'searching')
  t.is(describe(run(initialState, hear(able), now, wishes)), `registering, ${toA1} by mn-aaa`)
})

test('home is taken whenever it is heard, and the bindings are taken back', (t) => {
  const gone = reply(0)
  t.deepEqual(story(states.registered, [hear(homeLink)], [gone], [hear(homeLink)], [hear(a1)]), [
    'returning, attach 192.0.2.1, register 192.0.2.11 for 0 by mn-ha',
    'at-home, attach 192.0.2.1',
    'at-home',
    'at-home',
  ])
})

test('the home agent of another network, or a foreign agent of the home network, is not home', (t) => {
  const stranger = { ...homeLink, address: '198.51.100.1', prefix: '198.51.100.0/24' }
  t.is(describe(run(states.registered, hear(stranger))), 'registered')
  const atHomeLink = { ...a2, prefix: '192.0.2.0/24' }
  t.is(describe(run(states.registered, hear(atHomeLink))), 'registered')
})

test('another home agent of the home network is home too', (t) => {
  const other = { ...homeLink, address: '192.0.2.2' }
  t.is(
    describe(run(states.registered, hear(other))),
    'returning, attach 192.0.2.2, register 192.0.2.11 for 0 by mn-ha',
  )
})

test('two home agents of one link: the node stays with the first, and goes to the other when that is silent', (t) => {
  const other = { ...homeLink, address: '192.0.2.2' }
  t.deepEqual(
    story(
      initialState,
      [hear(homeLink)],
      [hear(other), 0.5],
      [hear(homeLink), 1],
      [hear(other), 3.5],
      [events['agent-silent'], 4],
    ),
    ['at-home, attach 192.0.2.1', 'at-home', 'at-home', 'at-home', 'at-home, attach 192.0.2.2'],
  )
})

test('a node that starts at home registers nothing', (t) => {
  t.is(describe(run(initialState, hear(homeLink))), 'at-home, attach 192.0.2.1')
})

test('a node at home whose key has ended proves itself to the home server', (t) => {
  const late = { ...states.registered, keyUntilMilliseconds: now - 1 }
  t.is(
    describe(run(late, hear(homeLink))),
    'returning, attach 192.0.2.1, register 192.0.2.11 for 0 by mn-aaa',
  )
})

test('a node that leaves home registers with the agent that it hears then', (t) => {
  t.deepEqual(story(states['at-home'], [events['carrier-found']], [hear(a1)], [accept]), [
    'at-home (moved), solicit',
    `registering, ${toA1} by mn-aaa`,
    'registered, attach 10.1.101.1',
  ])
})

const coLocated = { ...settings, coLocated: true }
const wants = { ...a1, flags: { ...a1.flags, registrationRequired: true } }

test('a co-located node waits for an address, and registers straight with its home agent', (t) => {
  t.deepEqual(
    storyOf(
      coLocated,
      initialState,
      [events.start],
      [events['address-found']],
      [accept],
      [events['refresh-due'], 500],
      [accept, 501],
      [events.stop, 502],
    ),
    [
      'searching',
      `registering, ${direct} by mn-aaa`,
      'registered, attach directly',
      `refreshing, ${direct} by mn-ha`,
      'registered, attach directly',
      'deregistering, register 10.9.9.2 for 0 by mn-ha',
    ],
  )
})

test('a new care-of address of its own takes the place of the old one, by the key with the home agent', (t) => {
  const state = run(
    run(initialState, events['address-found'], now, coLocated).next,
    accept,
    now,
    coLocated,
  ).next
  const moved = { kind: 'address-found', careOfAddress: '10.8.8.2' } as const
  t.deepEqual(storyOf(coLocated, state, [events['address-lost']], [moved], [events['carrier-found']]), [
    'searching',
    'refreshing, register 10.8.8.2 for 1000 by mn-ha',
    'refreshing, register 10.8.8.2 for 1000 by mn-ha',
  ])
})

test('a co-located node leaves foreign agents alone, but for one that wants to hear of registrations', (t) => {
  const state = run(
    run(initialState, events['address-found'], now, coLocated).next,
    accept,
    now,
    coLocated,
  ).next
  t.is(describe(run(state, hear(a1), now, coLocated)), 'registered')
  const through = run(state, hear(wants), now, coLocated)
  t.is(describe(through), `registering, ${direct} by mn-aaa`)
  t.deepEqual(planIn(through)?.point, { kind: 'co-located', careOfAddress: '10.9.9.2', agent: wants })
  t.is(
    describe(run(through.next, { kind: 'agent-silent' }, now, coLocated)),
    `refreshing, ${direct} by mn-ha`,
    'it goes straight again when that agent has gone',
  )
})

test('an agent without the flags of a mobility agent’s role is nothing to the node', (t) => {
  const idle = { ...a1, careOfAddress: undefined, flags: noMobilityAgentFlags }
  t.is(describe(run(initialState, hear(idle))), 'searching')
  t.is(describe(run({ ...states.registered, moved: true, point: atA1 }, hear(idle))), 'registered (moved)')
})
