import { existsSync, readFileSync } from 'node:fs'
import test from 'ava'

const root = new URL('../', import.meta.url)
const text = readFileSync(new URL('docs/conformance.md', root), 'utf8')

test('docs/conformance.md names tests that there are', (t) => {
  const named = [...text.matchAll(/`((?:agent|controller|diameter|wire)\/[a-z0-9/.-]+)`/g)].map(
    ([, name = '']) => name,
  )
  t.true(named.length > 80)
  for (const name of named) t.true(existsSync(new URL(`${name}.test.ts`, root)), name)
})

test('a row of docs/conformance.md without a test says that it is not done', (t) => {
  const rows = text.split('\n').filter((line) => line.endsWith('| |'))
  t.true(rows.length > 0)
  for (const row of rows) t.regex(row, /\| no: /)
})
