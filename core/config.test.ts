import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { z } from 'zod'
import { ConfigError, fileName, ipv4Address, loadConfig, readSecret } from './config.ts'
import { rate, size } from './units.ts'

const folder = mkdtempSync(join(tmpdir(), 'sojourn-config-'))
test.after.always(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const schema = z.strictObject({ address: ipv4Address, rate, quota: size })

test('a valid file becomes its values, rates in bits per second and sizes in bytes', (t) => {
  const path = file('valid.yaml', 'address: 192.0.2.1\nrate: 1.5mbit\nquota: 1GiB\n')
  t.deepEqual(loadConfig(path, schema), { address: '192.0.2.1', rate: 1_500_000, quota: 2 ** 30 })
})

test('every fault of a file is told at once, with its path', (t) => {
  const path = file('faults.yaml', 'address: 192.0.2.256\nrate: 4 potatoes\nquota: 1MB\nspeed: 3\n')
  const error = t.throws(() => loadConfig(path, schema), { instanceOf: ConfigError, code: 'config/invalid' })
  for (const part of [path, 'address: must be an IPv4 address', 'rate: must be a positive amount', '"speed"'])
    t.true(error.message.includes(part), part)
})

test('a file that is missing or no YAML is unreadable', (t) => {
  t.throws(() => loadConfig(join(folder, 'none.yaml'), schema), { code: 'config/unreadable' })
  t.throws(() => loadConfig(file('broken.yaml', 'a: [1'), schema), { code: 'config/unreadable' })
})

test('a file that a configuration names is found from its folder', (t) => {
  const path = file('names.yaml', 'key: keys/a.key\nother: /etc/b.key\n')
  t.deepEqual(loadConfig(path, z.strictObject({ key: fileName, other: fileName })), {
    key: join(folder, 'keys/a.key'),
    other: '/etc/b.key',
  })
})

test('a key file is hexadecimal, at least 16 bytes', (t) => {
  t.is(
    readSecret(file('a.key', `${'0f'.repeat(8)}\n${'f0'.repeat(8)}\n`)).toString('hex'),
    '0f'.repeat(8) + 'f0'.repeat(8),
  )
  t.throws(() => readSecret(file('short.key', 'aabb')), { code: 'config/secret' })
  t.throws(() => readSecret(join(folder, 'none.key')), { code: 'config/secret' })
})
