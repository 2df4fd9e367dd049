import { connect } from 'node:net'
import test from 'ava'
import { readProfile } from '../profile/service-profile.ts'
import { as, mn1, operators, testApi } from './api-fixture.ts'
import { OperatorClient } from './client.ts'
import { LiveEvents } from './live-events.ts'

const json = { 'content-type': 'application/json' }
const preview = { method: 'POST', url: `/v1/subscribers/${mn1.nai}/preview` } as const
const problemType = 'application/problem+json; charset=utf-8'

/** A row per request that no resource answers: what is sent, the status and the code. */
const refusals: [what: string, request: object, status: number, code: string][] = [
  ['a path that there is not', { url: '/v1/nothing' }, 404, 'api/not-found'],
  ['a way up', { url: '/v1/subscribers/..%2f..%2fetc%2fpasswd' }, 404, 'api/not-found'],
  ['a way up, not hidden', { url: '/v1/subscribers/../../etc/passwd' }, 404, 'api/not-found'],
  ['a path that cannot be decoded', { url: '/v1/subscribers/%zz' }, 400, 'api/invalid'],
  ['a NUL in a NAI', { url: '/v1/subscribers/%00' }, 404, 'api/not-found'],
  ['a NAI that is too long', { url: `/v1/subscribers/${'n'.repeat(254)}` }, 400, 'api/invalid'],
  ['a path that is far too long', { url: `/v1/subscribers/${'n'.repeat(9000)}` }, 414, 'api/invalid'],
  ['another method', { method: 'PATCH', url: `/v1/subscribers/${mn1.nai}` }, 405, 'api/method'],
  ['the head of a stream', { method: 'HEAD', url: '/events' }, 405, 'api/method'],
  [
    'plain text',
    { ...preview, payload: '{}', headers: { 'content-type': 'text/plain' } },
    415,
    'api/invalid',
  ],
  ['XML', { ...preview, payload: '<a/>', headers: { 'content-type': 'text/xml' } }, 415, 'api/invalid'],
  ['too much', { ...preview, payload: `["${'x'.repeat(1 << 20)}"]`, headers: json }, 413, 'api/invalid'],
  ['a body without an end', { ...preview, payload: '{', headers: json }, 400, 'api/invalid'],
  ['the prototype', { ...preview, payload: '{"__proto__":{"a":1}}', headers: json }, 400, 'api/invalid'],
  [
    'the prototype of the constructor',
    { ...preview, payload: '{"constructor":{"prototype":{"a":1}}}', headers: json },
    400,
    'api/invalid',
  ],
  [
    '65 levels',
    { ...preview, payload: `{"a":${'['.repeat(64)}${']'.repeat(64)}}`, headers: json },
    400,
    'api/invalid',
  ],
  [
    'half a million levels',
    { ...preview, payload: `${'['.repeat(5e5)}${']'.repeat(5e5)}`, headers: json },
    400,
    'api/invalid',
  ],
  ['a page of nothing', { url: '/v1/subscribers?limit=0' }, 400, 'api/invalid'],
  ['a page of too much', { url: '/v1/subscribers?limit=1001' }, 400, 'api/invalid'],
  ['a page of not a number', { url: '/v1/subscribers?limit=NaN' }, 400, 'api/invalid'],
  ['two limits', { url: '/v1/audit?limit=1&limit=2' }, 400, 'api/invalid'],
  ['a cursor that is none', { url: '/v1/subscribers?cursor=%21' }, 400, 'api/invalid'],
  ['an unknown parameter', { url: '/v1/subscribers?__proto__=1' }, 400, 'api/invalid'],
]
for (const [what, request, status, code] of refusals)
  test(`refused as a problem: ${what}`, async (t) => {
    const api = testApi()
    const { headers = {}, ...rest } = request as { headers?: object }
    const response = await api.inject({ ...rest, headers: { ...as('admin'), ...headers } })
    t.is(response.statusCode, status, response.body)
    t.is(response.headers['content-type'], problemType)
    t.is(response.headers['cache-control'], 'no-store')
    if (response.body !== '') t.like(response.json(), { status, code })
    if (status === 405) t.regex(String(response.headers.allow), /^GET\b/)
    t.is((await api.inject('/healthz')).statusCode, 200, 'it goes on')
  })

test('as deep as documents are, a body is read', async (t) => {
  const payload = `{"a":${'['.repeat(63)}${']'.repeat(63)}}`
  const response = await testApi().inject({ ...preview, payload, headers: { ...as('viewer'), ...json } })
  t.is(response.statusCode, 200)
})

test('what has a fault a thousand times over is answered briefly', async (t) => {
  const backend = { preview: async (_: string, document: unknown) => Promise.reject(fault(document)) }
  const fault = (document: unknown) => t.throws(() => readProfile(document, 'it')) ?? new Error()
  const filters = Array.from({ length: 100_000 }, () => ({}))
  const payload = JSON.stringify({ name: 'x', class: { downlink: { rate: '1mbit' } }, filters })
  const response = await testApi(backend).inject({
    ...preview,
    payload,
    headers: { ...as('viewer'), ...json },
  })
  t.is(response.statusCode, 422)
  t.true(response.body.length < 20_000, `${response.body.length}`)
})

for (const [what, bytes, status] of [
  ['no HTTP', 'nonsense\r\n\r\n', 400],
  ['a header without an end', `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
] as const)
  test(`bytes that are no request are answered as a problem too: ${what}`, async (t) => {
    const api = testApi()
    t.teardown(() => api.close())
    const { port, hostname } = new URL(await api.listen({ host: '127.0.0.1', port: 0 }))
    const socket = connect({ host: hostname, port: Number(port) })
    socket.write(bytes)
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    t.regex(answer, new RegExp(`^HTTP/1.1 ${status} [^]*application/problem\\+json[^]*"status":${status}`))
  })

test('an operator has so many streams and no more, until one ends; a token that was taken away has none', async (t) => {
  const live = new LiveEvents({ now: () => 0 })
  let known = operators
  const api = testApi({}, { live, operators: () => known })
  t.teardown(() => api.close())
  const url = `${await api.listen({ host: '127.0.0.1', port: 0 })}/events`
  const ends: AbortController[] = []
  const watch = async () => {
    const end = new AbortController()
    ends.push(end)
    return (await fetch(url, { headers: as('viewer'), signal: end.signal })).status
  }
  for (let count = 0; count < 32; count++) t.is(await watch(), 200)
  t.is(await watch(), 429)
  ends[0]?.abort()
  while (live.listeners > 32) await new Promise((resolve) => setImmediate(resolve))
  t.is(await watch(), 200)
  known = []
  t.is(await watch(), 401)
  for (const end of ends) end.abort()
})

test('the client asks for nothing above what it was told', async (t) => {
  const client = new OperatorClient('http://127.0.0.1:1', 'token-of-nobody-at-all')
  for (const name of ['', '.', '..']) {
    await t.throwsAsync(async () => client.removeOverride(mn1.nai, name), { code: 'api/invalid' })
    await t.throwsAsync(async () => client.subscriber(name), { code: 'api/invalid' })
  }
})
