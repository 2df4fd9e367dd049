import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { seed, temporaryFolder } from './database-fixture.ts'
import { readImportFile } from './import-file.ts'

test('key files are taken from the folder of the import file', (t) => {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'seed.yaml'), seed)
  const { profiles, subscribers } = readImportFile(join(folder, 'seed.yaml'))
  t.is(profiles.length, 2)
  t.is(subscribers[0]?.authentication.keyFile, join(folder, 'mn1.key'))
})

test('every fault is reported at once, with its path', (t) => {
  const file = join(temporaryFolder(t), 'bad.yaml')
  writeFileSync(
    file,
    `
profiles:
  - { name: gold, class: { downlink: { rate: 20 } } }
subscribers:
  - { nai: mn1, homeAddress: 192.0.2.300, authentication: { spi: 1, keyFile: k }, profile: gold, colour: red }
`,
  )
  const error = t.throws(() => readImportFile(file), { code: 'database/import' })
  for (const path of [
    'profiles.0.class.downlink.rate',
    'subscribers.0.nai',
    'subscribers.0.homeAddress',
    'subscribers.0.authentication.spi',
    'subscribers.0: Unrecognized key: "colour"',
  ])
    t.true(error?.message.includes(path), path)
})

test('a file that is missing is said to be', (t) => {
  t.throws(() => readImportFile(join(temporaryFolder(t), 'none.yaml')), {
    code: 'database/import',
    message: /cannot read .*none\.yaml/,
  })
})
