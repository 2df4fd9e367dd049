import { z } from 'zod'
import { fileName } from '#core/config.ts'
import type { PostgresqlServer } from './postgresql-server.ts'

const postgresql = z
  .strictObject({
    /** Name or address of the server. */
    host: z.string().min(1).optional(),
    /** Folder of its socket, on the same machine. */
    socket: fileName.optional(),
    port: z.int().min(1).max(65535).default(5432),
    database: z.string().min(1),
    user: z.string().min(1),
    /** Without one the server has to let the user in by other means, such as `peer` on the socket. */
    passwordFile: fileName.optional(),
  })
  .refine(
    ({ host, socket }) => (host === undefined) !== (socket === undefined),
    'must have either host or socket',
  )
  .transform(
    ({ host, socket, ...rest }): PostgresqlServer => ({ ...rest, host: host ?? socket ?? 'localhost' }),
  )

/** Where the service control database is: an SQLite file, or PostgreSQL, which several home servers can share. */
export const databaseLocation = z.union(
  [fileName, z.strictObject({ postgresql })],
  'must be a file name, or postgresql with either host or socket, database, user, and if need be port and passwordFile',
)
