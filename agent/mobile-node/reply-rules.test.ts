import test from 'ava'
import { isAccepted, replyCodes } from '#wire/mobile-ip/reply-code.ts'
import { initialState, type NodeSettings } from './registration-state.ts'
import { type Reaction, reactionTo } from './reply-reaction.ts'
import {
  a1,
  a2,
  accepted,
  describe,
  direct,
  events,
  hear,
  now,
  planIn,
  reply,
  run,
  settings,
  states,
  story,
  toA1,
  toA2,
} from './sample.ts'

const denials = Object.keys(replyCodes)
  .map(Number)
  .filter((code) => !isAccepted(code))
/** What a registration by the home server, and a refresh by the home agent's key, make of each reaction without more to go by. */
const outcomes: Record<Reaction, [registering: string, refreshing: string]> = {
  wait: ['registering', 'refreshing'],
  'ask-home-server': ['registering', `registering, ${toA1} by mn-aaa`],
  'other-agent': ['registering', 'refreshing'],
  search: ['searching (moved), solicit', 'searching (moved), solicit'],
  'shorter-lifetime': ['registering', 'refreshing'],
  'direct-delivery': ['registering', 'refreshing'],
  'plain-encapsulation': ['registering', 'refreshing'],
  'sole-binding': ['registering', 'refreshing'],
  'reverse-tunnel': [`registering, ${toA1} by mn-aaa`, `refreshing, ${toA1} by mn-ha`],
  'no-udp-tunnel': ['registering', 'refreshing'],
  'new-challenge': ['registering, solicit', 'refreshing, solicit'],
  resynchronise: [
    `registering, resynchronise, ${toA1} by mn-aaa`,
    `refreshing, resynchronise, ${toA1} by mn-ha`,
  ],
  'other-home-agent': [`registering, ${toA1} by mn-aaa`, `refreshing, ${toA1} by mn-ha`],
}

for (const code of denials)
  test(`code ${code}: ${reactionTo(code)}`, (t) => {
    const [registering, refreshing] = outcomes[reactionTo(code)]
    const more = { redirectedTo: '192.0.2.3', homeAgent: '192.0.2.2' }
    t.is(describe(run(states.registering, reply(code, 0, undefined, more))), registering)
    t.is(describe(run(states.refreshing, reply(code, 0, undefined, more))), refreshing)
  })

test('a code that nobody has assigned waits', (t) => {
  for (const code of [9, 63, 110, 127, 145, 193, 255])
    t.is(describe(run(states.registering, reply(code))), 'registering')
})

test('the same denial is met once, and again after the wait for the retransmission', (t) => {
  const challenge = Buffer.of(1, 2, 3, 4)
  const stale = reply(106, 0, undefined, { challenge })
  t.deepEqual(story(states.registering, [stale], [stale], [events['retransmission-due'], 2], [stale, 2]), [
    `registering, ${toA1} by mn-aaa`,
    'registering',
    `registering, ${toA1} by mn-aaa`,
    `registering, ${toA1} by mn-aaa`,
  ])
})

test('the challenge of the last advertisement or reply goes into the next request', (t) => {
  const [first, second, third] = [Buffer.from('first'), Buffer.from('second'), Buffer.from('third')]
  const taken = run(initialState, hear({ ...a1, challenge: first }))
  t.is(planIn(taken)?.challenge, first)
  t.true(planIn(taken)?.asksForForeignKey)
  const heard = run(taken.next, hear({ ...a1, challenge: second })).next
  const again = run(heard, events['retransmission-due'])
  t.is(planIn(again)?.challenge, second)
  t.is(planIn(run(again.next, reply(104, 0, undefined, { challenge: third })))?.challenge, third)
})

test('where the agent challenges, a refresh needs a key with it or goes to the home server', (t) => {
  const challenged = { ...states.registered, challenge: Buffer.of(1, 2, 3, 4) }
  t.is(describe(run(challenged, events['refresh-due'])), `registering, ${toA1} by mn-aaa`)
  const keyed = { ...challenged, foreignKeyUntilMilliseconds: now + 1000 }
  const refreshed = run(keyed, events['refresh-due'])
  t.is(describe(refreshed), `refreshing, ${toA1} by mn-ha`)
  t.true(planIn(refreshed)?.usesForeignKey)
})

test('a key with the foreign agent is that agent’s only, and forgotten when the agent refuses it', (t) => {
  const keyed = { ...states.refreshing, foreignKeyUntilMilliseconds: now + 1000 }
  t.false(planIn(run(keyed, reply(67)))?.usesForeignKey)
  t.false(planIn(run({ ...keyed, moved: true }, hear(a2)))?.usesForeignKey)
  t.false(planIn(run(keyed, hear({ ...a1, sequence: 0 })))?.usesForeignKey)
})

test('a registration by the home server is proven with the agent’s key and asks for a new one, until it stays unanswered', (t) => {
  const keyed = {
    ...states.registered,
    foreignKeyUntilMilliseconds: now + 900_000,
    keyUntilMilliseconds: now,
  }
  const asked = run(keyed, events['refresh-due'])
  t.like(planIn(asked), { proof: 'mn-aaa', usesForeignKey: true, asksForForeignKey: true })
  t.like(planIn(run(asked.next, events['retransmission-due'])), { usesForeignKey: false })
})

test('an agent that cannot serve the node is left for another one, and not gone back to', (t) => {
  const both = run(states.registering, hear(a2)).next
  t.deepEqual(story(both, [reply(66)], [hear(a1)], [reply(66)]), [
    `registering, ${toA2} by mn-aaa`,
    'registering',
    'registering',
  ])
})

const wish = (terms: Partial<NodeSettings['terms']>, more: Partial<NodeSettings> = {}): NodeSettings => ({
  ...settings,
  ...more,
  terms: { ...settings.terms, ...terms },
})
const able = { ...a1, flags: { ...a1.flags, gre: true, reverseTunnelling: true } }

test('an encapsulation that is not to be had is given up for IP in IP', (t) => {
  const wishes = wish({ encapsulation: 'gre' })
  const asked = run(initialState, hear(able), now, wishes)
  t.is(planIn(asked)?.terms.encapsulation, 'gre')
  t.is(planIn(run(asked.next, reply(139), now, wishes))?.terms.encapsulation, 'ipip')
  t.is(planIn(run(initialState, hear(a1), now, wishes))?.terms.encapsulation, 'ipip', 'it is not advertised')
})

test('an encapsulating delivery that is not to be had is given up for the direct one', (t) => {
  const wishes = wish({ reverseTunnel: 'encapsulating' })
  const asked = run(initialState, hear(able), now, wishes)
  t.is(planIn(asked)?.terms.reverseTunnel, 'encapsulating')
  t.is(planIn(run(asked.next, reply(79), now, wishes))?.terms.reverseTunnel, 'direct')
})

test('a reverse tunnel that is mandatory is asked for', (t) => {
  for (const code of [75, 138])
    t.is(planIn(run(states.registering, reply(code)))?.terms.reverseTunnel, 'direct')
})

test('a UDP tunnel that is declined or unavailable is gone without; one that is granted cannot be carried', (t) => {
  const wishes = wish({ udpTunnel: true }, { coLocated: true })
  const asked = run(initialState, events['address-found'], now, wishes)
  t.true(planIn(asked)?.terms.udpTunnel)
  t.false(planIn(run(asked.next, reply(142), now, wishes))?.terms.udpTunnel)
  t.is(describe(run(asked.next, reply(0, 600), now, wishes)), 'registered, attach directly')
  const granted = run(asked.next, reply(0, 600, 3600, { udpTunnel: true }), now, wishes)
  t.is(describe(granted), `registering, ${direct} by mn-aaa`)
  t.false(planIn(granted)?.terms.udpTunnel)
})

test('what is allocated is taken from the reply and kept for the next requests, until the binding is lost', (t) => {
  const anyone = {
    ...settings,
    homeAddress: '0.0.0.0',
    homeAgent: '255.255.255.255',
    requestedHomeAgent: '192.0.2.7',
  }
  const asked = run(initialState, hear(a1), now, anyone)
  const home = (of: typeof asked) => {
    const plan = planIn(of)
    return [plan?.homeAddress, plan?.homeAgent, plan?.requestedHomeAgent]
  }
  t.deepEqual(home(asked), ['0.0.0.0', '255.255.255.255', '192.0.2.7'])
  const given = reply(0, 600, 3600, { homeAddress: '192.0.2.50', homeAgent: '192.0.2.7' })
  const bound = run(asked.next, given, now, anyone)
  const attach = bound.actions.find((action) => action.kind === 'attach')
  t.is(attach?.way.homeAddress, '192.0.2.50')
  t.deepEqual(home(run(bound.next, events['refresh-due'], now, anyone)), [
    '192.0.2.50',
    '192.0.2.7',
    undefined,
  ])
  const lost = run(bound.next, events['registration-over'], now, anyone)
  t.deepEqual(home(lost), ['0.0.0.0', '255.255.255.255', '192.0.2.7'])
})

test('an unknown home agent address is put right by the one of the reply', (t) => {
  const named = reply(136, 0, undefined, { homeAgent: '192.0.2.2' })
  t.is(planIn(run(states.registering, named))?.homeAgent, '192.0.2.2')
})

test('a redirection is followed once', (t) => {
  const redirected = (redirectedTo: string | undefined) => reply(143, 0, undefined, { redirectedTo })
  const followed = run(states.registering, redirected('192.0.2.3'))
  t.is(planIn(followed)?.homeAgent, '192.0.2.3')
  t.is(planIn(followed)?.requestedHomeAgent, '192.0.2.3')
  t.is(describe(run(followed.next, redirected('192.0.2.4'))), 'registering')
  t.is(describe(run(states.registering, redirected(undefined))), 'registering')
})

test('a denied return is asked again by the home server', (t) => {
  const denied = run(states.returning, reply(131))
  t.is(describe(denied), 'returning')
  t.is(
    describe(run(denied.next, events['retransmission-due'])),
    'returning, register 192.0.2.11 for 0 by mn-aaa',
  )
})

test('the key of the home agent for what is tunnelled to it is taken from the reply', (t) => {
  const { actions } = run(states.registering, { kind: 'reply', reply: { ...accepted, greKey: 77 } })
  const attach = actions.find((action) => action.kind === 'attach')
  t.is(attach?.way.greKeyToHomeAgent, 77)
})
