/**
 * Which home server cares for a subscriber, where several share the database: the one that last had him register, as
 * long as it says that it is alive. Who is not cared for is taken over by the next that looks. Settling is right
 * whoever does it: ownership only keeps two from doing the same work.
 */
import { z } from 'zod'
import type { Connection } from './connection.ts'

const named = z.object({ nai: z.string() })

/**
 * Says that this home server is alive until `aliveUntil`, and takes over the subscribers with a session or a timer for
 * whom nobody cares. Returns their NAIs. Times are milliseconds since 1970.
 */
export async function renewOwnership(
  connection: Connection,
  { identity, at, aliveUntil }: { identity: string; at: number; aliveUntil: number },
): Promise<string[]> {
  await connection.run(
    `INSERT INTO home_server (identity, alive_until) VALUES (?, ?)
     ON CONFLICT (identity) DO UPDATE SET alive_until = excluded.alive_until`,
    identity,
    aliveUntil,
  )
  const gained = await connection.all(
    named,
    `SELECT nai FROM evaluation WHERE (wake_at IS NOT NULL
         OR EXISTS (SELECT 1 FROM session WHERE session.nai = evaluation.nai AND state <> 'ended'))
       AND NOT EXISTS (SELECT 1 FROM owner JOIN home_server ON home_server.identity = owner.identity
         WHERE owner.nai = evaluation.nai AND alive_until > ?)
     ORDER BY nai`,
    at,
  )
  for (const { nai } of gained) await own(connection, nai, identity)
  return gained.map(({ nai }) => nai)
}

/** Who has a subscriber register cares for him from then on. */
export async function own(connection: Connection, nai: string, identity: string): Promise<void> {
  await connection.run(
    'INSERT INTO owner (nai, identity) VALUES (?, ?) ON CONFLICT (nai) DO UPDATE SET identity = excluded.identity',
    nai,
    identity,
  )
}

/** Everybody for whom this home server cares. */
export async function ownedBy(connection: Connection, identity: string): Promise<string[]> {
  const owned = await connection.all(named, 'SELECT nai FROM owner WHERE identity = ? ORDER BY nai', identity)
  return owned.map(({ nai }) => nai)
}

/** A home server that stops leaves its subscribers to the others at once. */
export async function leave(connection: Connection, identity: string): Promise<void> {
  await connection.run('DELETE FROM home_server WHERE identity = ?', identity)
}
