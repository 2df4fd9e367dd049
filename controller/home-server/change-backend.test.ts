import { writeFileSync } from 'node:fs'
import test from 'ava'
import { mn1, mn2 } from '../database/database-fixture.ts'
import { auditList, committed, explanation, openedEdit, preview } from '../operator-api/change-resources.ts'
import { kernelParts } from './kernel-objects.ts'
import { type HomeDomain, homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

const gold = { name: 'gold', class: { downlink: { rate: '20mbit', ceil: '20mbit', priority: 1 } } }
const faster = { name: 'gold', class: { downlink: { rate: '30mbit', ceil: '30mbit', priority: 1 } } }
const urgent = { name: 'gold', class: { downlink: { rate: '20mbit', ceil: '20mbit', priority: 0 } } }

function send(
  { ask }: HomeDomain,
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
  ifMatch?: string,
): Promise<Response> {
  return ask(path, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    ...(ifMatch && { headers: { 'if-match': `"${ifMatch}"` } }),
  })
}

async function open(domain: HomeDomain, subject: string, leaseSeconds = 600) {
  return openedEdit.parse(await (await send(domain, 'POST', '/v1/edits', { subject, leaseSeconds })).json())
}

test('an edit is committed, reaches both agents, and the second of two editors gets the merge', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1 } = domain
  await fa1.register()
  const first = await open(domain, mn2)
  const second = await open(domain, mn2)
  t.like(second.others, [{ id: first.edit.id, editor: 'operator' }])

  const commit = (id: string, document: object, ifMatch?: string) =>
    send(domain, 'POST', `/v1/edits/${id}/commit`, { document, reason: 'asked for' }, ifMatch)
  const answer = await commit(first.edit.id, faster)
  const { version, distributed } = committed.parse(await answer.json())
  t.is(answer.headers.get('etag'), `"${version}"`)
  t.like(distributed, [{ nai: mn2, revision: 2, state: 'applied' }])
  for (const agent of [homeAgent, fa1]) t.is(agent.held?.downlink.rateBitsPerSecond, 30e6)

  const stale = await commit(second.edit.id, urgent)
  t.is(stale.status, 412)
  const problem: unknown = await stale.json()
  const merged = { name: 'gold', class: { downlink: { rate: '30mbit', ceil: '30mbit', priority: 0 } } }
  t.like(problem, { code: 'api/stale', version, theirs: faster, mine: urgent, merged, conflicts: [] })
  const again = await commit(second.edit.id, merged, version)
  t.is(again.status, 200)
  t.like(homeAgent.held?.downlink, { rateBitsPerSecond: 30e6, priority: 0 })
  const closed = await commit(first.edit.id, urgent)
  t.is(closed.status, 409)
  t.like(await closed.json(), { code: 'api/closed' })
})

test('a document with faults is refused with their paths, and the edit stays open', async (t) => {
  const domain = await homeDomain(t)
  const { edit } = await open(domain, mn1)
  const document = { name: 'gold', class: { downlink: { rate: 'fast' } } }
  const answer = await send(domain, 'POST', `/v1/edits/${edit.id}/commit`, { document, reason: 'x' })
  t.is(answer.status, 422)
  t.like(await answer.json(), { code: 'profile/invalid' })
  t.like(await (await domain.ask('/v1/edits')).json(), { edits: [{ id: edit.id }] })
  t.is((await send(domain, 'DELETE', `/v1/edits/${edit.id}`)).status, 200)
  t.deepEqual(await (await domain.ask('/v1/edits')).json(), { edits: [] })
  t.is((await send(domain, 'DELETE', `/v1/edits/${edit.id}`)).status, 409)
  t.is((await send(domain, 'POST', '/v1/edits', { subject: 'platinum' })).status, 404)
})

test('what a condition would change waits for the end of an edit, then reaches the agents', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1 } = domain
  await fa1.register()
  await fa1.account(0n)
  const { edit } = await open(domain, 'gold')
  await fa1.account(13_000_000n)
  t.is((await domain.operator.subscriber(mn2)).profile.name, 'gold')
  const answer = await send(domain, 'DELETE', `/v1/edits/${edit.id}`)
  t.like(await answer.json(), { distributed: [{ nai: mn2, revision: 2, state: 'applied' }] })
  for (const agent of [homeAgent, fa1]) t.is(agent.held?.name, 'bronze')
})

for (const isRestarted of [false, true])
  test(`an abandoned edit ends by itself${isRestarted ? ', also over a restart of the home server' : ''}`, async (t) => {
    const domain = await homeDomain(t)
    const { fa1 } = domain
    await fa1.register()
    await fa1.account(0n)
    const { edit } = await open(domain, mn2, 2)
    await fa1.account(13_000_000n)
    if (isRestarted) await domain.restart()
    await until('what waited is in force', () => fa1.held?.name === 'bronze')
    const late = await send(domain, 'DELETE', `/v1/edits/${edit.id}`)
    t.like(await late.json(), { code: 'api/closed', detail: 'the edit is expired' })
  })

test('a profile is replaced for all who have it; a stale version is refused and holds nothing', async (t) => {
  const domain = await homeDomain(t)
  const { fa1 } = domain
  await fa1.register()
  const put = (document: object, ifMatch?: string) =>
    send(domain, 'PUT', '/v1/profiles/gold', { document, reason: 'new price list' }, ifMatch)
  const tag = (await domain.ask('/v1/profiles/gold')).headers.get('etag')
  t.is(tag, '"1"')
  const first = await put(faster, '1')
  t.like(await first.json(), { version: '2', distributed: [{ nai: mn2, state: 'applied' }] })
  t.is(fa1.held?.downlink.rateBitsPerSecond, 30e6)
  t.is((await put(urgent, '1')).status, 412)
  t.deepEqual(await (await domain.ask('/v1/edits')).json(), { edits: [] })
  t.is((await put({ ...faster, name: 'silver' })).status, 400)
  const silver = { document: { ...faster, name: 'silver' }, reason: 'new' }
  t.is((await send(domain, 'PUT', '/v1/profiles/silver', silver)).status, 200)
  t.like(await (await domain.ask('/v1/profiles')).json(), {
    profiles: [{ name: 'bronze' }, { name: 'gold', author: 'operator' }, { name: 'silver' }],
  })
  t.like(await (await domain.ask('/v1/audit?subject=silver&limit=1')).json(), {
    entries: [{ author: 'operator', action: 'commit-edit', subject: 'silver' }],
  })
})

test('an override decides until it is taken back; each change is in the audit log', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1 } = domain
  await fa1.register()
  const path = `/v1/subscribers/${mn2}/overrides/complaint`
  const override = { set: { class: { downlink: { rate: '8mbit' } } }, reason: 'ticket 7' }
  const until = new Date(Date.now() + 3_600_000).toISOString()
  const answer = await send(domain, 'PUT', path, { ...override, until })
  t.like(await answer.json(), { distributed: [{ nai: mn2, state: 'applied' }] })
  t.is(homeAgent.held?.downlink.rateBitsPerSecond, 8e6)

  const explained = explanation.parse(await (await domain.ask(`/v1/subscribers/${mn2}/explain`)).json())
  const field = explained.fields.find((each) => each.path === 'class.downlink.rate')
  const decidedBy = { layer: 'override', source: 'complaint', reason: 'ticket 7', author: 'operator', until }
  t.like(field, { value: '8mbit', decidedBy })
  t.like(explained.layers.at(-1), { ...decidedBy, fields: { 'class.downlink.rate': '8mbit' } })
  t.like(explained.audit[0], { action: 'put-override', author: 'operator' })

  const body = { ...gold, class: { downlink: { ...gold.class.downlink, rate: '10mbit', priority: 5 } } }
  const shown = await send(domain, 'POST', `/v1/subscribers/${mn2}/preview`, body)
  const { differences } = preview.parse(await shown.json())
  t.like(differences, [
    { path: 'class.downlink.rate', before: '20mbit', after: '10mbit', inForce: null, decidedBy: 'override' },
    { path: 'class.downlink.priority', before: '1', after: '5', inForce: { before: '1', after: '5' } },
    { path: 'conditions' },
  ])
  t.deepEqual(differences[0]?.kernelObjects, [])
  t.deepEqual(differences[1]?.kernelObjects, [
    `${kernelParts.rest.text}: ha.home.example core0 4400:2, fa1.a.example core0 4400:2`,
    kernelParts.uplink.text,
  ])
  t.is((await domain.operator.subscriber(mn2)).profile.revision, explained.revision, 'a dry run')

  t.is((await send(domain, 'DELETE', path)).status, 200)
  t.is(homeAgent.held?.downlink.rateBitsPerSecond, 20e6)
  t.is((await send(domain, 'DELETE', path)).status, 404)
  for (const [change, status] of [
    [{ ...override, set: { colour: 'red' } }, 422],
    [{ ...override, set: {} }, 422],
    [{ ...override, until: '2020-01-01T00:00:00Z' }, 400],
  ] as const)
    t.is((await send(domain, 'PUT', path, change)).status, status)
})

test('what follows from a change is shown beside what is written', async (t) => {
  const domain = await homeDomain(t)
  const flow = { name: 'voice', match: { protocol: 'udp' }, rate: '5mbit' }
  const before = { name: 'gold', class: { downlink: { rate: '20mbit', priority: 1 } }, flows: [flow] }
  t.is((await send(domain, 'PUT', '/v1/profiles/gold', { document: before, reason: 'r' })).status, 200)
  const after = { ...before, class: { downlink: { rate: '30mbit', priority: 2 } } }
  const shown = await send(domain, 'POST', `/v1/subscribers/${mn2}/preview`, after)
  const { differences } = preview.parse(await shown.json())
  t.like(differences, [
    { path: 'class.downlink.rate', before: '20mbit', after: '30mbit' },
    { path: 'class.downlink.ceil', inForce: { before: '20mbit', after: '30mbit' } },
    { path: 'class.downlink.priority' },
    { path: 'flows', kernelObjects: [kernelParts.rest.text, kernelParts.flows.text] },
  ])
  t.is(differences[1]?.before, differences[1]?.after)
  t.not(differences[3]?.inForce?.before, differences[3]?.inForce?.after)
})

test('what was in force at a time of the past is explained too', async (t) => {
  const domain = await homeDomain(t)
  await domain.operator.setProfile(mn1, 'gold')
  const at = async (time: string) => {
    const answer = await domain.ask(`/v1/subscribers/${mn1}/explain?at=${time}`)
    return answer.status === 200 ? explanation.parse(await answer.json()).fields[0]?.value : answer.status
  }
  t.is(await at('1970-01-01T00:00:02Z'), 'bronze')
  t.is(await at('2100-01-01T00:00:00Z'), 'gold')
  t.is(await at('1970-01-01T00:00:00Z'), 404)
  t.is(await at('yesterday'), 400)
  t.is((await domain.ask('/v1/subscribers/nobody@home.example/explain')).status, 404)
})

test('an admin who ends the edit of another stands in the audit log himself; an edit that there is not is not found', async (t) => {
  const domain = await homeDomain(t)
  const tokens = 'ann operator token-of-ann-0123\neve admin token-of-eve-0123\n'
  writeFileSync(domain.operatorApi.tokenFile, tokens)
  const as = (name: string) => ({ headers: { authorization: `Bearer token-of-${name}-0123` } })
  const ask = (name: string, method: string, path: string, body?: object) =>
    domain.ask(path, { method, ...as(name), ...(body && { body: JSON.stringify(body) }) })
  const open = async () =>
    openedEdit.parse(await (await ask('ann', 'POST', '/v1/edits', { subject: 'gold' })).json())
  const [first, second] = [await open(), await open()]
  t.is((await ask('eve', 'DELETE', `/v1/edits/${first.edit.id}`)).status, 200)
  const commit = { document: second.document, reason: 'for ann' }
  t.is((await ask('eve', 'POST', `/v1/edits/${second.edit.id}/commit`, commit)).status, 200)
  const { entries } = auditList.parse(
    await (await ask('ann', 'GET', '/v1/audit?subject=gold&limit=2')).json(),
  )
  t.like(entries, [
    { action: 'commit-edit', author: 'eve' },
    { action: 'cancel-edit', author: 'eve' },
  ])
  t.is((await ask('eve', 'DELETE', '/v1/edits/unknown')).status, 404)
  t.is((await ask('eve', 'POST', '/v1/edits/unknown/commit', commit)).status, 404)
})

test('a payment counts once; what is in use is not removed, and by an admin only', async (t) => {
  const domain = await homeDomain(t)
  const path = `/v1/subscribers/${mn2}`
  const pay = (id: string, amount: number) =>
    send(domain, 'PUT', `${path}/payments/${id}`, { amount, reason: 'cash' })
  t.like(await (await pay('receipt-7', 10)).json(), { balance: 10, duplicate: false })
  t.like(await (await pay('receipt-7', 10)).json(), { balance: 10, duplicate: true })
  t.is((await pay('receipt-7', 11)).status, 409)
  t.like(await (await pay('receipt-8', -2.5)).json(), { balance: 7.5 })
  t.is((await send(domain, 'PUT', '/v1/subscribers/x@y/payments/1', { amount: 1, reason: 'r' })).status, 404)
  t.is((await pay('receipt-9', Number.POSITIVE_INFINITY)).status, 400)

  await domain.fa1.register()
  t.is((await send(domain, 'DELETE', path)).status, 409, 'in session')
  t.is((await send(domain, 'DELETE', '/v1/profiles/gold')).status, 409, 'he has it')
  t.is((await send(domain, 'DELETE', '/v1/profiles/platinum')).status, 404)
  t.is((await send(domain, 'DELETE', `/v1/subscribers/${mn1}?reason=moved`)).status, 200)
  t.is((await send(domain, 'DELETE', `/v1/subscribers/${mn1}`)).status, 404)
  const { entries } = auditList.parse(await (await domain.ask(`/v1/audit?subject=${mn1}&limit=1`)).json())
  t.like(entries, [{ action: 'remove-subscriber', author: 'operator', detail: 'moved' }])
})
