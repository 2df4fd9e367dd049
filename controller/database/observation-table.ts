import { z } from 'zod'
import type { Facts, LinkState } from '../profile/facts.ts'
import type { Connection } from './connection.ts'

/** What is known of a subscriber besides sessions, usage and events. */
export interface Observation {
  /** Prepaid, in the operator's unit; undefined: none is kept. */
  balance: number | undefined
  /** Links that carry the subscriber, by NODE/INTERFACE. */
  links: Readonly<Record<string, LinkState>>
  translation: Facts['translation']
}

const links = z.record(
  z.string(),
  z.object({
    at: z.number(),
    heardAt: z.number().exactOptional(),
    up: z.boolean(),
    utilization: z.number(),
    dropsPerSecond: z.number(),
  }),
)
const translation = z.object({
  mappings: z.number(),
  poolUsed: z.number(),
  addresses: z.array(z.object({ inside: z.string(), outside: z.string() })).exactOptional(),
  ports: z
    .array(
      z.object({
        protocol: z.number(),
        insidePort: z.number(),
        outsideAddress: z.string(),
        outsidePort: z.number(),
      }),
    )
    .exactOptional(),
})
const row = z
  .object({ balance: z.number().nullable(), links: z.string(), translation: z.string().nullable() })
  .transform(
    (stored): Observation => ({
      balance: stored.balance ?? undefined,
      links: links.parse(JSON.parse(stored.links)),
      translation:
        stored.translation === null ? undefined : translation.parse(JSON.parse(stored.translation)),
    }),
  )

export async function findObservation(connection: Connection, nai: string): Promise<Observation> {
  const found = await connection.one(row, 'SELECT * FROM observation WHERE nai = ?', nai)
  return found ?? { balance: undefined, links: {}, translation: undefined }
}

export async function putObservation(
  connection: Connection,
  nai: string,
  { balance, links, translation }: Observation,
): Promise<void> {
  await connection.run(
    `INSERT INTO observation (nai, balance, links, translation) VALUES (?, ?, ?, ?)
     ON CONFLICT (nai) DO UPDATE SET balance = excluded.balance, links = excluded.links,
       translation = excluded.translation`,
    nai,
    balance ?? null,
    JSON.stringify(links),
    translation === undefined ? null : JSON.stringify(translation),
  )
}
