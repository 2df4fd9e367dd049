import { z } from 'zod'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Connection } from './connection.ts'
import type { HomeAddressPool } from './service-control-database.ts'

const row = z.object({ address: z.string() })

/** @see ServiceControlDatabase.assignHomeAddress */
export async function assignHomeAddress(
  connection: Connection,
  nai: string,
  pool: HomeAddressPool,
  at: number,
): Promise<Ipv4Address | undefined> {
  const held = await connection.one(row, 'SELECT address FROM assigned_home_address WHERE nai = ?', nai)
  const address =
    held && pool.has(held.address)
      ? held.address
      : ((await free(connection, pool)) ?? (await reclaimed(connection, pool)))
  if (address !== undefined)
    await connection.run(
      `INSERT INTO assigned_home_address (nai, address, used_at) VALUES (?, ?, ?)
       ON CONFLICT (nai) DO UPDATE SET address = excluded.address, used_at = excluded.used_at`,
      nai,
      address,
      at,
    )
  return address
}

/** Looks through the whole pool, but only at a subscriber's first registration. */
async function free(connection: Connection, pool: HomeAddressPool): Promise<Ipv4Address | undefined> {
  const taken = new Set(
    (
      await connection.all(
        row,
        `SELECT address FROM assigned_home_address
         UNION SELECT home_address FROM subscriber WHERE home_address IS NOT NULL`,
      )
    ).map(({ address }) => address),
  )
  for (const address of pool.addresses()) if (!taken.has(address)) return address
  return undefined
}

async function reclaimed(connection: Connection, pool: HomeAddressPool): Promise<Ipv4Address | undefined> {
  const unused = await connection.all(
    row,
    `SELECT address FROM assigned_home_address AS assigned
     WHERE NOT EXISTS (SELECT 1 FROM session WHERE session.nai = assigned.nai AND state = 'open') ORDER BY used_at`,
  )
  const address = unused.find((each) => pool.has(each.address))?.address
  if (address !== undefined)
    await connection.run('DELETE FROM assigned_home_address WHERE address = ?', address)
  return address
}
