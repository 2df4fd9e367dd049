import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../database/database-fixture.ts'
import { readToken } from './token.ts'

test('a token is one word of at least 16 characters', (t) => {
  const file = join(temporaryFolder(t), 'token')
  t.throws(() => readToken(file), { code: 'config/secret' })
  for (const text of ['', 'short', 'long enough but two words', 'x'.repeat(15)]) {
    writeFileSync(file, text)
    t.throws(() => readToken(file), { code: 'config/secret' }, text)
  }
  writeFileSync(file, 'a-token-for-the-tests\n')
  t.is(readToken(file), 'a-token-for-the-tests')
})
