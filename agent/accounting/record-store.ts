import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { AccountingError } from './accounting-error.ts'
import { type UsageRecord, usageRecord } from './usage-record.ts'

const schema = `
  CREATE TABLE IF NOT EXISTS record (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    session_id TEXT NOT NULL,
    body       TEXT NOT NULL,
    parked     TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS waiting ON record (session_id, id) WHERE parked IS NULL;
`
const pageBytes = 4096
const defaultMaximumBytes = 256 * 1024 * 1024
/** Records that the server refused for good: the newest are kept for a person to look at. */
const parkedLimit = 1000

const row = z.object({ id: z.number(), body: z.string() })
const sessionRow = z.object({ session_id: z.string() })
const countRow = z.object({ waiting: z.number(), parked: z.number(), newest: z.number() })

export interface StoredRecord {
  /** Grows with time, also over restarts. */
  id: number
  record: UsageRecord
}

/**
 * The usage records that no server has taken yet, in one SQLite file (write-ahead log, synchronous to the disk). Every method throws
 * accounting/store when the file cannot be read or written, or is full.
 */
export class RecordStore {
  readonly #file: string
  readonly #database: DatabaseSync

  /** Opens or creates the file and its folder; `:memory:` for tests. */
  constructor(file: string, maximumBytes = defaultMaximumBytes) {
    this.#file = file
    this.#database = this.#attempt('open', () => {
      if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
      const database = new DatabaseSync(file)
      database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        PRAGMA max_page_count = ${Math.ceil(maximumBytes / pageBytes)}; ${schema}`)
      return database
    })
  }

  /** The record is on the disk when this returns its id. */
  add(record: UsageRecord): number {
    const body = JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? String(value) : value))
    const insert = 'INSERT INTO record (session_id, body) VALUES (?, ?)'
    return Number(
      this.#attempt('write', () => this.#database.prepare(insert).run(record.sessionId, body))
        .lastInsertRowid,
    )
  }

  /** The oldest record of a session that waits for its delivery. */
  next(sessionId: string): StoredRecord | undefined {
    const select = 'SELECT id, body FROM record WHERE session_id = ? AND parked IS NULL ORDER BY id LIMIT 1'
    return this.#attempt('read', () => {
      const found = this.#database.prepare(select).get(sessionId)
      if (found === undefined) return undefined
      const { id, body } = row.parse(found)
      return { id, record: usageRecord.parse(JSON.parse(body)) }
    })
  }

  /** The sessions with records that wait, the longest waiting first. */
  sessions(): string[] {
    const select = 'SELECT session_id FROM record WHERE parked IS NULL GROUP BY session_id ORDER BY min(id)'
    return this.#attempt('read', () =>
      this.#database
        .prepare(select)
        .all()
        .map((found) => sessionRow.parse(found).session_id),
    )
  }

  remove(id: number): void {
    this.#attempt('write', () => this.#database.prepare('DELETE FROM record WHERE id = ?').run(id))
  }

  /** Sets a record aside that will never be taken. */
  park(id: number, reason: string): void {
    const tooMany = `DELETE FROM record WHERE id IN
      (SELECT id FROM record WHERE parked IS NOT NULL ORDER BY id DESC LIMIT -1 OFFSET ${parkedLimit})`
    this.#attempt('write', () => {
      this.#database.prepare('UPDATE record SET parked = ? WHERE id = ?').run(reason, id)
      this.#database.exec(tooMany)
    })
  }

  /** How many wait and are parked, and the greatest id that waits or is parked (0 without any). */
  counts(): z.output<typeof countRow> {
    const select =
      'SELECT count(*) - count(parked) AS waiting, count(parked) AS parked, coalesce(max(id), 0) AS newest FROM record'
    return this.#attempt('read', () => countRow.parse(this.#database.prepare(select).get()))
  }

  close(): void {
    this.#database.close()
  }

  #attempt<Result>(what: string, work: () => Result): Result {
    try {
      return work()
    } catch (cause) {
      throw new AccountingError(
        'accounting/store',
        `cannot ${what} the usage records in ${this.#file}: check stateFolder, its disk space, and that the home server takes records`,
        { cause },
      )
    }
  }
}
