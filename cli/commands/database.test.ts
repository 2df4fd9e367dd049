import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { parse, stringify } from 'yaml'
import { runSojourn } from './run-sojourn.ts'

const example = new URL('../../docs/examples/subscribers.yaml', import.meta.url).pathname

test('a database is exported, looked at and imported', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-test-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [first, second, file] = ['first.sqlite', 'second.sqlite', 'backup.yaml'].map((name) =>
    join(folder, name),
  )
  if (!first || !second || !file) return t.fail()
  const database = (words: string[], name: string) => runSojourn(['database', ...words, '--database', name])
  t.is((await database(['import', example], first)).code, 0)
  const exported = await database(['export', '--output', file], first)
  t.deepEqual([exported.code, exported.output], [0, `${file}: 2 profiles and 1 subscribers exported\n`])
  t.is(statSync(file).mode & 0o077, 0, 'nobody else reads it')
  const text = readFileSync(file, 'utf8')

  const document = parse(text)
  document.subscribers[0].profile = 'gold'
  const changed = join(folder, 'changed.yaml')
  writeFileSync(changed, stringify(document))
  const dry = await database(['import', changed, '--dry-run'], first)
  t.is(dry.output, 'mn1@home.example profile: "bronze" becomes "gold"\n1 changes; nothing was written\n')
  t.is((await database(['export'], first)).output, text, 'nothing has changed')

  t.is((await database(['import', file], second)).code, 0)
  t.is((await database(['export'], second)).output, text)
  const missing = await runSojourn(['database', 'export'])
  t.is(missing.code, 2)
  t.regex(missing.errors, /--database or --config/)
})
