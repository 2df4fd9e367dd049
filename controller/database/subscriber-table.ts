import { z } from 'zod'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import type { ImportDocument } from './import-file.ts'
import type { Subscriber } from './service-control-database.ts'

const select = `SELECT nai, home_address AS homeAddress, address AS assignedHomeAddress, spi, key_file AS keyFile
  FROM subscriber LEFT JOIN assigned_home_address USING (nai)`
const optionalAddress = z
  .string()
  .nullable()
  .transform((address) => address ?? undefined)
const row = z
  .object({
    nai: z.string(),
    homeAddress: optionalAddress,
    assignedHomeAddress: optionalAddress,
    spi: z.number(),
    keyFile: z.string(),
  })
  .transform(({ spi, keyFile, ...rest }): Subscriber => ({ ...rest, authentication: { spi, keyFile } }))

export function findSubscriber(connection: Connection, nai: string): Subscriber | undefined {
  return connection.one(row, `${select} WHERE nai = ?`, nai)
}

/** @throws database/not-found */
export function requireSubscriber(connection: Connection, nai: string): Subscriber {
  const subscriber = findSubscriber(connection, nai)
  if (subscriber) return subscriber
  throw new DatabaseError('database/not-found', `there is no subscriber "${nai}"`)
}

export function listSubscribers(connection: Connection): Subscriber[] {
  return connection.all(row, `${select} ORDER BY nai`)
}

export function putSubscriber(
  connection: Connection,
  { nai, homeAddress: fixed, authentication }: SubscriberToPut,
): void {
  const homeAddress = fixed ?? null
  const holder = connection.one(
    row,
    `${select} WHERE (home_address = ?1 OR address = ?1) AND nai <> ?2`,
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
  if (homeAddress !== null) connection.run('DELETE FROM assigned_home_address WHERE nai = ?', nai)
}

type SubscriberToPut = Omit<ImportDocument['subscribers'][number], 'profile'>
