/**
 * AVA's shared worker: one PostgreSQL server for all tests of a run, out of the Debian package, in a folder of its own
 * and on a socket only. It is started by the first test that asks and stops with AVA, however that ends.
 */
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, globSync, mkdtempSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { SharedWorker } from 'ava/plugin'
import pg from 'pg'
import { PostgresqlEngine } from './postgresql-engine.ts'
import type { PostgresqlServer } from './postgresql-server.ts'

/** What a test is told: where its own database is, or why there is none. */
export type FixtureAnswer = PostgresqlServer | { missing: string }

const user = 'sojourn'
const port = 5432
const settings =
  'fsync=off full_page_writes=off synchronous_commit=off shared_buffers=32MB max_connections=200 max_wal_size=64MB'

export default async function serve({ negotiateProtocol }: SharedWorker.FactoryOptions): Promise<void> {
  const protocol = negotiateProtocol(['ava-4'])
  let started: Promise<() => Promise<PostgresqlServer>> | undefined
  protocol.ready()
  for await (const message of protocol.subscribe()) {
    started ??= startServer()
    await started
      .then((create) => create())
      .then(
        (server) => message.reply(server),
        (error: unknown) => message.reply({ missing: String(error) }),
      )
  }
}

/** Returns how to make a database, empty but for its schema. */
async function startServer(): Promise<() => Promise<PostgresqlServer>> {
  const programs = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)
  if (programs === undefined) throw new Error('PostgreSQL is missing: scripts/set-up.sh --with postgresql')
  const folder = mkdtempSync(join(tmpdir(), 'sojourn-postgresql-'))
  const who = unprivileged(folder)
  const initdb = ['-D', join(folder, 'data'), '-U', user, '-A', 'trust', '--no-sync', '--no-instructions']
  execFileSync(join(programs, 'initdb'), [...initdb, '--locale=C.UTF-8'], { ...who, stdio: 'pipe' })
  const options = settings
    .split(' ')
    .map((setting) => `-c ${setting}`)
    .join(' ')
  // The shell reads until AVA is gone, then stops the server and removes what it wrote.
  const script = `"$1/postgres" -D "$2/data" -k "$2" -h '' ${options} 2>"$2/log" & server=$!
    cat >/dev/null; kill -INT $server; wait $server; rm -rf "$2"`
  spawn('sh', ['-c', script, 'sh', programs, folder], {
    ...who,
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  }).unref()
  const server = (database: string): PostgresqlServer => ({ host: folder, port, database, user })
  const client = await connected(server('postgres'))
  await client.query('CREATE DATABASE template')
  await (await PostgresqlEngine.open(server('template'))).close()
  let count = 0
  return async () => {
    const name = `test_${++count}`
    await client.query(`CREATE DATABASE ${name} TEMPLATE template`)
    return server(name)
  }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(folder: string): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {}
  const id = (option: string): number =>
    Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }))
  const [uid, gid] = [id('-u'), id('-g')]
  chownSync(folder, uid, gid)
  return { uid, gid }
}

/** Polls until the server listens. */
async function connected(server: PostgresqlServer): Promise<pg.Client> {
  const deadline = Date.now() + 20_000
  for (;;) {
    const client = new pg.Client(server)
    try {
      await client.connect()
      return client
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
