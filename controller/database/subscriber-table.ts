import { z } from 'zod'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import type { Subscriber } from './service-control-database.ts'

const columns = 'nai, home_address AS homeAddress, spi, key_file AS keyFile'
const row = z
  .object({ nai: z.string(), homeAddress: z.string(), spi: z.number(), keyFile: z.string() })
  .transform(
    ({ nai, homeAddress, spi, keyFile }): Subscriber => ({
      nai,
      homeAddress,
      authentication: { spi, keyFile },
    }),
  )

export function findSubscriber(connection: Connection, nai: string): Subscriber | undefined {
  return connection.one(row, `SELECT ${columns} FROM subscriber WHERE nai = ?`, nai)
}

/** @throws database/not-found */
export function requireSubscriber(connection: Connection, nai: string): Subscriber {
  const subscriber = findSubscriber(connection, nai)
  if (subscriber) return subscriber
  throw new DatabaseError('database/not-found', `there is no subscriber "${nai}"`)
}

export function listSubscribers(connection: Connection): Subscriber[] {
  return connection.all(row, `SELECT ${columns} FROM subscriber ORDER BY nai`)
}

export function putSubscriber(
  connection: Connection,
  { nai, homeAddress, authentication }: Subscriber,
): void {
  const holder = connection.one(
    row,
    `SELECT ${columns} FROM subscriber WHERE home_address = ? AND nai <> ?`,
    homeAddress,
    nai,
  )
  if (holder)
    throw new DatabaseError(
      'database/import',
      `home address ${homeAddress} of ${nai} already belongs to ${holder.nai}`,
    )
  connection.run(
    `INSERT INTO subscriber (nai, home_address, spi, key_file) VALUES (?, ?, ?, ?)
     ON CONFLICT (nai) DO UPDATE SET
       home_address = excluded.home_address, spi = excluded.spi, key_file = excluded.key_file`,
    nai,
    homeAddress,
    authentication.spi,
    authentication.keyFile,
  )
}
