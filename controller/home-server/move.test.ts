import type { ExecutionContext } from 'ava'
import test from 'ava'
import { silentLog } from '#core/log.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { noRegistrationFlags } from '#wire/mobile-ip/registration-request.ts'
import { mn2 } from '../database/database-fixture.ts'
import { FakeForeignAgent } from './test-domain/fake-foreign-agent.ts'
import { type HomeDomain, homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

const forwardingSeconds = 0.2
const careOfAddress = { fa1: '10.1.1.2', fa2: '10.1.2.2', b: '10.2.1.2' }

/** A domain whose node is at fa1, and an agent of another realm. */
async function nodeAtFa1(
  t: ExecutionContext,
  handover: Partial<{ forwardingSeconds: number; provisionFirst: boolean }> = {},
): Promise<HomeDomain & { b: FakeForeignAgent }> {
  const homeServer = { handover: { forwardingSeconds, ...handover } }
  const domain = await homeDomain(t, silentLog, { homeServer })
  const b = new FakeForeignAgent(await domain.join('fa1.b.example'), careOfAddress.b)
  await domain.fa1.register()
  return { ...domain, b }
}

/** The agent where the subscriber is, as operators see it. */
async function place({ operator }: HomeDomain): Promise<string | undefined> {
  return (await operator.subscriber(mn2)).session?.foreignAgent?.identity
}

test('the new agent has set up the visit before the home agent hears of the move', async (t) => {
  const domain = await nodeAtFa1(t)
  const { fa1, fa2, homeAgent, operator } = domain
  t.deepEqual([fa1.installs.length, homeAgent.registrations.length], [0, 1], 'a first registration')
  const gate = Promise.withResolvers<void>()
  fa2.gate = gate.promise
  const moving = fa2.register()
  const install = await until('fa2 is asked', () => fa2.installs[0])
  t.like(install, {
    'Bound-Auth-Session-Id': fa2.sessionId,
    'MIP-Mobile-Node-Address': '192.0.2.12',
    'MIP-Home-Agent-Address': '192.0.2.1',
    'Service-Profile': { 'Profile-Name': 'gold' },
    'Previous-Visit': {
      'Session-Id': fa1.sessionId,
      'Destination-Realm': 'a.example',
      'Destination-Host': 'fa1.a.example',
      'Care-of-Address': careOfAddress.fa1,
      'Forwarding-Time': forwardingSeconds * 1000,
    },
  })
  t.is(homeAgent.registrations.length, 1)
  gate.resolve()
  t.is((await moving).avps['Result-Code'], 2001)
  t.is(homeAgent.registrations.length, 2)
  const { session } = await operator.subscriber(mn2)
  t.is(session?.foreignAgent?.identity, 'fa2.a.example')
  t.is(fa1.forwards.length, 0, 'agents of one realm order that themselves')
  await until('fa1 is released', () => fa1.aborts.length > 0)

  await fa2.register()
  await fa2.register({ lifetimeSeconds: 0 })
  t.is(fa2.installs.length, 1, 'neither for a renewal nor for a deregistration')
})

test('a move to another domain: the home server tells both agents', async (t) => {
  const { fa1, b, operator } = await nodeAtFa1(t)
  t.is((await b.register()).avps['Result-Code'], 2001)
  t.deepEqual(Object.keys(b.installs[0]?.['Previous-Visit'] ?? {}), ['Care-of-Address', 'Forwarding-Time'])
  t.like(await until('fa1 is told', () => fa1.forwards[0]), {
    'Origin-Host': 'aaah.home.example',
    'Bound-Auth-Session-Id': fa1.sessionId,
    'Next-Visit': { 'Care-of-Address': careOfAddress.b, 'Forwarding-Time': forwardingSeconds * 1000 },
  })
  t.is(fa1.aborts.length, 0, 'it has the time to forward')
  const { nodes } = await operator.subscriber(mn2)
  t.true((nodes['fa1.b.example']?.milliseconds ?? 0) > 0, 'what it has read back is known')
  await until('fa1 is released', () => fa1.aborts.length > 0)
})

test('a move within the home domain, where no server stands between the agents', async (t) => {
  const { join } = await nodeAtFa1(t)
  const one = new FakeForeignAgent(await join('fa.home.example'), '10.0.3.2')
  const other = new FakeForeignAgent(await join('ha2.home.example'), '10.0.3.3')
  await one.register()
  t.is((await other.register()).avps['Result-Code'], 2001)
  t.like(await until('the previous agent is told', () => one.forwards[0]), {
    'Bound-Auth-Session-Id': one.sessionId,
    'Next-Visit': { 'Care-of-Address': '10.0.3.3' },
  })
})

test('an order to forward that is lost is sent once more, and no oftener', async (t) => {
  const { fa1, b } = await nodeAtFa1(t, { forwardingSeconds: 2 })
  fa1.losesForwards = 2
  t.is((await b.register()).avps['Result-Code'], 2001, 'nothing waits for it')
  t.is(fa1.forwards.length, 1)
  await until('it is repeated', () => fa1.forwards.length === 2)
  await until('the visit is released all the same', () => fa1.aborts.length > 0)
  t.is(fa1.forwards.length, 2)
})

test('a previous agent that could not be told to release the visit is told again', async (t) => {
  const { fa1, b } = await nodeAtFa1(t)
  fa1.missesAborts = 1
  await b.register()
  const abort = await until('fa1 is told', () => fa1.aborts[0])
  t.is(abort['Session-Id'], fa1.sessionId)
})

for (const code of ['unableToComply', 'resourcesExceeded', 'authorizationRejected'] as const)
  test(`a new agent that cannot serve the node (${code}): the registration is refused, all stays`, async (t) => {
    const domain = await nodeAtFa1(t)
    const { fa1, fa2, homeAgent } = domain
    fa2.installResult = resultCode[code]
    const { avps } = await fa2.register()
    t.is(avps['Result-Code'], resultCode.resourcesExceeded)
    t.regex(avps['Error-Message'] ?? '', /fa2\.a\.example: as the test wants it/)
    t.is(homeAgent.registrations.length, 1)
    t.is(await place(domain), 'fa1.a.example')
    t.deepEqual([fa1.forwards, fa1.aborts], [[], []])
  })

for (const code of [
  'unknownSessionId',
  'commandUnsupported',
  'unableToDeliver',
  'applicationUnsupported',
] as const)
  test(`a new agent that does not know this (${code}) gets the profile with the answer, and nothing is forwarded`, async (t) => {
    const domain = await nodeAtFa1(t)
    const { fa1, b } = domain
    b.installResult = resultCode[code]
    t.like((await b.register()).avps, { 'Result-Code': 2001, 'Service-Profile': { 'Profile-Name': 'gold' } })
    t.is(await place(domain), 'fa1.b.example')
    await until('fa1 is released', () => fa1.aborts.length > 0)
    t.is(fa1.forwards.length, 0)
  })

test('a new agent that does not answer in time is not waited for', async (t) => {
  const domain = await nodeAtFa1(t)
  domain.fa2.gate = new Promise(() => {})
  t.is((await domain.fa2.register()).avps['Result-Code'], 2001)
  t.is(await place(domain), 'fa2.a.example')
})

test('the home agent denies after the preparations: the previous agent keeps the node', async (t) => {
  const domain = await nodeAtFa1(t)
  const { fa1, b, homeAgent } = domain
  homeAgent.denial = { 'Result-Code': resultCode.mipReplyFailure }
  t.is((await b.register()).avps['Result-Code'], resultCode.mipReplyFailure)
  await until('fa1 is told to stop', () => fa1.forwards.length === 2)
  t.deepEqual(
    fa1.forwards.map((order) => order['Next-Visit']?.['Forwarding-Time']),
    [forwardingSeconds * 1000, 0],
  )
  t.is(await place(domain), 'fa1.a.example')
  homeAgent.denial = undefined
  t.is((await b.register()).avps['Result-Code'], 2001)
  t.is(await place(domain), 'fa1.b.example')
})

test('back within the forwarding time: the last agent serves, and the others let go', async (t) => {
  const domain = await nodeAtFa1(t, { forwardingSeconds: 1 })
  const { fa1, fa2 } = domain
  await fa2.register()
  await fa1.register()
  t.like(fa1.installs[0], { 'Previous-Visit': { 'Session-Id': fa2.sessionId } })
  t.is(await place(domain), 'fa1.a.example')
  await until('fa2 is released', () => fa2.aborts.length > 0)
  t.deepEqual(
    fa2.aborts.map((abort) => abort['Session-Id']),
    [fa2.sessionId],
  )
})

test('two moves at once: one after the other, and one agent is left', async (t) => {
  const domain = await nodeAtFa1(t)
  const { fa1, fa2, b, homeAgent } = domain
  const answers = await Promise.all([fa2.register(), b.register()])
  t.deepEqual(
    answers.map(({ avps }) => avps['Result-Code']),
    [2001, 2001],
  )
  t.is(homeAgent.registrations.length, 3)
  const last = await place(domain)
  const [winner, loser] = last === 'fa1.b.example' ? [b, fa2] : [fa2, b]
  await until('the two others are released', () => fa1.aborts.length > 0 && loser.aborts.length > 0)
  t.is(winner.aborts.length, 0)
})

test('a request that comes twice is prepared for once', async (t) => {
  const domain = await nodeAtFa1(t)
  const { fa2 } = domain
  const gate = Promise.withResolvers<void>()
  fa2.gate = gate.promise
  const sessionId = fa2.node.sessionId()
  const answers = [fa2.register({ sessionId }), fa2.register({ sessionId })]
  await until('fa2 is asked', () => fa2.installs[0])
  gate.resolve()
  for (const { avps } of await Promise.all(answers)) t.is(avps['Result-Code'], 2001)
  t.is(fa2.installs.length, 1)
  t.is(await place(domain), 'fa2.a.example')
})

test('without forwarding, with simultaneous bindings and without preparations', async (t) => {
  const { fa1, fa2, b } = await nodeAtFa1(t, { forwardingSeconds: 0 })
  await b.register()
  t.deepEqual([b.installs.length, b.installs[0]?.['Previous-Visit'], fa1.forwards], [1, undefined, []])
  await fa2.register({ flags: { ...noRegistrationFlags, simultaneousBindings: true } })
  t.deepEqual([fa2.installs.length, fa2.installs[0]?.['Previous-Visit'], b.forwards], [1, undefined, []])

  const without = await nodeAtFa1(t, { provisionFirst: false })
  await without.b.register()
  t.deepEqual([without.b.installs, without.fa1.forwards], [[], []])
  await until('fa1 is released', () => without.fa1.aborts.length > 0)
})
