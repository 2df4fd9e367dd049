import test from 'ava'
import type { AnswerMessage } from '#wire/diameter/message.ts'
import { deriveKey } from '#wire/mobile-ip/key-distribution.ts'
import { mn2 } from '../database/database-fixture.ts'
import { FakeForeignAgent, type Wish } from './test-domain/fake-foreign-agent.ts'
import { homeAgentSpi } from './test-domain/fake-home-agent.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { keys } from './test-domain/mobile-node-keys.ts'

const [mnHa, mnFa, faHa] = [16, 32, 64]
const foreignAgentSpi = 7000
const mobileNodeSpi = 6000
const mnFaRequest = { kind: 'mn-fa-key-generation-request', mobileNodeSpi } as const
const wanted = (flags: number): Wish => ({
  extensions: [mnFaRequest],
  avps: { 'MIP-Feature-Vector': flags, 'MIP-HA-to-FA-SPI': foreignAgentSpi },
})
const keyOf = (nonce: Buffer | undefined): Buffer =>
  deriveKey(keys.get(mn2) ?? Buffer.alloc(0), nonce ?? Buffer.alloc(0), mn2)
const foreignAgentKeys = ({ avps }: AnswerMessage<'AA-Mobile-Node'>): string[] =>
  Object.keys(avps).filter((name) => name.endsWith('-MSA'))

test('each of the three pairs gets a key of its own, and the SPI that the receiver chose', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  const { avps: ama } = await fa1.register(wanted(mnHa | mnFa | faHa))
  t.is(ama['Result-Code'], 2001)
  const [har] = homeAgent.registrations
  if (!har) return t.fail('the home agent was not asked')

  const homeKey = har['MIP-HA-to-MN-MSA']?.['MIP-Session-Key']
  t.deepEqual(homeKey, keyOf(har['MIP-MN-to-HA-MSA']?.['MIP-Nonce']))
  const foreignKey = ama['MIP-FA-to-MN-MSA']?.['MIP-Session-Key']
  t.deepEqual(foreignKey, keyOf(har['MIP-MN-to-FA-MSA']?.['MIP-Nonce']), 'the node derives it from the nonce')
  t.notDeepEqual(foreignKey, homeKey)
  t.deepEqual(ama['MIP-FA-to-HA-MSA']?.['MIP-Session-Key'], har['MIP-HA-to-FA-MSA']?.['MIP-Session-Key'])
  t.is(ama['MIP-FA-to-HA-MSA']?.['MIP-Session-Key'].length, 20)

  t.is(ama['MIP-FA-to-MN-MSA']?.['MIP-FA-to-MN-SPI'], mobileNodeSpi)
  t.is(ama['MIP-FA-to-HA-MSA']?.['MIP-FA-to-HA-SPI'], homeAgentSpi)
  t.is(har['MIP-HA-to-FA-MSA']?.['MIP-HA-to-FA-SPI'], foreignAgentSpi)
  t.is(har['MIP-MN-to-FA-MSA']?.['MIP-HA-to-FA-SPI'], foreignAgentSpi)
  t.like(har, {
    'MIP-MN-to-HA-MSA': { 'MIP-Algorithm-Type': 2, 'MIP-Replay-Mode': 2 },
    'MIP-MSA-Lifetime': 7200,
  })
  t.like(ama, { 'MIP-FA-to-MN-MSA': { 'MIP-Algorithm-Type': 2 }, 'MIP-MSA-Lifetime': 7200 })
  t.deepEqual(foreignAgentKeys({ avps: ama } as AnswerMessage<'AA-Mobile-Node'>).sort(), [
    'MIP-FA-to-HA-MSA',
    'MIP-FA-to-MN-MSA',
  ])
})

test('keys are new with every registration', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  for (const _ of [1, 2]) await fa1.register(wanted(mnHa | mnFa | faHa))
  const [first, second] = homeAgent.registrations
  for (const name of ['MIP-HA-to-FA-MSA', 'MIP-HA-to-MN-MSA'] as const)
    t.notDeepEqual(first?.[name]?.['MIP-Session-Key'], second?.[name]?.['MIP-Session-Key'])
})

test('replay protection is by nonces where the home server is told so', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t, undefined, { homeServer: { replay: 'nonces' } })
  await fa1.register()
  const nonces = { 'MIP-Replay-Mode': 3 }
  t.like(homeAgent.registrations[0], { 'MIP-MN-to-HA-MSA': nonces, 'MIP-HA-to-MN-MSA': nonces })
})

test('only those who both want a key get one', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  t.deepEqual(foreignAgentKeys(await fa1.register(wanted(mnHa))), [], 'the foreign agent wants none')
  t.deepEqual(
    foreignAgentKeys(await fa1.register({ ...wanted(mnHa | mnFa), extensions: [] })),
    [],
    'the node wants none',
  )
  homeAgent.change = ({ 'MIP-FA-to-HA-SPI': _, ...answer }) => answer
  t.deepEqual(foreignAgentKeys(await fa1.register(wanted(mnHa | faHa))), [], 'the home agent wants none')
})

const refused: [what: string, code: number, avps: Wish['avps']][] = [
  ['no SPI for it', 5005, {}],
  ['a reserved SPI', 5004, { 'MIP-HA-to-FA-SPI': 255 }],
]
test('a key for the agents needs the SPI of the foreign agent', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  for (const [what, code, change] of refused) {
    const { avps } = await fa1.register({ avps: { 'MIP-Feature-Vector': faHa, ...change } })
    t.is(avps['Result-Code'], code, what)
    t.is(avps['Failed-AVP']?.unknown?.[0]?.code, 323, what)
  }
  t.is(homeAgent.registrations.length, 0)
})

test('where agents may not read keys, a foreign agent behind one gets none', async (t) => {
  const { join, homeAgent, fa1 } = await homeDomain(t, undefined, {
    homeServer: { keysThroughAgents: false },
  })
  const neighbour = new FakeForeignAgent(await join('fa.home.example'), '10.0.3.2')
  for (const flags of [mnFa, faHa]) {
    t.is((await fa1.register(wanted(flags))).avps['Result-Code'], 5025)
    t.is((await neighbour.register(wanted(flags))).avps['Result-Code'], 2001)
  }
  t.is((await fa1.register()).avps['Result-Code'], 2001, 'the key of the home agent does not go by one')
  await homeAgent.node.stop()
  t.is((await fa1.register()).avps['Result-Code'], 4006, 'and if there is another way, it does not go')
})

test('where agents may not read keys, neither does a home agent behind one get any', async (t) => {
  const homeAgents = [{ identity: 'ha.a.example', address: '10.1.0.5' }]
  const { join } = await homeDomain(t, undefined, { homeServer: { keysThroughAgents: false, homeAgents } })
  const asking = new FakeForeignAgent(await join('ha.a.example'), '203.0.113.5')
  const wish: Wish = { homeAgent: '10.1.0.5', avps: { 'MIP-Feature-Vector': mnHa | 256 } }
  t.is((await asking.register(wish)).avps['Result-Code'], 5025)
})
