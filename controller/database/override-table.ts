import { z } from 'zod'
import type { Fields } from '../profile/field.ts'
import type { LayerEntry } from '../profile/layers.ts'
import type { Connection } from './connection.ts'

/** What an operator imposes on a subscriber, by a name under which it can be replaced and taken back. */
export interface Override {
  name: string
  fields: Fields
  reason: string
  author: string
  /** Milliseconds since 1970. */
  since: number
  until: number | undefined
}

const row = z
  .object({
    name: z.string(),
    fields: z.string(),
    reason: z.string(),
    author: z.string(),
    since: z.number(),
    until: z
      .number()
      .nullable()
      .transform((time) => time ?? undefined),
  })
  .transform(({ fields, ...rest }): Override => ({ ...rest, fields: JSON.parse(fields) }))

export function listOverrides(connection: Connection, nai: string): Promise<Override[]> {
  return connection.all(row, 'SELECT * FROM operator_override WHERE nai = ? ORDER BY since, name', nai)
}

export function overrideEntry({ name, ...rest }: Override): LayerEntry {
  return { layer: 'override', source: name, ...rest }
}

export async function putOverride(connection: Connection, nai: string, override: Override): Promise<void> {
  const { name, fields, reason, author, since, until } = override
  await connection.run(
    `INSERT INTO operator_override (nai, name, fields, reason, author, since, until) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (nai, name) DO UPDATE SET fields = excluded.fields, reason = excluded.reason,
       author = excluded.author, since = excluded.since, until = excluded.until`,
    nai,
    name,
    JSON.stringify(fields),
    reason,
    author,
    since,
    until ?? null,
  )
}

/** Returns whether there was one. */
export async function removeOverride(connection: Connection, nai: string, name: string): Promise<boolean> {
  return (await connection.run('DELETE FROM operator_override WHERE nai = ? AND name = ?', nai, name)) > 0
}
