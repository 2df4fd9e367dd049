import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv2020 } from 'ajv/dist/2020.js'
import test from 'ava'
import { as, mn1, testApi } from './api-fixture.ts'

const api = testApi()
const document = (await api.inject('/openapi.json')).json()
const ajv = new Ajv2020({ strict: false, validateFormats: false })
ajv.addSchema(document, 'document')

test('the document is OpenAPI 3.1', async (t) => {
  const validator = new Validator()
  t.deepEqual(await validator.validate(structuredClone(document)), { valid: true })
  t.is(validator.version, '3.1')
})

/** A row per operation: what to ask, and what comes. Streams have tests of their own. */
const samples: Record<string, { url?: string; payload?: object; unread?: true }> = {
  'get /healthz': {},
  'get /readyz': {},
  'get /metrics': {},
  'get /openapi.json': {},
  'get /events': { unread: true },
  'get /v1/subscribers': {},
  'get /v1/subscribers/{nai}': { url: `/v1/subscribers/${mn1.nai}` },
  'put /v1/subscribers/{nai}/profile': {
    url: `/v1/subscribers/${mn1.nai}/profile`,
    payload: { profile: 'gold' },
  },
  'get /v1/sessions': {},
  'get /v1/edits': {},
  'post /v1/edits': { payload: { subject: 'gold' } },
  'post /v1/edits/{id}/commit': { url: '/v1/edits/e1/commit', payload: { document: {}, reason: 'why' } },
  'delete /v1/edits/{id}': { url: '/v1/edits/e1' },
  'get /v1/profiles': {},
  'get /v1/profiles/{name}': { url: '/v1/profiles/gold' },
  'put /v1/profiles/{name}': { url: '/v1/profiles/gold', payload: { document: {}, reason: 'why' } },
  'post /v1/subscribers/{nai}/preview': { url: `/v1/subscribers/${mn1.nai}/preview`, payload: {} },
  'put /v1/subscribers/{nai}/overrides/{name}': {
    url: `/v1/subscribers/${mn1.nai}/overrides/night`,
    payload: { set: {}, reason: 'why', until: '2030-01-01T00:00:00+01:00' },
  },
  'delete /v1/subscribers/{nai}/overrides/{name}': { url: `/v1/subscribers/${mn1.nai}/overrides/night` },
  'delete /v1/profiles/{name}': { url: '/v1/profiles/gold?reason=sold%20no%20more' },
  'delete /v1/subscribers/{nai}': { url: `/v1/subscribers/${mn1.nai}` },
  'put /v1/subscribers/{nai}/payments/{id}': {
    url: `/v1/subscribers/${mn1.nai}/payments/receipt-7`,
    payload: { amount: 12.5, reason: 'cash' },
  },
  'get /v1/subscribers/{nai}/events': { url: `/v1/subscribers/${mn1.nai}/events?limit=5` },
  'get /v1/subscribers/{nai}/explain': {
    url: `/v1/subscribers/${mn1.nai}/explain?at=2026-01-01T00:00:00Z`,
  },
  'get /v1/audit': { url: '/v1/audit?subject=gold' },
}
const methods = { get: 'GET', put: 'PUT', post: 'POST', delete: 'DELETE' } as const

const operations = Object.entries<object>(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method} ${path}`),
)

test('every operation has a sample', (t) => {
  t.deepEqual(operations.toSorted(), Object.keys(samples).toSorted())
})

test('every operation stands in the documentation, with its role', (t) => {
  const page = readFileSync(new URL('../../docs/operator-api.md', import.meta.url), 'utf8')
  for (const operation of operations) {
    const [method = '', path = ''] = operation.split(' ')
    const { summary } = document.paths[path][method]
    const [, what, role = 'anyone'] = /^(.*?)(?: \((viewer|operator|admin)\))?$/.exec(summary) ?? []
    const row = `| \`${method.toUpperCase()} ${path}\` | ${role} | ${what} |`
    t.true(page.includes(row), row)
  }
})

for (const [operation, { url, payload, unread }] of Object.entries(samples)) {
  const [word = '', path = ''] = operation.split(' ')
  const method = word as keyof typeof methods
  const ask = (headers: object) =>
    api.inject({
      method: methods[method],
      url: url ?? path,
      headers: { ...headers },
      ...(payload && { payload }),
    })
  if (!unread)
    test(`${operation} answers as documented`, async (t) => {
      const response = await ask(as('admin'))
      t.is(response.statusCode, 200)
      const { content } = document.paths[path][method].responses[200]
      const [[type, { schema }]] = Object.entries<{ schema: object }>(content) as [
        [string, { schema: object }],
      ]
      t.is(
        response.headers['content-type']?.toString().replace('; charset=utf-8', ''),
        type.replace('; charset=utf-8', ''),
      )
      const isValid = ajv.validate(schema, type === 'application/json' ? response.json() : response.body)
      t.true(isValid, ajv.errorsText())
    })

  if (document.paths[path][method].security.length > 0)
    test(`${operation} refuses as documented`, async (t) => {
      const response = await ask({})
      t.is(response.statusCode, 401)
      t.true('401' in document.paths[path][method].responses)
      const isValid = ajv.validate({ $ref: 'document#/components/schemas/Problem' }, response.json())
      t.true(isValid, ajv.errorsText())
    })
}

test('an answer that is not as documented would be noticed', (t) => {
  const { schema } = document.paths['/v1/subscribers'].get.responses[200].content['application/json']
  t.false(ajv.validate(schema, { subscribers: [{ nai: 7 }], next: null }))
})
