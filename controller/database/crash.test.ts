import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import test from 'ava'
import { mn1, seededDatabase } from './database-fixture.ts'
import { SqliteDatabase } from './sqlite-database.ts'

/** Edits as fast as it can, and says each revision once its promise is fulfilled. */
const editor = `
  import { SqliteDatabase } from ${JSON.stringify(import.meta.resolve('./sqlite-database.ts'))}
  const database = new SqliteDatabase(process.argv[1])
  for (let at = 10_000; ; at++) {
    const profile = at % 2 ? 'bronze' : 'gold'
    const { revision } = await database.setBaseProfile('${mn1}', { profile, reason: 'edit', author: 'child', at })
    process.stdout.write(revision + '\\n')
  }
`

function startEditor(file: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module-typescript', '--eval', editor, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Kills the editor with the given number of commits behind it; returns the last revision that it said. */
async function killAfter(child: ChildProcess, commits: number): Promise<number> {
  if (!child.stdout) throw new Error('the editor has no output')
  let last = 0
  let seen = 0
  for await (const line of createInterface(child.stdout)) {
    last = Number(line)
    if (++seen === commits) child.kill('SIGKILL')
  }
  return last
}

test('kill -9 in the middle of commits loses none that was acknowledged, round after round', async (t) => {
  const { database, file } = await seededDatabase(t)
  await database.close()
  let before = 1
  for (const commits of [1, 7, 40, 100]) {
    const child = startEditor(file)
    const exited = once(child, 'exit')
    const acknowledged = await killAfter(child, commits)
    t.is((await exited)[1], 'SIGKILL')
    t.true(acknowledged >= before + commits - 1, 'the revision never falls')

    const again = new SqliteDatabase(file)
    const { revision } = await again.effective(mn1)
    await again.close()
    t.true(revision >= acknowledged, `${revision} holds the acknowledged ${acknowledged}`)
    before = revision
  }

  const raw = new DatabaseSync(file)
  t.is(raw.prepare('PRAGMA integrity_check').get()?.integrity_check, 'ok')
  const audited = raw.prepare("SELECT count(*) AS n FROM audit WHERE action = 'set-profile'").get()?.n
  const revisions = raw
    .prepare('SELECT count(*) AS n, max(revision) AS newest FROM effective WHERE nai = ?')
    .get(mn1)
  raw.close()
  t.is(revisions?.n, revisions?.newest, 'no revision is missing')
  t.true(Number(audited) >= Number(revisions?.newest) - 1, 'no edit went unaudited')
})
