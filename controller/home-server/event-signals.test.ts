import test from 'ava'
import type { AvpValue } from '#wire/diameter/avps.ts'
import { encodeNetworkReport } from '#wire/diameter/network-report.ts'
import { noRegistrationFlags } from '#wire/mobile-ip/registration-request.ts'
import { mn1, mn2 } from '../database/database-fixture.ts'
import { openedEdit } from '../operator-api/change-resources.ts'
import type { FakeForeignAgent } from './test-domain/fake-foreign-agent.ts'
import { type HomeDomain, homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

/** mn2 and mn1 have gold, with these conditions only. */
async function goldWith(domain: HomeDomain, ...conditions: object[]): Promise<void> {
  const document = {
    name: 'gold',
    class: { downlink: { rate: '20mbit', ceil: '20mbit', priority: 1 } },
    conditions,
  }
  const body = JSON.stringify({ document, reason: 'for the test' })
  const answer = await domain.ask('/v1/profiles/gold', { method: 'PUT', body })
  if (answer.status !== 200) throw new Error(await answer.text())
  await domain.operator.setProfile(mn1, 'gold')
}
const profileOf = async ({ operator }: HomeDomain, nai = mn2) => (await operator.subscriber(nai)).profile.name

test('who fails to authenticate too often is given another profile, in mid-session', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1, fa2 } = domain
  await goldWith(domain, {
    when: { authentication: { failures: 2, within: '10m' } },
    until: '1h',
    become: 'bronze',
  })
  await fa1.register()
  const { sessionId } = fa1
  const wrong = { key: Buffer.alloc(16, 1) }
  t.is((await fa2.register(wrong)).avps['Result-Code'], 4001)
  t.is((await fa2.register({ ...wrong, nai: 'nobody@home.example' })).avps['Result-Code'], 4001)
  t.is((await fa2.register({ ...wrong, nai: mn1 })).avps['Result-Code'], 4001)
  await until('the first counts', async () => (await events(domain)).length === 1)
  t.is(await profileOf(domain), 'gold')
  await fa2.register(wrong)
  await until('both agents hold it', () => homeAgent.held?.name === 'bronze' && fa1.held?.name === 'bronze')
  t.is(fa1.sessionId, sessionId)
  t.is(await profileOf(domain, mn1), 'gold', 'one failure only')
})

async function events({ ask }: HomeDomain): Promise<unknown[]> {
  const body: unknown = await (await ask(`/v1/subscribers/${mn2}/events`)).json()
  return typeof body === 'object' && body && 'events' in body && Array.isArray(body.events) ? body.events : []
}

test('an event waits while the profile is edited, is counted, and is applied at its end', async (t) => {
  const domain = await homeDomain(t)
  const { ask, fa1, fa2 } = domain
  await goldWith(domain, { when: { authentication: { failures: 1, within: '10m' } }, become: 'bronze' })
  await fa1.register()
  const body = JSON.stringify({ subject: 'gold', leaseSeconds: 600 })
  const { edit } = openedEdit.parse(await (await ask('/v1/edits', { method: 'POST', body })).json())
  await fa2.register({ key: Buffer.alloc(16, 1) })
  await until('it waits', async () =>
    (await (await ask('/metrics')).text()).includes('\nsojourn_events_waiting 1\n'),
  )
  t.is(await profileOf(domain), 'gold')
  t.is((await ask(`/v1/edits/${edit.id}`, { method: 'DELETE' })).status, 200)
  t.is(fa1.held?.name, 'bronze')
  t.true((await (await ask('/metrics')).text()).includes('\nsojourn_events_waiting 0\n'))
})

test('a second location is one that keeps the first; a move is none', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1, fa2 } = domain
  await goldWith(domain, {
    when: { authentication: { secondLocation: true } },
    until: '1h',
    become: 'bronze',
  })
  await fa1.register()
  await fa2.register()
  await fa1.register({ flags: { ...noRegistrationFlags, simultaneousBindings: true } })
  await until('both agents hold it', () => homeAgent.held?.name === 'bronze' && fa1.held?.name === 'bronze')
  t.is((await events(domain)).length, 1)
})

test('a place changes the profile as long as the node is there', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1, fa2 } = domain
  await goldWith(domain, { when: { location: { foreignAgent: 'fa2.a.example' } }, become: 'bronze' })
  await fa1.register()
  await fa2.register()
  await until('both agents hold it', () => homeAgent.held?.name === 'bronze' && fa2.held?.name === 'bronze')
  await fa1.register()
  await until('it is over', () => homeAgent.held?.name === 'gold' && fa1.held?.name === 'gold')
  t.is(await profileOf(domain), 'gold')
})

const ask = (agent: FakeForeignAgent, megabits: number) => {
  const rule: AvpValue<'Filter-Rule'> = {
    'Treatment-Action': 1,
    'QoS-Semantics': 0,
    'QoS-Parameters': { Bandwidth: (megabits * 1e6) / 8 },
  }
  return agent.node.request('QoS-Authorization', {
    'Destination-Realm': 'home.example',
    'Auth-Request-Type': 3,
    'User-Name': mn2,
    'Bound-Auth-Session-Id': agent.sessionId,
    'QoS-Resources': [{ 'Filter-Rule': [rule] }],
  })
}
const beyond = { authorization: { requested: 'beyond-grant' } }

test('a request beyond the grant is charged, and refused without such a condition', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1 } = domain
  await goldWith(domain, { when: beyond, until: '1h', become: 'charge' })
  await fa1.register()
  t.is((await ask(fa1, 40)).avps['Result-Code'], 2001)
  await until('both agents hold it', () =>
    [homeAgent, fa1].every((agent) => agent.held?.downlink.ceilBitsPerSecond === 40e6),
  )
  t.is((await ask(fa1, 1e9)).avps['Result-Code'], 5003, 'more than any link')

  await goldWith(domain, { when: beyond, until: '1h', become: 'refuse' })
  t.is((await ask(fa1, 41)).avps['Result-Code'], 5003)
  await goldWith(domain)
  t.is((await ask(fa1, 42)).avps['Result-Code'], 5003)
})

test('a request beyond the grant upgrades, as far as the better profile goes', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1 } = domain
  const set = { class: { downlink: { ceil: '50mbit' } } }
  await goldWith(domain, { when: beyond, until: '1h', set })
  await fa1.register()
  t.is((await ask(fa1, 30)).avps['Result-Code'], 2001)
  await until('both agents hold it', () =>
    [homeAgent, fa1].every((agent) => agent.held?.downlink.ceilBitsPerSecond === 50e6),
  )
  const { avps } = await ask(fa1, 60)
  t.is(avps['Result-Code'], 5003)
  t.regex(avps['Error-Message'] ?? '', /60000000 bit\/s were asked for, profile gold grants 50000000 bit/)
})

test('a congested link changes those on it only, and they get their profile back when it clears', async (t) => {
  const domain = await homeDomain(t)
  const { fa1, fa2 } = domain
  await goldWith(domain, { when: { network: { utilization: '90%', clearBelow: '60%' } }, become: 'bronze' })
  await fa1.register()
  await fa2.register({ nai: mn1 })
  const report = (utilization: number, ageSeconds = 0) =>
    fa1.node.request('Accounting', {
      'Session-Id': fa1.node.sessionId(),
      'Destination-Realm': 'home.example',
      'Accounting-Record-Type': 1,
      'Accounting-Record-Number': 0,
      'Network-Report': encodeNetworkReport({
        linkName: 'access',
        up: true,
        utilization,
        dropsPerSecond: 0,
        atSeconds: Math.floor(Date.now() / 1000) - ageSeconds,
      }),
    })
  t.is((await report(0.95, 2)).avps['Result-Code'], 2001)
  await until('the congestion counts', () => fa1.held?.name === 'bronze')
  t.is(fa2.installs.length, 0)
  await report(0.3, 30)
  await report(0.7, 1)
  await domain.operator.setProfile(mn2, 'gold', 'waits for its turn')
  t.is(await profileOf(domain), 'bronze')
  await report(0.5)
  await until('it has cleared', () => fa1.held?.name === 'gold')
  t.is(await profileOf(domain, mn1), 'gold')
  t.is((await report(Number.NaN)).avps['Result-Code'], 5004)
})
