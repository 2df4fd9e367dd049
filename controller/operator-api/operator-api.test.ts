import test from 'ava'
import { SojournError } from '#core/error.ts'
import { as, change, mn1, mn1Detail, testApi, token } from './api-fixture.ts'
import { OperatorClient } from './client.ts'

for (const header of [undefined, 'Bearer wrong', `Basic ${token}`, 'Bearer', `Bearer ${token}x`])
  test(`without a token nothing is shown: ${header}`, async (t) => {
    const headers = header ? { authorization: header } : {}
    for (const url of [
      '/v1/subscribers',
      '/v1/nothing',
      '/healthz/../v1/subscribers',
      '/metrics',
      '/events',
    ]) {
      const response = await testApi().inject({ url, headers })
      t.is(response.statusCode, 401, url)
      t.is(response.headers['www-authenticate'], 'Bearer')
      t.is(response.headers['content-type'], 'application/problem+json; charset=utf-8')
      t.like(response.json(), { status: 401, title: 'Unauthorized', code: 'api/unauthorized' })
    }
  })

test('a role that is too small is refused by name, before its body is read', async (t) => {
  const response = await testApi().inject({
    ...put({ nonsense: true }),
    headers: as('viewer'),
  })
  t.is(response.statusCode, 403)
  t.like(response.json(), { code: 'api/forbidden', detail: 'ann is viewer; this needs operator' })
})

test('health and readiness are open to all', async (t) => {
  const health = await testApi().inject('/healthz')
  t.deepEqual([health.statusCode, health.json()], [200, { status: 'ok' }])
  t.deepEqual((await testApi().inject('/readyz')).json(), { status: 'ready' })
  const response = await testApi({ faults: async () => ['no Diameter peer is open'] }).inject('/readyz')
  t.is(response.statusCode, 503)
  t.like(response.json(), { code: 'api/not-ready', detail: 'no Diameter peer is open' })
})

test('an unknown path is not found', async (t) => {
  const response = await testApi().inject({ url: '/v2', headers: as('viewer') })
  t.is(response.statusCode, 404)
  t.like(response.json(), { code: 'api/not-found' })
})

test('a profile is set with its reason, by the operator whose token it is', async (t) => {
  const seen: unknown[] = []
  const api = testApi({
    setProfile: async (nai, edit) => {
      seen.push([nai, edit])
      return change
    },
  })
  const response = await api.inject(put({ profile: 'gold', reason: 'paid' }))
  t.deepEqual(response.json(), change)
  t.is(response.headers.etag, '"2"')
  const edit = { profile: 'gold', reason: 'paid', author: 'bob' }
  t.deepEqual(seen, [[mn1.nai, { ...edit, ifRevision: undefined }]])
  const request = put({ profile: 'gold', reason: 'paid' })
  await api.inject({ ...request, headers: { ...request.headers, 'if-match': '"17"' } })
  t.deepEqual(seen[1], [mn1.nai, { ...edit, ifRevision: 17 }])
})

test('the entity tag is the revision; a tag that is none is refused', async (t) => {
  const url = `/v1/subscribers/${mn1.nai}`
  t.is((await testApi().inject({ url, headers: as('viewer') })).headers.etag, '"1"')
  for (const tag of ['17', 'W/"17"', '"1", "2"', '"x"']) {
    const request = put({ profile: 'gold' })
    const response = await testApi().inject({ ...request, headers: { ...request.headers, 'if-match': tag } })
    t.is(response.statusCode, 400, tag)
  }
})

const put = (payload: object, nai = mn1.nai) =>
  ({
    method: 'PUT',
    url: `/v1/subscribers/${encodeURIComponent(nai)}/profile`,
    headers: as('operator'),
    payload,
  }) as const

test('a body that is no profile change is refused with the path of the fault', async (t) => {
  const response = await testApi().inject(put({ profile: 7, colour: 'red' }))
  t.is(response.statusCode, 400)
  t.regex(response.json().detail, /profile: .*\n.*colour/)
  const headers = { ...as('operator'), 'content-type': 'application/json' }
  const broken = await testApi().inject({ ...put({}), payload: '{', headers })
  t.is(broken.statusCode, 400)
  t.like(broken.json(), { code: 'api/invalid' })
})

test('an unknown subscriber is 404, an unknown profile 422', async (t) => {
  t.is((await testApi().inject(put({ profile: 'gold' }, 'nobody@home.example'))).statusCode, 404)
  const setProfile = async () => {
    throw new SojournError('database/not-found', 'there is no profile "platinum"')
  }
  const response = await testApi({ setProfile }).inject(put({ profile: 'platinum' }))
  t.is(response.statusCode, 422)
  t.like(response.json(), { detail: 'there is no profile "platinum"', code: 'database/not-found' })
})

test('a fault inside is 500 and says nothing of it', async (t) => {
  const subscribers = async () => {
    throw new Error('secret path /etc/x')
  }
  const response = await testApi({ subscribers }).inject({ url: '/v1/subscribers', headers: as('viewer') })
  t.is(response.statusCode, 500)
  t.like(response.json(), { code: 'api/failed' })
  t.false(response.body.includes('secret'))
})

test('the rate of each token is limited, and that of those who guess', async (t) => {
  const api = testApi({}, { requestsPerMinute: 2 })
  const ask = async (headers: { authorization: string }) =>
    (await api.inject({ url: '/v1/subscribers', headers })).statusCode
  t.deepEqual(
    [await ask(as('viewer')), await ask(as('viewer')), await ask(as('viewer')), await ask(as('admin'))],
    [200, 200, 429, 200],
  )
  const guess = { authorization: 'Bearer guess' }
  t.deepEqual([await ask(guess), await ask(guess), await ask(guess)], [401, 401, 429])
  const refused = await api.inject({ url: '/v1/subscribers', headers: as('viewer') })
  t.like(refused.json(), { status: 429, code: 'api/rate-limited' })
  t.truthy(refused.headers['retry-after'])
  t.is(refused.headers['content-type'], 'application/problem+json; charset=utf-8')
})

test('the client reads what the API says, page after page, and its reasons', async (t) => {
  const mn2 = { ...mn1, nai: 'mn2@home.example' }
  const served = testApi({
    subscribers: async ({ after }) =>
      after === undefined ? { subscribers: [mn1], next: 'bW4x' } : { subscribers: [mn2], next: null },
  })
  t.teardown(() => served.close())
  const url = await served.listen({ host: '127.0.0.1', port: 0 })
  const client = new OperatorClient(url, token)
  t.deepEqual(await client.subscribers(), [mn1, mn2])
  t.deepEqual(await client.subscriber(mn1.nai), mn1Detail)
  t.deepEqual(await client.setProfile(mn1.nai, 'gold'), change)
  await t.throwsAsync(client.subscriber('nobody@home.example'), {
    code: 'api/refused',
    message: 'there is no subscriber "nobody@home.example"',
  })
  await t.throwsAsync(new OperatorClient(url, 'wrong').subscribers(), { code: 'api/refused' })
  await served.close()
  await t.throwsAsync(client.subscribers(), { code: 'api/unreachable' })
})
