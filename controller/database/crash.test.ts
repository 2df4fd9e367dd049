import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { mn1 } from './database-fixture.ts'
import { look, onBothEngines, seededOn } from './engine-fixture.ts'
import type { DatabaseLocation } from './open-database.ts'

/** Edits and takes in events as fast as it can, two of each kind at once, and says what it was told is done. */
const client = `
  import { openDatabase } from ${JSON.stringify(import.meta.resolve('./open-database.ts'))}
  const database = await openDatabase(JSON.parse(process.argv[1]))
  const [nai, round] = ['${mn1}', process.argv[2]]
  const say = (what, which) => process.stdout.write(what + ' ' + which + '\\n')
  let at = 10_000
  async function edit() {
    for (;;) {
      const { edit, document } = await database.openEdit({ subject: 'bronze', editor: 'child', at: ++at, expiresAt: 1e9 })
      const rate = document.class.downlink.rate === '4mbit' ? '5mbit' : '4mbit'
      const changed = { ...document, class: { downlink: { rate } } }
      const request = { id: edit.id, baseVersion: edit.baseVersion, document: changed, reason: 'crash', at: ++at }
      const outcome = await database.commitEdit(request)
      if (outcome.outcome === 'committed') say('edit', outcome.version)
    }
  }
  async function signal(name) {
    for (let count = 0; ; count++) {
      const event = { id: round + '-' + name + '-' + count, at: ++at, kind: 'authentication-failure' }
      await database.recordEvents([{ nai, event }], at)
      say('event', event.id)
    }
  }
  await Promise.all([edit(), edit(), signal('a'), signal('b')])
`

function startClient(location: DatabaseLocation, round: number): ChildProcess {
  const how = ['--input-type=module-typescript', '--eval', client, JSON.stringify(location), String(round)]
  return spawn(process.execPath, how, { stdio: ['ignore', 'pipe', 'inherit'] })
}

interface Acknowledged {
  versions: number[]
  events: string[]
}

/** Kills the client after so many words of it, wherever it is then. */
async function killAfter(child: ChildProcess, words: number): Promise<Acknowledged> {
  if (!child.stdout) throw new Error('the client has no output')
  const said: Acknowledged = { versions: [], events: [] }
  let seen = 0
  for await (const line of createInterface(child.stdout)) {
    const [what, which = ''] = line.split(' ')
    if (what === 'edit') said.versions.push(Number(which))
    else said.events.push(which)
    if (++seen === words) child.kill('SIGKILL')
  }
  return said
}

onBothEngines(
  'kill -9 loses no edit and no event that was acknowledged, round after round',
  async (t, engine) => {
    const { database, location, reopened } = await seededOn(t, engine)
    await database.close()
    let edits = 1
    const events = new Set<string>()
    for (const [round, words] of [1, 13, 60].entries()) {
      const child = startClient(location, round)
      const exited = once(child, 'exit')
      const said = await killAfter(child, words)
      t.is((await exited)[1], 'SIGKILL')
      for (const id of said.events) events.add(id)

      const again = await reopened()
      const stored = await again.document('bronze')
      t.true((stored?.revision ?? 0) >= Math.max(edits, ...said.versions), 'no committed edit is lost')
      edits = stored?.revision ?? 0
      await again.expireEdits(1e9)
      t.deepEqual(await again.openEdits(), [])
      const found = await again.events(mn1, 10_000)
      t.true(
        found.every(({ state }) => state === 'applied'),
        'what was held by the dead editor is applied',
      )
      const ids = new Set(found.map(({ event }) => event.id))
      t.true(
        [...events].every((id) => ids.has(id)),
        'no event is lost',
      )
      t.is((await again.settle(mn1, 1e9)).changed, false, 'nothing is left to be done')
      await again.close()
    }

    if (engine === 'sqlite')
      t.like(await look(location, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
    const [audited] = await look(location, "SELECT count(*) AS n FROM audit WHERE action = 'commit-edit'")
    t.is(Number(audited?.n), edits - 1, 'every edit is audited, and only those')
    const [revisions] = await look(
      location,
      `SELECT count(*) AS n, max(revision) AS newest FROM effective WHERE nai = '${mn1}'`,
    )
    t.is(Number(revisions?.n), Number(revisions?.newest), 'no revision is missing')
  },
)
