import type { Engine } from './connection.ts'
import { ControlDatabase } from './control-database.ts'
import type { PostgresqlServer } from './postgresql-server.ts'
import { SqliteEngine } from './sqlite-engine.ts'

/** An SQLite file, or a PostgreSQL database that several home servers share. */
export type DatabaseLocation = string | { postgresql: PostgresqlServer }

/**
 * Opens the service control database, and creates what is missing in it.
 * @param timeZone of the home domain (IANA), where it is to be set
 * @throws database/unreadable
 */
export async function openDatabase(location: DatabaseLocation, timeZone?: string): Promise<ControlDatabase> {
  const database = new ControlDatabase(await openEngine(location))
  if (timeZone !== undefined) await database.setTimeZone(timeZone)
  return database
}

/** @throws database/unreadable */
export async function openEngine(location: DatabaseLocation): Promise<Engine> {
  if (typeof location === 'string') return new SqliteEngine(location)
  // Who has a file does not load the PostgreSQL client.
  const { PostgresqlEngine } = await import('./postgresql-engine.ts')
  return PostgresqlEngine.open(location.postgresql)
}
