import test from 'ava'
import { decodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { deriveKey } from '#wire/mobile-ip/key-distribution.ts'
import { mn2 } from '../database/database-fixture.ts'
import { FakeForeignAgent, type Wish } from './test-domain/fake-foreign-agent.ts'
import { acctMultiSessionId, FakeHomeAgent } from './test-domain/fake-home-agent.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { keys } from './test-domain/mobile-node-keys.ts'
import { until } from './test-domain/until.ts'

const colocated = (change: Wish['avps'] = {}): Wish => ({
  avps: { 'MIP-Feature-Vector': 16 | 256, ...change },
})

test('a home agent that asks for a node is told profile and keys, and nobody else is asked', async (t) => {
  const { homeAgent, operator } = await homeDomain(t)
  const asking = new FakeForeignAgent(homeAgent.node, '203.0.113.5')
  const { avps } = await asking.register(colocated({ 'Acct-Multi-Session-Id': 'multi' }))
  t.like(avps, {
    'Result-Code': 2001,
    'MIP-Reg-Reply': undefined,
    'MIP-Mobile-Node-Address': '192.0.2.12',
    'MIP-Home-Agent-Address': '192.0.2.1',
    'MIP-MSA-Lifetime': 7200,
    'Acct-Multi-Session-Id': 'multi',
  })
  t.is(decodeServiceProfile(avps)?.name, 'gold')
  const nonce = avps['MIP-MN-to-HA-MSA']?.['MIP-Nonce'] ?? Buffer.alloc(0)
  const key = deriveKey(keys.get(mn2) ?? Buffer.alloc(0), nonce, mn2)
  t.deepEqual(avps['MIP-HA-to-MN-MSA']?.['MIP-Session-Key'], key)
  t.is(homeAgent.registrations.length, 0)
  t.like((await operator.subscriber(mn2)).session, {
    homeAgent: { identity: 'ha.home.example' },
    foreignAgent: null,
  })
  await until(
    'what its kernel holds was asked for',
    async () => (await operator.subscriber(mn2)).state === 'applied',
  )
  t.is(asking.installs[0]?.['Bound-Auth-Session-Id'], asking.sessionId)

  await asking.account(0n)
  t.is((await asking.account(700n)).avps['Result-Code'], 2001)
  t.is((await operator.subscriber(mn2)).session?.usage.downlinkBytes, 700, 'nobody else can account')

  t.is((await asking.terminate(1)).avps['Result-Code'], 2001)
  t.is((await operator.subscriber(mn2)).session, null)
})

test('between a foreign agent and a care-of address of its own, a node keeps its session', async (t) => {
  const { homeAgent, fa1, fa2, operator } = await homeDomain(t)
  await fa1.register()
  await fa1.account(0n)
  await fa1.account(5000n)
  const before = (await operator.subscriber(mn2)).session?.startedAt
  const asking = new FakeForeignAgent(homeAgent.node, '203.0.113.5')
  const { avps } = await asking.register(colocated())
  t.is(avps['Acct-Multi-Session-Id'], acctMultiSessionId)
  await until('fa1 is told', () => fa1.aborts.length > 0)
  t.like((await operator.subscriber(mn2)).session, {
    startedAt: before,
    foreignAgent: null,
    usage: { downlinkBytes: 5000 },
  })

  await fa2.register()
  t.is(
    homeAgent.registrations.at(-1)?.['Session-Id'],
    asking.sessionId,
    'the session that the home agent knows',
  )
  t.like((await operator.subscriber(mn2)).session, {
    startedAt: before,
    foreignAgent: { identity: 'fa2.a.example' },
    usage: { downlinkBytes: 5000 },
  })
  t.is((await asking.account(0n)).avps['Result-Code'], 5002, 'now the foreign agent accounts')
})

test('a session that is over is not taken up again beside another', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  const asking = new FakeForeignAgent(homeAgent.node, '203.0.113.5')
  await asking.register(colocated())
  const { sessionId } = asking
  await asking.terminate(1)
  t.is(
    (await asking.register({ ...colocated(), sessionId })).avps['Result-Code'],
    2001,
    'without another it is',
  )
  await asking.terminate(1)
  await fa1.register()
  t.is((await asking.register({ ...colocated(), sessionId })).avps['Result-Code'], 5002)
})

test('nobody but its home agent asks for a node so', async (t) => {
  const { homeAgent, fa1, join } = await homeDomain(t)
  t.is((await fa1.register(colocated())).avps['Result-Code'], 5003)
  const other = new FakeHomeAgent(await join('ha2.home.example'), '192.0.2.2')
  const asking = new FakeForeignAgent(other.node, '203.0.113.5')
  t.is((await asking.register(colocated())).avps['Result-Code'], 5003)
  await fa1.register()
  const [har] = homeAgent.registrations
  const stolen = await asking.register({ ...colocated(), sessionId: har?.['Session-Id'] ?? '' })
  t.is(stolen.avps['Result-Code'], 5003)
})
