import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { decodable } from '#wire/golden/message-vectors.ts'
import { judgeAuthenticators, type KnownKey, readKeys } from './authenticators.ts'

const algorithms: Record<string, KnownKey['algorithm']> = {
  'hmac-md5': 'hmac-md5',
  'hmac-sha1': 'hmac-sha1',
  'keyed-md5-prefix-suffix': 'md5-prefix-suffix',
  'chap-md5 (RFC 4721 section 8)': 'chap-md5',
}

for (const { id, bytes, auth } of decodable.filter((vector) => vector.auth.length > 0))
  test(`${id}: each authenticator is judged as the golden file says`, (t) => {
    const keys = auth.map(({ spi, algorithm, keyHex }): KnownKey => {
      const known = algorithms[algorithm]
      if (known === undefined) throw new Error(`no algorithm ${algorithm}`)
      return { spi, algorithm: known, key: Buffer.from(keyHex, 'hex') }
    })
    const verdicts = judgeAuthenticators(bytes, keys)
    const golden = auth.map(({ spi, valid }) => `${spi} ${valid ? 'holds' : 'does not hold'}`)
    t.deepEqual(verdicts.map(({ spi, verdict }) => `${spi} ${verdict}`).sort(), golden.sort())
    t.deepEqual(
      new Set(judgeAuthenticators(bytes, []).map(({ verdict }) => verdict)),
      new Set(['no key known']),
    )
  })

function keyFile(t: { teardown: (end: () => void) => void }, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-keys-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'secret'), '000102030405060708090a0b0c0d0e0f\n')
  writeFileSync(join(folder, 'keys.yaml'), text)
  return join(folder, 'keys.yaml')
}

const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')

test('a key stands in the file or in one that it names, and may be for one extension only', (t) => {
  const file = keyFile(
    t,
    `- { spi: 4097, algorithm: hmac-md5, keyFile: secret, extension: mobile-home-authentication }
- { spi: 4097, algorithm: hmac-md5, key: "00ff", extension: foreign-home-authentication }`,
  )
  const keys = readKeys(file)
  t.deepEqual(keys, [
    { spi: 4097, algorithm: 'hmac-md5', key, extension: 'mobile-home-authentication' },
    {
      spi: 4097,
      algorithm: 'hmac-md5',
      key: Buffer.from('00ff', 'hex'),
      extension: 'foreign-home-authentication',
    },
  ])
  const bytes = decodable.find(({ id }) => id === 'mip-rrq-fa-coa')?.bytes ?? Buffer.alloc(0)
  const verdictOf = (known: KnownKey[]) => judgeAuthenticators(bytes, known).map(({ verdict }) => verdict)
  t.deepEqual(verdictOf(keys), ['holds'])
  t.deepEqual(verdictOf(keys.slice(1)), ['no key known'])
})

test('a key file that does not fit is refused with the path', (t) => {
  const rows: [string, RegExp][] = [
    ['- { spi: 1, algorithm: hmac-md5 }', /0: takes either key or keyFile/],
    ['- { spi: 1, algorithm: hmac-md5, key: 00010203 }', /0\.key: must be text/],
    ['- { spi: 1, algorithm: rot13, key: "00" }', /0\.algorithm: /],
  ]
  for (const [text, message] of rows)
    t.throws(() => readKeys(keyFile(t, text)), { code: 'config/invalid', message })
})
