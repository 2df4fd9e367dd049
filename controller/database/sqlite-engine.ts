import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type ChangeListener, type Connection, connectionOver, type Engine } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { migrations, stepFor } from './migrations.ts'

/** How long a write waits for another process (`sojourn database import`) that is writing. */
const lockWaitMilliseconds = 5000

/** One SQLite file (write-ahead log, synchronous to the disk). Everything in this process takes its turn. */
export class SqliteEngine implements Engine {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  readonly #connection: Connection
  readonly #listeners = new Set<ChangeListener>()
  #announced = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()

  /** Opens or creates the file and brings it to the newest version. @throws database/unreadable */
  constructor(file: string) {
    try {
      this.#database = new DatabaseSync(file, { timeout: lockWaitMilliseconds })
      this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    } catch (cause) {
      throw new DatabaseError('database/unreadable', `cannot open the service control database ${file}`, {
        cause,
      })
    }
    this.#connection = connectionOver({
      rows: async (sql, values) => this.#prepare(sql).all(...values),
      changes: async (sql, values) => Number(this.#prepare(sql).run(...values).changes),
      announce: async (nai) => void this.#announced.add(nai),
    })
    this.#migrate(file)
  }

  read<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#inTurn(() => work(this.#connection))
  }

  transaction<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#inTurn(async () => {
      this.#database.exec('BEGIN IMMEDIATE')
      this.#announced = new Set()
      let result: Result
      try {
        result = await work(this.#connection)
        this.#database.exec('COMMIT')
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
      for (const nai of this.#announced) for (const listener of this.#listeners) listener(nai)
      return result
    })
  }

  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#statements.clear()
      this.#database.close()
    })
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task, task)
    this.#last = result.catch(() => undefined)
    return result
  }

  #migrate(file: string): void {
    const version = (): number => Number(this.#database.prepare('PRAGMA user_version').get()?.user_version)
    if (version() < migrations.length) {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        // Read again: another process may have migrated while this one waited for the lock.
        for (const step of migrations.slice(version())) this.#database.exec(stepFor('sqlite', step))
        this.#database.exec(`PRAGMA user_version = ${Math.max(version(), migrations.length)}; COMMIT`)
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    }
    const found = version()
    if (found === migrations.length) return
    this.#database.close()
    throw new DatabaseError(
      'database/unreadable',
      `${file} has version ${found}, this program knows up to ${migrations.length}: use a newer Sojourn`,
    )
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
