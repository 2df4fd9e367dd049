import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import type { ControlDatabase } from './control-database.ts'
import { seed, temporaryFolder } from './database-fixture.ts'
import { readImportFile } from './import-file.ts'
import type { EngineName } from './migrations.ts'
import { type DatabaseLocation, openDatabase } from './open-database.ts'
import { emptyPostgresql } from './postgresql-fixture.ts'
import { clientConfig } from './postgresql-server.ts'

/** Every test of the database is one for each of the two. */
const engineNames: readonly EngineName[] = ['sqlite', 'postgresql']

/** The same test over both databases. */
export function onBothEngines(
  title: string,
  run: (t: ExecutionContext, engine: EngineName) => Promise<void>,
): void {
  for (const engine of engineNames) test(`${engine}: ${title}`, (t) => run(t, engine))
}

export interface Seeded {
  database: ControlDatabase
  location: DatabaseLocation
  folder: string
  /** Closes it and opens it again. */
  reopened(): Promise<ControlDatabase>
}

/** A place for a database that is not there yet. */
export async function freshLocation(t: ExecutionContext, engine: EngineName): Promise<DatabaseLocation> {
  if (engine === 'postgresql') return { postgresql: await emptyPostgresql() }
  return join(temporaryFolder(t), 'control.sqlite')
}

/** A database with `seed` in it; closed when the test ends. */
export async function seededOn(t: ExecutionContext, engine: EngineName): Promise<Seeded> {
  const folder = temporaryFolder(t)
  const seedFile = join(folder, 'seed.yaml')
  writeFileSync(seedFile, seed)
  const location = await freshLocation(t, engine)
  let open = await openDatabase(location)
  t.teardown(() => open.close())
  await open.import(readImportFile(seedFile), 1000)
  return {
    database: open,
    location,
    folder,
    async reopened() {
      await open.close()
      open = await openDatabase(location)
      return open
    },
  }
}

/** What a statement finds, by a client that is not ours. Columns as the database calls them; counts as text or number. */
export async function look(location: DatabaseLocation, sql: string): Promise<Record<string, unknown>[]> {
  if (typeof location === 'string') {
    const raw = new DatabaseSync(location, { timeout: 5000 })
    try {
      return raw.prepare(sql).all()
    } finally {
      raw.close()
    }
  }
  const client = new pg.Client(clientConfig(location.postgresql))
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}
