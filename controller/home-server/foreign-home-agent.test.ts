import test from 'ava'
import { mn2, mn3 } from '../database/database-fixture.ts'
import type { Wish } from './test-domain/fake-foreign-agent.ts'
import { FakeHomeAgent } from './test-domain/fake-home-agent.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

const address = '10.1.0.5'
const assigned = '10.1.200.1'
const foreignServer = { homeAgents: [{ identity: 'ha.a.example', address }] }
const homeServer = { foreignHomeAgentRealms: ['A.example'] }

/** Neither home address nor home agent of its own: the foreign agent asks for both, and for the key. */
const wanderer: Wish = { nai: mn3, homeAgent: '0.0.0.0', avps: { 'MIP-Feature-Vector': 1 | 4 | 16 } }
/** Later it names what it was given. */
const settled: Wish = { nai: mn3, homeAgent: address, homeAddress: assigned }

test('the foreign server finds a home agent in its network, and the session stays there', async (t) => {
  const { join, homeAgent, fa1, fa2, operator } = await homeDomain(t, undefined, {
    homeServer,
    foreignServer,
  })
  const abroad = new FakeHomeAgent(await join('ha.a.example'), address, assigned)
  const answer = await fa1.register(wanderer)
  t.like(answer.avps, {
    'Result-Code': 2001,
    'MIP-Home-Agent-Address': address,
    'MIP-Mobile-Node-Address': assigned,
    'Origin-Host': 'aaah.home.example',
  })
  const [har] = abroad.registrations
  t.like(har, {
    'Origin-Host': 'aaah.home.example',
    'Destination-Host': 'ha.a.example',
    'MIP-Feature-Vector': 1 | 4 | 16 | 128,
    'MIP-Home-Agent-Address': address,
    'MIP-Mobile-Node-Address': undefined,
    'MIP-Candidate-Home-Agent-Host': 'ha.a.example',
    'MIP-Originating-Foreign-AAA': { 'Origin-Host': 'aaaf.a.example', 'Origin-Realm': 'a.example' },
    'Route-Record': ['aaah.home.example'],
  })
  t.truthy(har?.['MIP-HA-to-MN-MSA'])
  t.like(await operator.subscriber(mn3), {
    homeAddress: assigned,
    session: {
      homeAgent: { identity: 'ha.a.example', address },
      foreignAgent: { identity: 'fa1.a.example' },
    },
  })

  t.is((await fa2.register(settled)).avps['Result-Code'], 2001)
  t.like(abroad.registrations[1], { 'Session-Id': har?.['Session-Id'], 'MIP-Mobile-Node-Address': assigned })
  await until('fa1 is told', () => fa1.aborts.length > 0)
  await operator.setProfile(mn3, 'gold')
  t.deepEqual(
    [abroad.held?.name, fa2.held?.name],
    ['gold', 'gold'],
    'the profile reaches both through the foreign server',
  )

  t.is((await fa2.register({ ...settled, homeAddress: '10.1.200.2' })).avps['Result-Code'], 5003)
  t.is((await abroad.terminate(1)).avps['Result-Code'], 2001)
  t.is((await operator.subscriber(mn3)).session, null)
  t.is(homeAgent.registrations.length, 0)
})

const atHome: [what: string, homeServer: object, wish: Wish][] = [
  ['the foreign realm may not', {}, wanderer],
  [
    'the node wants one of its home realm',
    homeServer,
    { ...wanderer, avps: { 'MIP-Feature-Vector': 1 | 2 | 4 | 16 } },
  ],
  ['the node has a home address', homeServer, { ...wanderer, nai: mn2 }],
  ['the node does not ask for one', homeServer, { ...wanderer, avps: { 'MIP-Feature-Vector': 16 } }],
]
for (const [what, change, wish] of atHome)
  test(`at home, since ${what}`, async (t) => {
    const { join, homeAgent, fa1 } = await homeDomain(t, undefined, {
      homeServer: { homeAddressPool: '192.0.2.128/25', ...change },
      foreignServer,
    })
    const abroad = new FakeHomeAgent(await join('ha.a.example'), address, assigned)
    t.is((await fa1.register(wish)).avps['Result-Code'], 2001)
    t.deepEqual([homeAgent.registrations.length, abroad.registrations.length], [1, 0])
  })

/** What only a foreign server may say. */
const pretended = {
  'MIP-Feature-Vector': 4 | 8,
  'MIP-Originating-Foreign-AAA': { 'Origin-Host': 'aaaf.a.example', 'Origin-Realm': 'a.example' },
}
const refusals: [what: string, code: number, homeServer: object, foreignServer: object, wish: Wish][] = [
  ['the one it had is away', 4006, homeServer, foreignServer, settled],
  ['its realm may not', 5024, {}, foreignServer, settled],
  ['keys would go by an agent', 5025, { ...homeServer, keysThroughAgents: false }, foreignServer, settled],
  ['it is one that nobody has', 4006, homeServer, foreignServer, { ...settled, homeAgent: '10.1.0.6' }],
  ['a foreign agent pretends an offer', 5024, homeServer, {}, { ...wanderer, avps: pretended }],
]
for (const [what, code, homeServer, foreignServer, wish] of refusals)
  test(`no home agent in the foreign network: ${what}`, async (t) => {
    const { fa1, operator } = await homeDomain(t, undefined, { homeServer, foreignServer })
    t.is(
      (await fa1.register({ ...wish, ...(wish.nai && { homeAddress: '0.0.0.0' }) })).avps['Result-Code'],
      code,
    )
    t.is((await operator.subscriber(mn3)).session, null)
  })

test('what an agent says in the name of the foreign server is taken away', async (t) => {
  const { fa1, homeAgent } = await homeDomain(t, undefined, {
    homeServer: { ...homeServer, homeAddressPool: '192.0.2.128/25' },
    foreignServer,
  })
  t.is((await fa1.register({ ...wanderer, avps: pretended })).avps['Result-Code'], 2001)
  t.is(
    homeAgent.registrations[0]?.['MIP-Feature-Vector'],
    4,
    'its only home agent is away, so nothing is offered',
  )
})

test('a home agent that assigns no address has not served the node', async (t) => {
  const { join, fa1, operator } = await homeDomain(t, undefined, { homeServer, foreignServer })
  new FakeHomeAgent(await join('ha.a.example'), address)
  t.is((await fa1.register(wanderer)).avps['Result-Code'], 5012)
  t.is((await operator.subscriber(mn3)).session, null)
})
