import { z } from 'zod'
import type { Connection } from './connection.ts'

const row = z.object({ value: z.string() })

/** Of the home domain (IANA): where its days and months begin. UTC until a home server says otherwise. */
export async function findTimeZone(connection: Connection): Promise<string> {
  const found = await connection.one(row, "SELECT value FROM setting WHERE name = 'time-zone'")
  return found?.value ?? 'UTC'
}

export async function putTimeZone(connection: Connection, timeZone: string): Promise<void> {
  await connection.run(
    `INSERT INTO setting (name, value) VALUES ('time-zone', ?)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    timeZone,
  )
}
