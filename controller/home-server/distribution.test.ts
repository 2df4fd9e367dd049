import test from 'ava'
import { decodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { mn1, mn2 } from '../database/database-fixture.ts'
import { type HomeDomain, homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

test('an edit reaches both agents at once and is in force when the operator hears of it', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  await fa1.register()
  const change = await operator.setProfile(mn2, 'bronze', 'unpaid')
  t.like(change, { profile: 'bronze', revision: 2, state: 'applied', decidedBy: 'base' })
  for (const identity of ['ha.home.example', 'fa1.a.example']) {
    const node = change.nodes[identity]
    t.like(node, { revision: 2, failure: null })
    t.true((node?.milliseconds ?? -1) > 0)
  }
  for (const agent of [homeAgent, fa1]) t.like(agent.held, { name: 'bronze', revision: 2 })

  const [toHome] = homeAgent.installs
  const [toForeign] = fa1.installs
  const har = homeAgent.registrations[0]
  t.like(toHome, { 'Bound-Auth-Session-Id': har?.['Session-Id'], 'User-Name': mn2, 'Auth-Request-Type': 3 })
  t.like(toForeign, { 'Bound-Auth-Session-Id': fa1.sessionId, 'Destination-Realm': 'a.example' })
  t.deepEqual(toForeign?.['Route-Record'], ['aaah.home.example'], 'it went through the foreign server')
  const ids = [toHome?.['Session-Id'], toForeign?.['Session-Id'], har?.['Session-Id'], fa1.sessionId]
  t.is(new Set(ids).size, 4, 'the QoS sessions are sessions of their own')

  await operator.setProfile(mn2, 'gold')
  t.is(
    homeAgent.installs[1]?.['Session-Id'],
    toHome?.['Session-Id'],
    'an update goes on in the same QoS session',
  )
})

test('both agents are asked before either has answered', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  await fa1.register()
  const { promise, resolve } = Promise.withResolvers<void>()
  homeAgent.gate = promise
  fa1.gate = promise
  const change = operator.setProfile(mn2, 'bronze')
  await until('both are asked', () => homeAgent.installs.length === 1 && fa1.installs.length === 1)
  resolve()
  t.is((await change).state, 'applied')
})

test('without a session an edit is stored and granted with the next registration', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  t.like(await operator.setProfile(mn1, 'gold'), { state: 'stored', revision: 2, nodes: {} })
  const answer = await fa1.register({ nai: mn1 })
  t.like(decodeServiceProfile(answer.avps), { name: 'gold', revision: 2 })
  t.deepEqual(homeAgent.installs, [])
})

const memory = 'RTNETLINK answers: Cannot allocate memory'

test('what one agent refuses is rolled back at the other, under the next revision, and the report says why', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1, operator } = domain
  await fa1.register()
  await fa1.account(0n)
  fa1.refusal = memory
  const change = await operator.setProfile(mn2, 'bronze')
  t.is(change.state, 'rolled-back')
  t.like(change.nodes, {
    'ha.home.example': { revision: 3, failure: null },
    'fa1.a.example': { revision: 3, failure: `Result-Code 5012: ${memory}` },
  })
  for (const agent of [homeAgent, fa1])
    t.like(agent.held, { name: 'gold', revision: 3, downlink: { rateBitsPerSecond: 20e6 } })
  const revisions = homeAgent.installs.map((install) => decodeServiceProfile(install)?.revision)
  t.deepEqual(revisions, [2, 3], 'never a lower one')
  const { profile } = await operator.subscriber(mn2)
  t.like(profile, { name: 'gold', decidedBy: { layer: 'override', author: 'home-server' } })
  t.is(profile.decidedBy.reason, `revision 2 was refused by fa1.a.example: Result-Code 5012: ${memory}`)

  fa1.refusal = undefined
  await domain.restart()
  await until('the home server counts', async () => (await fa1.account(1000n)).avps['Result-Code'] === 2001)
  t.is(homeAgent.held?.revision, 3, 'it lasts over a restart and what else happens')
})

test('a roll-back ends with the next edit, or when an operator takes it back', async (t) => {
  const { homeAgent, fa1, operator, ask } = await homeDomain(t)
  await fa1.register()
  await fa1.account(0n)
  fa1.refusal = memory
  t.is((await operator.setProfile(mn2, 'bronze')).state, 'rolled-back')
  const override = `/v1/subscribers/${mn2}/overrides/roll-back`
  const again = await ask(override, { method: 'DELETE' })
  t.like(await again.json(), { distributed: [{ state: 'rolled-back', revision: 5 }] })
  fa1.refusal = undefined
  const body = JSON.stringify({ set: { class: { downlink: { rate: '8mbit', ceil: '8mbit' } } }, reason: 'r' })
  t.is((await ask(override, { method: 'PUT', body })).status, 400)
  const put = await ask(`/v1/subscribers/${mn2}/overrides/less`, { method: 'PUT', body })
  t.like(await put.json(), { distributed: [{ state: 'applied', revision: 6 }] })
  for (const agent of [homeAgent, fa1])
    t.like(agent.held, { name: 'bronze', revision: 6, downlink: { rateBitsPerSecond: 8e6 } })
})

/** bronze stays where it is followed. */
async function reportSplit({ ask }: HomeDomain): Promise<void> {
  const downlink = { rate: '4mbit', ceil: '4mbit', priority: 3 }
  const document = { name: 'bronze', class: { downlink }, distribution: { onFailure: 'report-split' } }
  const body = JSON.stringify({ document, reason: 'for the test' })
  const answer = await ask('/v1/profiles/bronze', { method: 'PUT', body })
  if (answer.status !== 200) throw new Error(await answer.text())
}

test('a refusal of one agent is reported as split, with its reason, where the profile says so', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1, operator } = domain
  await reportSplit(domain)
  await fa1.register()
  await fa1.account(0n)
  fa1.refusal = memory
  const change = await operator.setProfile(mn2, 'bronze')
  t.is(change.state, 'split')
  t.like(change.nodes['ha.home.example'], { revision: 2, failure: null })
  t.like(change.nodes['fa1.a.example'], {
    revision: 1,
    failure: `Result-Code 5012: ${memory}`,
  })
  t.is((await operator.subscriber(mn2)).state, 'split')

  fa1.refusal = undefined
  t.like(await operator.setProfile(mn2, 'bronze'), { state: 'applied', revision: 2 })
  t.is(homeAgent.installs.length, 1, 'who holds it already is not asked again')
})

test('what stays split is tried again until it is whole', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1, operator } = domain
  await reportSplit(domain)
  await fa1.register()
  await fa1.account(0n)
  fa1.refusal = memory
  t.is((await operator.setProfile(mn2, 'bronze')).state, 'split')
  await until('fa1 is asked again', () => fa1.installs.length === 2)
  t.is((await operator.subscriber(mn2)).state, 'split')
  fa1.refusal = undefined
  await domain.restart()
  await until('both hold it', async () => (await operator.subscriber(mn2)).state === 'applied')
  t.is(fa1.held?.revision, 2)
  t.is(homeAgent.installs.length, 1)
})

test('when all refuse, nothing has changed anywhere', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  await fa1.register()
  homeAgent.refusal = 'no'
  fa1.refusal = 'no'
  t.is((await operator.setProfile(mn2, 'bronze')).state, 'failed')
})

test('an acknowledgement of what the kernel does not hold is none', async (t) => {
  const domain = await homeDomain(t)
  const { fa1, operator } = domain
  await reportSplit(domain)
  await fa1.register()
  fa1.kernel = (profile) => ({ ...profile, downlink: { ...profile.downlink, rateBitsPerSecond: 3e6 } })
  const change = await operator.setProfile(mn2, 'bronze')
  t.is(change.state, 'split')
  t.is(
    change.nodes['fa1.a.example']?.failure,
    "the agent's kernel holds downlink rateBitsPerSecond 3000000 instead of 4000000",
  )
})

test('an agent that cannot be reached is tried again until it can', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  await fa1.register()
  const { promise, resolve } = Promise.withResolvers<void>()
  fa1.gate = promise
  const change = await operator.setProfile(mn2, 'bronze')
  t.is(change.state, 'split')
  t.regex(change.nodes['fa1.a.example']?.failure ?? '', /1000|time|answer/i)
  resolve()
  await until('fa1 holds it', async () => (await operator.subscriber(mn2)).state === 'applied')
  t.is(homeAgent.installs.length, 1)
})

test('edits in quick succession are serialised, and the newest wins', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  await fa1.register()
  const { promise, resolve } = Promise.withResolvers<void>()
  fa1.gate = promise
  const first = operator.setProfile(mn2, 'bronze')
  await until('the first is on its way', () => fa1.installs.length === 1)
  const committed = async (revision: number) => (await operator.subscriber(mn2)).profile.revision === revision
  const second = operator.setProfile(mn2, 'gold')
  await until('the second is committed', () => committed(3))
  const third = operator.setProfile(mn2, 'bronze')
  await until('the third is committed', () => committed(4))
  resolve()
  const changes = await Promise.all([first, second, third])
  t.deepEqual(
    changes.map(({ revision, state }) => [revision, state]),
    [
      [2, 'applied'],
      [3, 'applied'],
      [4, 'applied'],
    ],
  )
  t.deepEqual(
    fa1.installs.map((install) => decodeServiceProfile(install)?.revision),
    [2, 4],
    'revision 3 was superseded while it waited',
  )
  t.like(homeAgent.held, { revision: 4, name: 'bronze' })
})

test('an edit during a registration follows it', async (t) => {
  const { homeAgent, fa1, fa2, operator } = await homeDomain(t)
  await fa1.register()
  const [, change] = await Promise.all([fa2.register(), operator.setProfile(mn2, 'bronze')])
  t.is(change.state, 'applied')
  const detail = await operator.subscriber(mn2)
  t.is(detail.session?.foreignAgent?.identity, 'fa2.a.example')
  await until('both hold it', () => homeAgent.held?.name === 'bronze' && fa2.held?.name === 'bronze')
  t.is((await operator.subscriber(mn2)).nodes['fa2.a.example']?.failure, null)
})

test('what was committed but not distributed is taken up after a restart', async (t) => {
  const { homeAgent, fa1, operator, restart } = await homeDomain(t)
  await fa1.register()
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const agent of [homeAgent, fa1]) agent.gate = promise
  t.is((await operator.setProfile(mn2, 'bronze')).state, 'failed')
  await restart()
  resolve()
  await until('both hold it', async () => (await operator.subscriber(mn2)).state === 'applied')
  for (const agent of [homeAgent, fa1]) t.like(agent.held, { name: 'bronze', revision: 2 })
})
