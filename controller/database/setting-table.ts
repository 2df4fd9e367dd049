import { z } from 'zod'
import type { Connection } from './connection.ts'

const row = z.object({ value: z.string() })

/** Of the home domain (IANA): where its days and months begin. UTC until a home server says otherwise. */
export async function findTimeZone(connection: Connection): Promise<string> {
  const found = await connection.one(row, "SELECT value FROM setting WHERE name = 'time-zone'")
  return found?.value ?? 'UTC'
}

/** @see ServiceControlDatabase.originStateId */
export async function keepOriginStateId(
  connection: Connection,
  identity: string,
  first: number,
): Promise<number> {
  const name = `origin-state-id ${identity.toLowerCase()}`
  await connection.run(
    'INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING',
    name,
    `${first}`,
  )
  const kept = await connection.one(row, 'SELECT value FROM setting WHERE name = ?', name)
  return Number(kept?.value ?? first)
}

export async function putTimeZone(connection: Connection, timeZone: string): Promise<void> {
  await connection.run(
    `INSERT INTO setting (name, value) VALUES ('time-zone', ?)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    timeZone,
  )
}
