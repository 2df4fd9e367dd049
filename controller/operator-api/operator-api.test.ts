import test from 'ava'
import { SojournError } from '#core/error.ts'
import { silentLog } from '#core/log.ts'
import { OperatorClient } from './client.ts'
import { createOperatorApi } from './operator-api.ts'
import type { OperatorBackend, ProfileChange, SubscriberSummary } from './resources.ts'

const token = 'a-token-for-the-tests'
const authorization = `Bearer ${token}`
const mn1: SubscriberSummary = {
  nai: 'mn1@home.example',
  homeAddress: '192.0.2.11',
  profile: 'bronze',
  revision: 1,
  decidedBy: 'base',
  foreignAgent: null,
}
const change: ProfileChange = {
  nai: mn1.nai,
  profile: 'gold',
  decidedBy: 'base',
  revision: 2,
  state: 'stored',
  nodes: {},
}

function api(backend: Partial<OperatorBackend> = {}) {
  const complete: OperatorBackend = {
    subscribers: async () => [mn1],
    subscriber: async () => undefined,
    setProfile: async (nai) => (nai === mn1.nai ? change : undefined),
    ...backend,
  }
  return createOperatorApi({ backend: complete, token, log: silentLog })
}

for (const header of [undefined, 'Bearer wrong', `Basic ${token}`, 'Bearer', `Bearer ${token}x`])
  test(`without the token nothing is shown: ${header}`, async (t) => {
    const response = await api().inject({
      url: '/v1/subscribers',
      headers: header ? { authorization: header } : {},
    })
    t.is(response.statusCode, 401)
    t.is(response.headers['www-authenticate'], 'Bearer')
    t.is(response.headers['content-type'], 'application/problem+json; charset=utf-8')
    t.like(response.json(), { status: 401, title: 'Unauthorized' })
  })

test('health is open to all', async (t) => {
  const response = await api().inject('/healthz')
  t.deepEqual([response.statusCode, response.json()], [200, { status: 'ok' }])
})

test('an unknown path is not found, also without the token it says nothing', async (t) => {
  t.is((await api().inject({ url: '/v2', headers: { authorization } })).statusCode, 404)
  t.is((await api().inject({ url: '/v2' })).statusCode, 401)
  t.is((await api().inject({ url: '/healthz/../v1/subscribers' })).statusCode, 401)
})

test('a profile is set with its reason', async (t) => {
  const seen: unknown[] = []
  const response = await api({
    setProfile: async (nai, edit) => {
      seen.push([nai, edit])
      return change
    },
  }).inject({
    method: 'PUT',
    url: '/v1/subscribers/mn1%40home.example/profile',
    headers: { authorization },
    payload: { profile: 'gold', reason: 'paid' },
  })
  t.deepEqual(response.json(), change)
  t.deepEqual(seen, [[mn1.nai, { profile: 'gold', reason: 'paid', author: 'operator' }]])
})

const put = (payload: object, nai = mn1.nai) =>
  ({
    method: 'PUT',
    url: `/v1/subscribers/${encodeURIComponent(nai)}/profile`,
    headers: { authorization },
    payload,
  }) as const

test('a body that is no profile change is refused with the path of the fault', async (t) => {
  const response = await api().inject(put({ profile: 7, colour: 'red' }))
  t.is(response.statusCode, 400)
  t.regex(response.json().detail, /profile: .*\n.*colour/)
  const broken = { ...put({}), payload: '{', headers: { authorization, 'content-type': 'application/json' } }
  t.is((await api().inject(broken)).statusCode, 400)
})

test('an unknown subscriber is 404, an unknown profile 422', async (t) => {
  t.is((await api().inject(put({ profile: 'gold' }, 'nobody@home.example'))).statusCode, 404)
  const setProfile = async () => {
    throw new SojournError('database/not-found', 'there is no profile "platinum"')
  }
  const response = await api({ setProfile }).inject(put({ profile: 'platinum' }))
  t.is(response.statusCode, 422)
  t.like(response.json(), { detail: 'there is no profile "platinum"', code: 'database/not-found' })
})

test('a fault inside is 500 and says nothing of it', async (t) => {
  const subscribers = async () => {
    throw new Error('secret path /etc/x')
  }
  const response = await api({ subscribers }).inject({ url: '/v1/subscribers', headers: { authorization } })
  t.is(response.statusCode, 500)
  t.false(response.body.includes('secret'))
})

test('the client reads what the API says, and its reasons', async (t) => {
  const served = api()
  t.teardown(() => served.close())
  const url = await served.listen({ host: '127.0.0.1', port: 0 })
  const client = new OperatorClient(url, token)
  t.deepEqual(await client.subscribers(), [mn1])
  t.deepEqual(await client.setProfile(mn1.nai, 'gold'), change)
  await t.throwsAsync(client.subscriber('nobody@home.example'), {
    code: 'api/refused',
    message: 'there is no subscriber "nobody@home.example"',
  })
  await t.throwsAsync(new OperatorClient(url, 'wrong').subscribers(), { code: 'api/refused' })
  await served.close()
  await t.throwsAsync(client.subscribers(), { code: 'api/unreachable' })
})
