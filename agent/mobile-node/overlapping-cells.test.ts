import test from 'ava'
import type { NodeEvent, NodeSettings, NodeState } from './registration-state.ts'
import {
  a1,
  a2,
  accept,
  events,
  hear,
  homeLink,
  now,
  outstanding,
  planIn,
  reply,
  run,
  settings,
  states,
  storyOf,
  terms,
  toA1,
  toA2,
} from './sample.ts'

const overlapping: NodeSettings = { ...settings, handover: 'make-before-break' }
const beside = `registering, ${toA2} by mn-aaa beside the other`
const again = 'registered, attach 10.1.102.1'
const a3 = { ...a2, address: '10.1.103.1', careOfAddress: '10.1.3.2' }

/** Registered at a1, which is heard; the binding lasts 1000 s. */
const atA1: NodeState = {
  ...states.registered,
  deadlines: { 'agent-silence': now + 3000, refresh: now + 500_000, 'registration-end': now + 1_000_000 },
}
/** The same, and a request through a2 has just left. */
const trying = run(atA1, hear(a2), now, overlapping).next

type Series = [event: NodeEvent, atSeconds?: number][]
const tell = (state: NodeState, ...series: Series) => storyOf(overlapping, state, ...series)

const stories: [name: string, state: NodeState, series: Series, expected: string[]][] = [
  [
    'a new agent is taken beside the one in use, which is no news when it is heard on',
    atA1,
    [[hear(a2)], [hear(a1), 0.5], [accept, 1], [hear(a1), 1.5], [hear(a2), 2], [hear(a1), 2.5]],
    [beside, 'registering', again, 'registered', 'registered', 'registered'],
  ],
  [
    'also while the binding is being refreshed',
    { ...atA1, phase: 'refreshing', outstanding: { ...outstanding, proof: 'mn-ha' } },
    [[hear(a2)]],
    [beside],
  ],
  [
    'a request that is lost is sent again beside the other',
    trying,
    [
      [events['retransmission-due'], 1],
      [accept, 2],
    ],
    [beside, again],
  ],
  [
    'the node stays when it is denied, and does not ask that agent again while it is heard',
    trying,
    [
      [hear(a1), 0.5],
      [reply(66), 1],
      [hear(a2), 1.5],
      [hear(a1), 1.6],
      [events['refresh-due'], 500],
    ],
    ['registering', 'registered', 'registered', 'registered', `refreshing, ${toA1} by mn-ha`],
  ],
  ['a denial that waits elsewhere is no reason to wait here', trying, [[reply(88), 1]], ['registered']],
  [
    'a denial that can be met is',
    trying,
    [
      [reply(69, 60), 1],
      [reply(66), 2],
    ],
    ['registering, register 10.1.2.2 for 60 by mn-aaa beside the other', 'registered'],
  ],
  [
    'too many bindings: the node moves with the new one alone',
    trying,
    [
      [reply(135), 1],
      [accept, 2],
    ],
    [`registering, ${toA2} by mn-aaa`, again],
  ],
  [
    'a new agent that does not answer: the agent in use is asked to undo what may have happened',
    trying,
    [
      [events['retransmission-due'], 1],
      [events['retransmission-due'], 3],
      [hear(a1), 6],
      [hear(a2), 6.5],
      [events['retransmission-due'], 7],
      [accept, 8],
      [hear(a2), 8.5],
    ],
    [
      beside,
      beside,
      'registering',
      'registering',
      `registering, ${toA1} by mn-aaa`,
      'registered, attach 10.1.101.1',
      'registered',
    ],
  ],
  [
    'without the agent in use the node goes on with the new one',
    trying,
    [
      [reply(66), 4],
      [events['retransmission-due'], 5],
      [events['retransmission-due'], 7],
    ],
    ['registering', beside, beside],
  ],
  [
    'a new agent that falls silent: back to the one in use',
    trying,
    [
      [hear(a1), 2.5],
      [events['agent-silent'], 3],
    ],
    ['registering', `registering, ${toA1} by mn-aaa`],
  ],
  [
    'a carrier that is lost ends the overlap',
    trying,
    [[events['carrier-lost']], [events['carrier-found']], [hear(a2)], [accept]],
    ['registering (moved)', 'registering (moved), solicit', `registering, ${toA2} by mn-aaa`, again],
  ],
  [
    'the new agent falls silent later: the other one is taken alone',
    run(trying, accept, now, overlapping).next,
    [
      [hear(a1), 2.9],
      [events['agent-silent'], 3],
    ],
    ['registered', `registering, ${toA1} by mn-aaa`],
  ],
  [
    'an agent that has gone and comes back is new again',
    run(trying, accept, now, overlapping).next,
    [[hear(a1), 60]],
    [`registering, ${toA1} by mn-aaa beside the other`],
  ],
  [
    'home is home',
    trying,
    [[hear(homeLink)]],
    ['returning, attach 192.0.2.1, register 192.0.2.11 for 0 by mn-ha'],
  ],
  [
    'a node that stops in between takes all bindings back',
    trying,
    [[events.stop]],
    ['deregistering, register 192.0.2.11 for 0 by mn-ha'],
  ],
  [
    'the binding runs out in between: nothing is left to be kept',
    trying,
    [
      [events['registration-over'], 1000],
      [events['retransmission-due'], 1001],
    ],
    ['registering, detach', `registering, ${toA2} by mn-aaa`],
  ],
]
for (const [name, state, series, expected] of stories)
  test(name, (t) => {
    t.deepEqual(tell(state, ...series), expected)
  })

const otherPrefix = { ...a2, prefix: '10.1.102.0/24' }
const beforeOverdue: NodeState = {
  ...run(atA1, hear({ ...a1, prefix: '10.1.101.0/24' })).next,
  others: [{ agent: otherPrefix, untilMilliseconds: now + 3000 }],
}
const notTaken: [name: string, state: NodeState, event: NodeEvent][] = [
  ['a busy one', atA1, hear({ ...a2, flags: { ...a2.flags, busy: true } })],
  ['one that has refused', { ...atA1, refusedBy: [a2.address] }, hear(a2)],
  ['a third one while a request is under way', trying, hear(a3)],
  ['a known one of another prefix while the one in use is overdue', beforeOverdue, hear(otherPrefix)],
]
for (const [name, state, event] of notTaken)
  test(`not taken: ${name}`, (t) => {
    t.deepEqual(tell(state, [event, 2]), [state.phase])
  })

test('a node that breaks before it makes leaves further agents alone', (t) => {
  t.deepEqual(storyOf(settings, atA1, [hear(a2)]), ['registered'])
})

test('after a denial the refresh is due in the middle of what is left, on the terms of the agent in use', (t) => {
  const gre = { ...overlapping, terms: { ...terms, encapsulation: 'gre' as const } }
  const able = { ...a2, flags: { ...a2.flags, gre: true } }
  const tried = run(atA1, hear(able), now, gre)
  t.is(planIn(tried)?.terms.encapsulation, 'gre')
  const stayed = run(tried.next, reply(66), now + 1000, gre).next
  t.is(stayed.terms?.encapsulation, 'ipip')
  t.is(stayed.deadlines.refresh, now + 500_500)
  t.is(stayed.deadlines['agent-silence'], now + 3000)
  t.is(stayed.deadlines.retransmission, undefined)
})
