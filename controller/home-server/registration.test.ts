import test from 'ava'
import { pino } from 'pino'
import { isSuccess } from '#diameter/handler.ts'
import { decodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { deriveKey } from '#wire/mobile-ip/key-distribution.ts'
import { mn1, mn2 } from '../database/database-fixture.ts'
import type { Wish } from './test-domain/fake-foreign-agent.ts'
import { acctMultiSessionId, FakeHomeAgent, registrationReply } from './test-domain/fake-home-agent.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { keys } from './test-domain/mobile-node-keys.ts'
import { until } from './test-domain/until.ts'

const gold = {
  name: 'gold',
  revision: 1,
  downlink: { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 20e6, priority: 1 },
}

test('a node is authenticated, registered at its home agent and granted its profile', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  const answer = await fa1.register()
  if (!isSuccess(answer)) return t.fail(JSON.stringify(answer.avps))
  t.deepEqual(answer.avps['MIP-Reg-Reply'], registrationReply)
  t.deepEqual(decodeServiceProfile(answer.avps), gold)
  t.like(answer.avps, {
    'MIP-Mobile-Node-Address': '192.0.2.12',
    'MIP-Home-Agent-Address': '192.0.2.1',
    'Authorization-Lifetime': 7200,
    'Acct-Interim-Interval': 2,
    'Acct-Multi-Session-Id': acctMultiSessionId,
    'Auth-Session-State': 0,
  })

  const [har] = homeAgent.registrations
  if (!har) return t.fail('the home agent was not asked')
  t.deepEqual(decodeServiceProfile(har), gold)
  t.not(har['Session-Id'], fa1.sessionId)
  const nonce = har['MIP-MN-to-HA-MSA']?.['MIP-Nonce'] ?? Buffer.alloc(0)
  t.true(nonce.length >= 16)
  const key = deriveKey(keys.get(mn2) ?? Buffer.alloc(0), nonce, mn2)
  t.deepEqual(
    har['MIP-HA-to-MN-MSA']?.['MIP-Session-Key'],
    key,
    'the node derives the same key from the nonce',
  )

  const detail = await operator.subscriber(mn2)
  t.like(detail.nodes, { 'ha.home.example': { revision: 1 }, 'fa1.a.example': { revision: null } })
  t.like(detail.session, {
    homeAgent: { identity: 'ha.home.example' },
    foreignAgent: { identity: 'fa1.a.example', careOfAddress: '10.1.1.2' },
  })
})

test('an unknown name and a wrong authenticator cannot be told apart, except in the log', async (t) => {
  const lines: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => lines.push(line) })
  const { homeAgent, fa1 } = await homeDomain(t, log)
  const wrongKey = await fa1.register({ key: Buffer.alloc(16, 1) })
  const unknown = await fa1.register({ nai: 'nobody@home.example' })
  for (const { avps } of [wrongKey, unknown])
    t.like(avps, {
      'Result-Code': 4001,
      'Error-Message': 'authentication failed',
      'MIP-Reg-Reply': undefined,
    })
  t.deepEqual(Object.keys(wrongKey.avps).sort(), Object.keys(unknown.avps).sort())
  t.deepEqual(
    lines
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'authentication-rejected')
      .map(({ level, nai, reason }) => [level, nai, reason]),
    [
      [40, mn2, 'the MN-AAA authenticator is wrong'],
      [40, 'nobody@home.example', 'there is no such subscriber'],
    ],
  )
  t.is(homeAgent.registrations.length, 0)
})

const challenge = Buffer.from('a challenge of the foreign agent')

const refused: [what: string, code: number, wish: Wish][] = [
  [
    'a request that was changed on the way',
    4001,
    { forge: (bytes) => Buffer.concat([bytes.subarray(0, 3), Buffer.of(9), bytes.subarray(4)]) },
  ],
  ['a request that was cut off', 4001, { forge: (bytes) => bytes.subarray(0, -1) }],
  ['bytes that are no registration', 4001, { forge: () => Buffer.from('garbage') }],
  ['a request without authenticator', 4001, { forge: (bytes) => bytes.subarray(0, -24) }],
  ['another SPI', 4001, { spi: 4101 }],
  [
    'another SPI beside the request than in it',
    4001,
    {
      avps: {
        'MIP-MN-AAA-Auth': {
          'MIP-MN-AAA-SPI': 1,
          'MIP-Auth-Input-Data-Length': 0,
          'MIP-Authenticator-Length': 0,
          'MIP-Authenticator-Offset': 0,
        },
      },
    },
  ],
  ['the request of another subscriber', 4001, { nai: mn1, avps: { 'User-Name': mn2 } }],
  ["another subscriber's home address", 5003, { homeAddress: '192.0.2.11' }],
  ['another home address beside the request', 5003, { avps: { 'MIP-Mobile-Node-Address': '192.0.2.11' } }],
  ['another answer to the challenge', 4001, { challenge, key: Buffer.alloc(16, 1) }],
  [
    'a challenge that is not that of the foreign agent',
    4001,
    { challenge, avps: { 'MIP-FA-Challenge': Buffer.alloc(16) } },
  ],
  [
    'the manner of CHAP without a challenge',
    4001,
    { challenge, avps: { 'MIP-FA-Challenge': Buffer.alloc(0) } },
  ],
  [
    'another challenge beside the request than in it',
    4001,
    { extensions: [{ kind: 'challenge', challenge }], avps: { 'MIP-FA-Challenge': Buffer.alloc(16) } },
  ],
  ['a home agent that is not ours', 4006, { homeAgent: '198.51.100.1' }],
  ['another home agent beside the request', 4006, { avps: { 'MIP-Home-Agent-Address': '198.51.100.1' } }],
]
test('what does not fit the subscriber is refused before the home agent hears of it', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  for (const [what, code, wish] of refused) t.is((await fa1.register(wish)).avps['Result-Code'], code, what)
  t.is(homeAgent.registrations.length, 0)
})

test('a node may answer a challenge in the manner of CHAP, also one that is longer than RADIUS carries', async (t) => {
  const { fa1 } = await homeDomain(t)
  for (const each of [challenge, Buffer.alloc(250, 7)])
    t.is((await fa1.register({ challenge: each })).avps['Result-Code'], 2001)
})

test('a node without home address and home agent is given its own', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  const answer = await fa1.register({ homeAddress: '0.0.0.0', homeAgent: '0.0.0.0' })
  t.like(answer.avps, { 'Result-Code': 2001, 'MIP-Mobile-Node-Address': '192.0.2.12' })
  t.like(homeAgent.registrations[0], {
    'MIP-Mobile-Node-Address': '192.0.2.12',
    'MIP-Home-Agent-Address': '192.0.2.1',
  })
})

const replyOfDenial = Buffer.from('code 133')
const failures: [what: string, code: number, denial: FakeHomeAgent['denial']][] = [
  ['a denial', 4005, { 'Result-Code': 4005, 'MIP-Reg-Reply': replyOfDenial }],
  ['a key that it cannot use', 4007, { 'Result-Code': 4007 }],
  ['filters that it cannot set', 4008, { 'Result-Code': 4008 }],
  ['a kernel that refuses', 5012, { 'Result-Code': 5012 }],
  ['a fault on the way to it', 4006, { 'Result-Code': 3004 }],
  ['a reason that nobody knows', 5999, { 'Result-Code': 5999 }],
]
test('what the home agent says reaches the foreign agent, and no session stays', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  for (const [what, code, denial] of failures) {
    homeAgent.denial = denial
    const { avps } = await fa1.register()
    t.is(avps['Result-Code'], code, what)
    t.deepEqual(avps['MIP-Reg-Reply'], denial?.['MIP-Reg-Reply'], what)
  }
  t.is((await operator.subscriber(mn2)).session, null)
})

const unusable: [what: string, change: FakeHomeAgent['change']][] = [
  ['without a reply', ({ 'MIP-Reg-Reply': _, ...answer }) => answer],
  ['with another home address', (answer) => ({ ...answer, 'MIP-Mobile-Node-Address': '192.0.2.99' })],
]
test('a success that cannot be true is none', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  for (const [what, change] of unusable) {
    homeAgent.change = change
    t.is((await fa1.register()).avps['Result-Code'], 5012, what)
  }
  t.is((await operator.subscriber(mn2)).session, null)
})

test('nodes are spread over the home agents that are there, unless they wish for one', async (t) => {
  const homeAgents = ['ha', 'ha2'].map((name, index) => ({
    identity: `${name}.home.example`,
    address: `192.0.2.${index + 1}`,
  }))
  const { homeAgent, fa1, join } = await homeDomain(t, undefined, { homeServer: { homeAgents } })
  const second = new FakeHomeAgent(await join('ha2.home.example'), '192.0.2.2')
  await fa1.register({ homeAgent: '0.0.0.0' })
  await fa1.register({ nai: mn1, homeAgent: '0.0.0.0' })
  t.deepEqual([homeAgent.registrations.length, second.registrations.length], [1, 1])
  await second.terminate(1)
  await homeAgent.terminate(1)
  const wish = { kind: 'requested-home-agent', homeAgent: '192.0.2.2' } as const
  await fa1.register({ homeAgent: '0.0.0.0', extensions: [wish] })
  t.deepEqual([homeAgent.registrations.length, second.registrations.length], [1, 2])
})

test('a home agent that is away is said to be', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  await homeAgent.node.stop()
  t.is((await fa1.register()).avps['Result-Code'], 4006)
})

test('a session of another subscriber cannot be taken over by its Session-Id', async (t) => {
  const { homeAgent, fa1, fa2, operator } = await homeDomain(t)
  await fa1.register()
  const [har] = homeAgent.registrations
  t.is((await fa1.register({ nai: mn1, sessionId: fa1.sessionId })).avps['Result-Code'], 5003)
  t.is((await fa2.register({ sessionId: fa1.sessionId })).avps['Result-Code'], 5003)
  t.is((await fa2.register({ sessionId: har?.['Session-Id'] ?? '' })).avps['Result-Code'], 5003)
  t.like((await operator.subscriber(mn2)).session, { foreignAgent: { identity: 'fa1.a.example' } })
})

test('a move keeps the home agent session, and the previous foreign agent is told to let go', async (t) => {
  const { homeAgent, fa1, fa2, operator } = await homeDomain(t)
  await fa1.register()
  await fa1.account(0n)
  await fa2.register()
  t.is(homeAgent.registrations[0]?.['Session-Id'], homeAgent.registrations[1]?.['Session-Id'])
  const [abort] = await until('fa1 is told', () => fa1.aborts.length > 0 && fa1.aborts)
  t.like(abort, { 'Session-Id': fa1.sessionId, 'User-Name': mn2, 'Destination-Host': 'fa1.a.example' })
  t.is((await fa1.account(1000n)).avps['Result-Code'], 2001, 'the stop record of the visit still counts')
  t.is((await fa1.terminate(7)).avps['Result-Code'], 2001)
  t.deepEqual(fa2.aborts, [])
  t.like(await operator.subscriber(mn2), {
    session: { foreignAgent: { identity: 'fa2.a.example' }, usage: { downlinkBytes: 1000 } },
  })
})

test('a home agent that ends its session ends everything; foreign agents may not end what is not theirs', async (t) => {
  const { homeAgent, fa1, fa2, operator } = await homeDomain(t)
  await fa1.register()
  fa2.sessionId = fa1.sessionId
  t.is((await fa2.terminate(1)).avps['Result-Code'], 5002)
  t.is((await homeAgent.terminate(1)).avps['Result-Code'], 2001)
  t.is((await operator.subscriber(mn2)).session, null)
  t.is((await fa1.terminate(1)).avps['Result-Code'], 2001)
  t.deepEqual(fa1.aborts, [], 'it ended its session itself, in time')
})

test('a foreign agent that does not end its session by itself is told to', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  await fa1.register()
  await homeAgent.terminate(1)
  await until('fa1 is told', () => fa1.aborts.length > 0)
  t.is(fa1.aborts.length, 1)
})

test('sessions outlive a restart of the home server', async (t) => {
  const { homeAgent, fa1, operator, restart } = await homeDomain(t)
  await fa1.register()
  await restart()
  t.like((await operator.subscriber(mn2)).session, { foreignAgent: { identity: 'fa1.a.example' } })
  await until(
    'the home server is reached again',
    async () => (await fa1.register()).avps['Result-Code'] === 2001,
  )
  t.is(homeAgent.registrations[0]?.['Session-Id'], homeAgent.registrations.at(-1)?.['Session-Id'])
})
