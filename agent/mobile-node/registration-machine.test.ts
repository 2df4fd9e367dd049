import test from 'ava'
import { type EventKind, initialState, type Phase, phases } from './registration-state.ts'
import {
  a1,
  a2,
  accept,
  atA1,
  describe,
  direct,
  events,
  farewell,
  hear,
  now,
  outstanding,
  reply,
  run,
  states,
  story,
  toA1,
  toA2,
} from './sample.ts'

/** What each event does in each phase; what is not listed changes nothing. The agent that is heard is not the known one. */
const expected: Record<Phase, Partial<Record<EventKind, string>>> = {
  searching: {
    start: 'searching, solicit',
    'carrier-lost': 'searching (moved)',
    'carrier-found': 'searching (moved), solicit',
    'address-found': `registering, ${direct} by mn-aaa`,
    advertisement: `registering, ${toA2} by mn-aaa`,
    'solicitation-due': 'searching, solicit',
    'registration-over': 'searching, detach',
    stop: 'ended, detach, end without-binding',
  },
  registering: {
    'carrier-lost': 'registering (moved)',
    'carrier-found': 'registering (moved), solicit',
    'address-found': `registering, ${direct} by mn-aaa`,
    'address-lost': 'searching',
    reply: 'registered, attach 10.1.101.1',
    'solicitation-due': 'registering, solicit',
    'retransmission-due': `registering, ${toA1} by mn-aaa`,
    'registration-over': 'registering, detach',
    'agent-silent': 'searching (moved), solicit',
    stop: 'ended, detach, end without-binding',
  },
  registered: {
    'carrier-lost': 'registered (moved)',
    'carrier-found': 'registered (moved), solicit',
    'address-found': `refreshing, ${direct} by mn-ha`,
    'address-lost': 'searching',
    'solicitation-due': 'registered, solicit',
    'refresh-due': `refreshing, ${toA1} by mn-ha`,
    'registration-over': `registering, detach, ${toA1} by mn-aaa`,
    'agent-silent': 'registered (moved), solicit',
    stop: farewell,
  },
  refreshing: {
    'carrier-lost': 'refreshing (moved)',
    'carrier-found': 'refreshing (moved), solicit',
    'address-found': `refreshing, ${direct} by mn-ha`,
    'address-lost': 'searching',
    reply: 'registered, attach 10.1.101.1',
    'solicitation-due': 'refreshing, solicit',
    'retransmission-due': `refreshing, ${toA1} by mn-ha`,
    'registration-over': `registering, detach, ${toA1} by mn-aaa`,
    'agent-silent': 'refreshing (moved), solicit',
    stop: farewell,
  },
  returning: {
    'carrier-lost': 'returning (moved)',
    'carrier-found': 'returning (moved), solicit',
    reply: 'at-home, attach 192.0.2.1',
    'solicitation-due': 'returning, solicit',
    'retransmission-due': 'returning, register 192.0.2.11 for 0 by mn-ha',
    'registration-over': 'at-home',
    'agent-silent': 'returning (moved), solicit',
    stop: 'ended, detach, end unconfirmed',
  },
  'at-home': {
    'carrier-lost': 'at-home (moved)',
    'carrier-found': 'at-home (moved), solicit',
    'solicitation-due': 'at-home, solicit',
    'registration-over': 'at-home',
    'agent-silent': 'at-home (moved), solicit',
    stop: 'ended, detach, end without-binding',
  },
  deregistering: {
    reply: 'ended, detach, end deregistered',
    'retransmission-due': farewell,
  },
  ended: {},
}

for (const phase of phases)
  for (const event of Object.values(events))
    test(`${phase}: ${event.kind}`, (t) => {
      t.is(describe(run(states[phase], event)), expected[phase][event.kind] ?? phase)
    })

test('a node that starts registers with the first agent, and by the key of its home agent afterwards', (t) => {
  t.deepEqual(
    story(initialState, [events.start], [hear(a1)], [accept], [events['refresh-due'], 500], [accept, 500.1]),
    [
      'searching, solicit',
      `registering, ${toA1} by mn-aaa`,
      'registered, attach 10.1.101.1',
      `refreshing, ${toA1} by mn-ha`,
      'registered, attach 10.1.101.1',
    ],
  )
})

test('after a carrier change a new agent is taken at once, and the binding is kept until the new one stands', (t) => {
  t.deepEqual(
    story(states.registered, [events['carrier-lost']], [events['carrier-found']], [hear(a2)], [accept]),
    [
      'registered (moved)',
      'registered (moved), solicit',
      `registering, ${toA2} by mn-aaa`,
      'registered, attach 10.1.102.1',
    ],
  )
  const moving = run(run(states.registered, events['carrier-found']).next, hear(a2)).next
  t.is(moving.boundTo, atA1)
})

test('after a carrier change the same agent keeps the registration', (t) => {
  t.deepEqual(story(states.registered, [events['carrier-found']], [hear(a1)], [hear(a2)]), [
    'registered (moved), solicit',
    'registered',
    'registered',
  ])
})

test('a request that went out before the carrier change goes out again to the same agent', (t) => {
  t.deepEqual(story(states.registering, [events['carrier-found']], [hear(a1)]), [
    'registering (moved), solicit',
    `registering, ${toA1} by mn-aaa`,
  ])
})

test('another agent on the link is left alone until the own one falls silent', (t) => {
  t.deepEqual(story(states.registered, [hear(a2)], [events['agent-silent'], 2]), [
    'registered',
    `registering, ${toA2} by mn-aaa`,
  ])
})

test('one that is not heard any more is searched for', (t) => {
  t.deepEqual(story(states.registered, [hear(a2)], [events['agent-silent'], 3]), [
    'registered',
    'registered (moved), solicit',
  ])
})

test('an agent that has restarted is registered with again', (t) => {
  t.is(describe(run(states.registered, hear({ ...a1, sequence: 0 }))), `registering, ${toA1} by mn-aaa`)
  const wrapped = { ...states.registered, point: { ...atA1, agent: { ...a1, sequence: 0xffff } } }
  t.is(describe(run(wrapped, hear({ ...a1, sequence: 256 }))), 'registered')
})

test('a busy agent is not asked', (t) => {
  t.is(describe(run(initialState, hear({ ...a1, flags: { ...a1.flags, busy: true } }))), 'searching')
})

test('an advertisement sets when its agent counts as silent', (t) => {
  t.is(run(states.registered, hear(a1)).next.deadlines['agent-silence'], now + 3000)
  t.is(run(initialState, hear(a1)).next.deadlines['agent-silence'], now + 3000)
})

test('a deadline that has passed is not reported twice', (t) => {
  const waiting = { ...states.registered, deadlines: { 'agent-silence': now } }
  t.false('agent-silence' in run(waiting, events['agent-silent']).next.deadlines)
})

test('retransmissions wait twice as long each time, a second at first', (t) => {
  let state = run(initialState, hear(a1)).next
  const waits: number[] = []
  for (let at = now; waits.length < 6; ) {
    const due = state.deadlines.retransmission ?? 0
    waits.push(due - at)
    at = due
    state = run(state, events['retransmission-due'], at).next
  }
  t.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 32_000])
})

test('the wait for a retransmission is never longer than the lifetime', (t) => {
  const late = {
    ...states.registering,
    outstanding: { ...outstanding, proof: 'mn-aaa' as const, attempt: 20 },
  }
  t.is(run(late, events['retransmission-due']).next.deadlines.retransmission, now + 1_000_000)
})

test('code 133 sets the clock once, then the wait goes on', (t) => {
  t.deepEqual(story(states.registering, [reply(133)], [reply(133)]), [
    `registering, resynchronise, ${toA1} by mn-aaa`,
    'registering',
  ])
})

test('code 69 asks again for what the agent allows', (t) => {
  t.is(describe(run(states.registering, reply(69, 60))), 'registering, register 10.1.1.2 for 60 by mn-aaa')
  t.is(describe(run(states.registering, reply(69, 0))), 'registering')
})

test('the agent’s longest registration is not exceeded', (t) => {
  const taken = run(initialState, hear({ ...a1, registrationLifetimeSeconds: 90 }))
  t.is(describe(taken), 'registering, register 10.1.1.2 for 90 by mn-aaa')
})

test('a denied refresh goes to the home server at once, a denied registration waits for its retransmission', (t) => {
  t.is(describe(run(states.refreshing, reply(65))), `registering, ${toA1} by mn-aaa`)
  t.is(describe(run(states.registering, reply(67))), 'registering')
})

test('a refresh that stays unanswered goes to the home server', (t) => {
  const due = events['retransmission-due']
  t.deepEqual(story(states.refreshing, [due, 1], [due, 3], [due, 7]), [
    `refreshing, ${toA1} by mn-ha`,
    `refreshing, ${toA1} by mn-ha`,
    `registering, ${toA1} by mn-aaa`,
  ])
})

test('a key that ends soon is not used for a refresh', (t) => {
  const ending = { ...states.registered, keyUntilMilliseconds: now + 499_000 }
  t.is(describe(run(ending, events['refresh-due'])), `registering, ${toA1} by mn-aaa`)
})

test('the lifetime counts from the sending of the request', (t) => {
  const { next } = run(states.registering, reply(0, 600), now + 400)
  t.is(next.deadlines.refresh, now + 300_000)
  t.is(next.deadlines['registration-end'], now + 600_000)
  t.false('retransmission' in next.deadlines)
})

test('a lifetime of zero is no registration', (t) => {
  t.is(describe(run(states.registering, reply(0, 0))), 'registering')
})

test('a deregistration is tried twice, a second each', (t) => {
  const stopped = run(states.registered, events.stop)
  t.is(stopped.next.deadlines.retransmission, now + 1000)
  const due = events['retransmission-due']
  t.deepEqual(story(stopped.next, [due, 1], [due, 3]), [farewell, 'ended, detach, end unconfirmed'])
})

test('a deregistration in the middle of a move takes all bindings back', (t) => {
  const moving = run({ ...states.registered, moved: true }, hear(a2)).next
  t.is(describe(run(moving, events.stop)), 'deregistering, register 192.0.2.11 for 0 by mn-ha')
})

test('a deregistration follows the home agent’s clock once', (t) => {
  t.deepEqual(story(states.deregistering, [reply(133)], [reply(133)]), [
    'deregistering, resynchronise, register 10.1.1.2 for 0 by mn-ha',
    'ended, detach, end unconfirmed',
  ])
})

test('without a key the binding cannot be taken back', (t) => {
  const keyless = { ...states.registered, keyUntilMilliseconds: undefined }
  t.is(describe(run(keyless, events.stop)), 'ended, detach, end unconfirmed')
})
