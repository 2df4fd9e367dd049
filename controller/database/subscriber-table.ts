import { z } from 'zod'
import type { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import type { ImportDocument } from './import-file.ts'
import type { Subscriber } from './service-control-database.ts'

const select = `SELECT nai, home_address, address AS assigned_home_address, spi, key_file
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

export function findSubscriber(connection: Connection, nai: string): Promise<Subscriber | undefined> {
  return connection.one(row, `${select} WHERE nai = ?`, nai)
}

/** @throws database/not-found */
export async function requireSubscriber(connection: Connection, nai: string): Promise<Subscriber> {
  const subscriber = await findSubscriber(connection, nai)
  if (subscriber) return subscriber
  throw new DatabaseError('database/not-found', `there is no subscriber "${nai}"`)
}

export function listSubscribers(connection: Connection): Promise<Subscriber[]> {
  return connection.all(row, `${select} ORDER BY nai`)
}

export async function putSubscriber(
  connection: Connection,
  { nai, homeAddress: fixed, authentication }: SubscriberToPut,
): Promise<void> {
  const homeAddress = fixed ?? null
  const holder = await connection.one(
    row,
    `${select} WHERE (home_address = ? OR address = ?) AND nai <> ?`,
    homeAddress,
    homeAddress,
    nai,
  )
  if (holder)
    throw new DatabaseError(
      'database/import',
      `home address ${homeAddress} of ${nai} already belongs to ${holder.nai}`,
    )
  await connection.run(
    `INSERT INTO subscriber (nai, home_address, spi, key_file) VALUES (?, ?, ?, ?)
     ON CONFLICT (nai) DO UPDATE SET
       home_address = excluded.home_address, spi = excluded.spi, key_file = excluded.key_file`,
    nai,
    homeAddress,
    authentication.spi,
    authentication.keyFile,
  )
  if (homeAddress !== null) await connection.run('DELETE FROM assigned_home_address WHERE nai = ?', nai)
}

type SubscriberToPut = Omit<ImportDocument['subscribers'][number], 'profile'>
