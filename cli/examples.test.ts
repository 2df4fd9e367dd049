import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { readImportFile } from '#controller/database/import-file.ts'
import { openDatabase } from '#controller/database/open-database.ts'
import { roles } from './commands/roles.ts'

const example = (name: string): string =>
  fileURLToPath(new URL(`../docs/examples/${name}.yaml`, import.meta.url))

for (const { name, load } of roles)
  test(`the documented configuration of ${name} is valid`, async (t) => {
    const configured = await load()
    t.is(typeof configured(example(name)), 'function')
  })

test('the documented configuration with TLS is valid', async (t) => {
  const configured = await roles.find(({ name }) => name === 'foreign-server')?.load()
  t.is(typeof configured?.(example('foreign-server-tls')), 'function')
})

test('the documented profiles and subscribers can be imported', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-example-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'subscribers.yaml')
  copyFileSync(example('subscribers'), file)
  const database = await openDatabase(join(folder, 'control.sqlite'))
  await database.import(readImportFile(file), 0)
  t.is((await database.effective('mn1@home.example')).profile.name, 'bronze')
  await database.close()
})
