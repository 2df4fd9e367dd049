import pg from 'pg'
import { type ChangeListener, type Connection, connectionOver, type Engine } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { migrations, stepFor } from './migrations.ts'
import { ChangeChannel, changeChannel } from './postgresql-channel.ts'
import { clientConfig, describeServer, type PostgresqlServer, positional } from './postgresql-server.ts'

/** Transactions at a time of this process; the others wait for one of these connections. */
const connections = 8
const connectTimeoutMilliseconds = 5000
/** Conflicting transactions: the last waits add up to some seconds. */
const attempts = 30
const longestPauseMilliseconds = 200

/** A transaction that another one got in the way of: 40001 serialization_failure, 40P01 deadlock_detected, 23505 unique_violation. */
const conflicts: readonly unknown[] = ['40001', '40P01', '23505']
/** One process migrates at a time. */
const migrationLock = 0x736f6a6f

/** A PostgreSQL database that several home servers share. Transactions are serialisable: one that conflicts is run again. */
export class PostgresqlEngine implements Engine {
  readonly #server: PostgresqlServer
  readonly #pool: pg.Pool
  readonly #channel: ChangeChannel

  private constructor(server: PostgresqlServer) {
    this.#server = server
    this.#pool = new pg.Pool({
      ...clientConfig(server),
      max: connections,
      connectionTimeoutMillis: connectTimeoutMilliseconds,
    })
    // A connection that breaks while nobody uses it: the pool opens another when one is needed.
    this.#pool.on('error', () => {})
    this.#channel = new ChangeChannel(server)
  }

  /** Connects and brings the schema to the newest version. @throws database/unreadable */
  static async open(server: PostgresqlServer): Promise<PostgresqlEngine> {
    const engine = new PostgresqlEngine(server)
    try {
      await engine.#migrate()
      await engine.#channel.open()
      return engine
    } catch (error) {
      await engine.close()
      if (error instanceof DatabaseError && error.code === 'database/unreadable') throw error
      throw new DatabaseError(
        'database/unreadable',
        `cannot open the service control database ${describeServer(server)}`,
        { cause: error },
      )
    }
  }

  read<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#withClient((client) => work(this.#connectionTo(client)))
  }

  async transaction<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++)
      try {
        return await this.#try(work)
      } catch (error) {
        if (!isConflict(error) || attempt === attempts) throw error
        const pause = Math.min(2 ** attempt, longestPauseMilliseconds) * Math.random()
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
  }

  listen(listener: ChangeListener): () => void {
    return this.#channel.listen(listener)
  }

  async close(): Promise<void> {
    await Promise.all([this.#channel.close(), this.#pool.end()])
  }

  #try<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#withClient(async (client, discard) => {
      try {
        await this.#ask(client.query('BEGIN ISOLATION LEVEL SERIALIZABLE'))
        const result = await work(this.#connectionTo(client))
        await this.#ask(client.query('COMMIT'))
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch(discard)
        throw error
      }
    })
  }

  /** A connection that breaks meanwhile, or that is discarded, is not used again. */
  async #withClient<Result>(
    work: (client: pg.PoolClient, discard: (cause: Error) => void) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.#ask(this.#pool.connect())
    let broken: Error | undefined
    const discard = (cause: Error): void => {
      broken = cause
    }
    // Without a listener, a connection that breaks between two statements would end the process.
    client.on('error', discard)
    try {
      return await work(client, discard)
    } finally {
      client.off('error', discard)
      client.release(broken)
    }
  }

  #connectionTo(client: pg.PoolClient): Connection {
    const query = (sql: string, values: readonly unknown[]) =>
      this.#ask(client.query({ ...positional(sql), values: [...values] }))
    return connectionOver({
      rows: async (sql, values) => (await query(sql, values)).rows,
      changes: async (sql, values) => (await query(sql, values)).rowCount ?? 0,
      announce: async (nai) => void (await query('SELECT pg_notify(?, ?)', [changeChannel, nai])),
    })
  }

  /** What PostgreSQL or the way to it gets wrong is no fault of the caller; a wrong statement is one of ours. */
  async #ask<Answer>(question: Promise<Answer>): Promise<Answer> {
    try {
      return await question
    } catch (cause) {
      if (/^(22|42)/.test(String(sqlState(cause)))) throw cause
      throw new DatabaseError(
        'database/unavailable',
        `${describeServer(this.#server)} did not carry out a transaction`,
        { cause },
      )
    }
  }

  async #migrate(): Promise<void> {
    const client = await this.#pool.connect()
    try {
      await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${migrationLock});
        CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)`)
      const { rows } = await client.query('SELECT version FROM schema_version')
      const found = Number(rows[0]?.version ?? 0)
      if (found > migrations.length)
        throw new DatabaseError(
          'database/unreadable',
          `${describeServer(this.#server)} has version ${found}, this program knows up to ${migrations.length}: use a newer Sojourn`,
        )
      for (const step of migrations.slice(found)) await client.query(stepFor('postgresql', step))
      if (found < migrations.length)
        await client.query(
          `DELETE FROM schema_version; INSERT INTO schema_version VALUES (${migrations.length})`,
        )
      await client.query('COMMIT')
      client.release()
    } catch (error) {
      // The server rolls back what the closed connection had begun.
      client.release(true)
      throw error
    }
  }
}

function sqlState(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && conflicts.includes(sqlState(error.cause))
}
