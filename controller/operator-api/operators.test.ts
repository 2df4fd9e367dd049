import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../database/database-fixture.ts'
import { FreshFiles } from './fresh-file.ts'
import { identify, isAllowed, parseOperators, readOperators } from './operators.ts'

const secret = 'secret-secret-secret'

test('a file with one token is that of an admin', (t) => {
  const operators = parseOperators(`${secret}\n`, 'tokens')
  t.deepEqual(identify(`Bearer ${secret}`, operators), { name: 'operator', role: 'admin' })
})

test('a line per operator, with a role and comments', (t) => {
  const operators = parseOperators(
    `# who may\nann viewer ${secret}\n\nbob  operator\t${secret}-2   # until May\n`,
    'tokens',
  )
  t.deepEqual(identify(`Bearer ${secret}`, operators), { name: 'ann', role: 'viewer' })
  t.deepEqual(identify(`bearer  ${secret}-2`, operators), { name: 'bob', role: 'operator' })
})

for (const [text, reason] of [
  ['', /there is no token/],
  ['short', /line 1 must be NAME ROLE TOKEN/],
  ['ann viewer short', /line 1 needs a token of at least 16/],
  [`\nann king ${secret}`, /line 2 must be .* viewer, operator, admin/],
  [`ann viewer ${secret} ${secret}`, /line 1/],
  [`ann viewer ${secret}\nann admin ${secret}2`, /the same name/],
  [`ann viewer ${secret}\nbob admin ${secret}`, /the same token/],
] as const)
  test(`refused, without showing a token: ${JSON.stringify(text)}`, (t) => {
    const error = t.throws(() => parseOperators(text, 'tokens'), { code: 'config/secret', message: reason })
    t.false(error?.message.includes(secret))
  })

test('only an exact token identifies', (t) => {
  const operators = parseOperators(`ann viewer ${secret}`, 'tokens')
  for (const header of [
    undefined,
    '',
    'Bearer ',
    'Bearer secret',
    `Bearer ${secret} x`,
    `Basic ${secret}`,
    secret,
  ])
    t.is(identify(header, operators), undefined, header)
})

test('each role may do what those before it may', (t) => {
  const of = (role: 'viewer' | 'operator' | 'admin') => ({ name: 'x', role })
  t.true(isAllowed(of('admin'), 'viewer'))
  t.true(isAllowed(of('operator'), 'operator'))
  t.false(isAllowed(of('operator'), 'admin'))
  t.false(isAllowed(of('viewer'), 'operator'))
})

test('a changed file counts at once; one that cannot be used leaves what was', (t) => {
  const file = join(temporaryFolder(t), 'tokens')
  t.throws(() => readOperators(file), { code: 'config/secret', message: /cannot read/ })
  writeFileSync(file, `ann viewer ${secret}`)
  const faults: unknown[] = []
  const fresh = new FreshFiles(
    [file],
    () => readOperators(file),
    (error) => faults.push(error),
  )
  t.like(fresh.value, [{ name: 'ann' }])
  writeFileSync(file, `barbara viewer ${secret}`)
  t.like(fresh.value, [{ name: 'barbara' }])
  rmSync(file)
  t.like([fresh.value, fresh.value], [[{ name: 'barbara' }], [{ name: 'barbara' }]])
  t.is(faults.length, 1, 'said once')
})
