import { readFileSync } from 'node:fs'
import pg from 'pg'
import { DatabaseError } from './database-error.ts'

/** Where a PostgreSQL database is. */
export interface PostgresqlServer {
  /** A name or address, or the folder of its socket, which begins with a slash. */
  host: string
  port: number
  database: string
  user: string
  /** Holds the password; undefined: the server lets this user in without (by the owner of the socket's other end). */
  passwordFile?: string | undefined
}

export function describeServer({ host, port, database }: PostgresqlServer): string {
  return `PostgreSQL database "${database}" at ${host}${host.startsWith('/') ? ` (port ${port})` : `:${port}`}`
}

/** OID of BIGINT (`pg_type.dat`). All of ours are within 2^53. */
const bigint = 20

export function clientConfig({
  host,
  port,
  database,
  user,
  passwordFile,
}: PostgresqlServer): pg.ClientConfig {
  return {
    host,
    port,
    database,
    user,
    application_name: 'sojourn',
    keepAlive: true,
    // Read anew for each connection, so that it can be changed.
    ...(passwordFile !== undefined && { password: async () => readPassword(passwordFile) }),
    types: {
      getTypeParser: (oid: number, format?: 'text' | 'binary') =>
        oid === bigint ? Number : pg.types.getTypeParser(oid, format),
    },
  }
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new DatabaseError('database/unreadable', `cannot read the password file ${file}`, { cause })
  }
}

const translated = new Map<string, { name: string; text: string }>()

/**
 * PostgreSQL numbers the values of a statement: `?` becomes `$1`, `$2` ... No literal of ours holds one. By its name a connection
 * knows the statement again and does not plan it anew.
 */
export function positional(sql: string): { name: string; text: string } {
  const known = translated.get(sql)
  if (known) return known
  let count = 0
  const statement = { name: `s${translated.size}`, text: sql.replace(/\?/g, () => `$${++count}`) }
  translated.set(sql, statement)
  return statement
}
