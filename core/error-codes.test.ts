import { readFileSync } from 'node:fs'
import test from 'ava'
import { errorCodes } from './error-codes.ts'

test('docs/errors.md prints the table of error codes', (t) => {
  const document = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8')
  const rows = [...document.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [
    code,
    meaning,
  ])
  t.deepEqual(rows, Object.entries(errorCodes))
})
