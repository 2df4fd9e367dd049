import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { z } from 'zod'
import { DatabaseError } from './database-error.ts'
import { migrations } from './migrations.ts'

/** How long a write waits for another process (`sojourn database import`) that is writing. */
const lockWaitMilliseconds = 5000

/**
 * One SQLite file: rows come out checked by a schema, and changes happen in transactions that are on the disk
 * when they return.
 */
export class Connection {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

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
    this.#migrate(file)
  }

  #migrate(file: string): void {
    const version = (): number => Number(this.#database.prepare('PRAGMA user_version').get()?.user_version)
    if (version() < migrations.length)
      this.transaction(() => {
        // Read again: another process may have migrated while this one waited for the lock.
        for (const step of migrations.slice(version())) this.#database.exec(step)
        this.#database.exec(`PRAGMA user_version = ${migrations.length}`)
      })
    if (version() === migrations.length) return
    const found = version()
    this.close()
    throw new DatabaseError(
      'database/unreadable',
      `${file} has version ${found}, this program knows up to ${migrations.length}: use a newer Sojourn`,
    )
  }

  /**
   * Runs `work` as one transaction; whatever it throws takes everything back. It must not be asynchronous.
   */
  transaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  all<Row extends z.ZodType>(row: Row, sql: string, ...values: SQLInputValue[]): z.output<Row>[] {
    return this.#prepare(sql)
      .all(...values)
      .map((found) => row.parse(found))
  }

  one<Row extends z.ZodType>(row: Row, sql: string, ...values: SQLInputValue[]): z.output<Row> | undefined {
    const found = this.#prepare(sql).get(...values)
    return found && row.parse(found)
  }

  /** Returns how many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes)
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }
}
