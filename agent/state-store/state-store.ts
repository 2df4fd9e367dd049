import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { z } from 'zod'
import { StateError } from './state-error.ts'
import { damaged, StoredMap } from './stored-map.ts'

/** Step n brings a file of version n to version n + 1. A step that was released is never changed. */
const migrations = [
  `CREATE TABLE entry (
    kind TEXT NOT NULL,
    key  TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
  ) STRICT, WITHOUT ROWID;`,
]

const entryRow = z.object({ key: z.string(), body: z.string() })
const itself = z.strictObject({ originStateId: z.number() })

const pageBytes = 4096
/** About a million nodes. */
const defaultMaximumBytes = 4 * 1024 ** 3

/** SQLite's names (`errcode`, of which the low byte tells the kind). */
const sqlite = { busy: 5, corrupt: 11, notADatabase: 26 } as const

/**
 * What an agent keeps over restarts, in one SQLite file that only its owner may read, for there are keys in it (write-ahead log,
 * synchronous to the disk). What is set or deleted in its maps is staged, and goes to the disk in one transaction with `commit`. What
 * could not be written stays staged: it is the truth, and the next `commit` tries again.
 */
export class StateStore {
  /** Of this node for as long as it keeps its sessions (RFC 6733, section 8.16). */
  readonly originStateId: number
  readonly #file: string
  readonly #database: DatabaseSync
  readonly #put: StatementSync
  readonly #remove: StatementSync
  readonly #staged = new Map<string, { kind: string; key: string; body: string | undefined }>()

  /**
   * Opens or creates the file and its folder; `:memory:` for tests. It is locked: no other process can open it meanwhile.
   * @throws state/unreadable (damaged, of a newer version, in use), state/unwritable
   */
  constructor(file: string, nowMilliseconds: number, maximumBytes = defaultMaximumBytes) {
    this.#file = file
    this.#database = this.#open(maximumBytes)
    try {
      this.#migrate()
      this.#put = this.#database.prepare('INSERT OR REPLACE INTO entry (kind, key, body) VALUES (?, ?, ?)')
      this.#remove = this.#database.prepare('DELETE FROM entry WHERE kind = ? AND key = ?')
      const own = this.map('agent', itself)
      const [known] = own.entries()
      this.originStateId = known?.[1].originStateId ?? Math.floor(nowMilliseconds / 1000) >>> 0
      // Written again at every start: a disk that takes nothing shows now.
      own.set('itself', { originStateId: this.originStateId })
      this.commit()
    } catch (error) {
      this.#database.close()
      throw error
    }
  }

  /** The rows of one kind. */
  map<Value>(kind: string, schema: z.ZodType<Value>): StoredMap<Value> {
    const rows = {
      file: this.#file,
      all: (of: string) => this.#all(of),
      stage: (of: string, key: string, body: string | undefined) =>
        void this.#staged.set(`${of} ${key}`, { kind: of, key, body }),
    }
    return new StoredMap(rows, kind, schema)
  }

  /** All that is staged is on the disk when this returns. @throws state/unwritable: nothing of it is */
  commit(): void {
    if (this.#staged.size === 0) return
    try {
      this.#database.exec('BEGIN IMMEDIATE')
      for (const { kind, key, body } of this.#staged.values())
        if (body === undefined) this.#remove.run(kind, key)
        else this.#put.run(kind, key, body)
      this.#database.exec('COMMIT')
    } catch (cause) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw this.#unwritable(cause)
    }
    this.#staged.clear()
  }

  close(): void {
    this.#database.close()
  }

  #all(kind: string): [key: string, body: string][] {
    const select = 'SELECT key, body FROM entry WHERE kind = ? ORDER BY key'
    return this.#database
      .prepare(select)
      .all(kind)
      .map((found) => {
        const { key, body } = entryRow.parse(found)
        return [key, body]
      })
  }

  #open(maximumBytes: number): DatabaseSync {
    try {
      if (this.#file !== ':memory:') ownersOnly(this.#file)
    } catch (cause) {
      throw this.#unwritable(cause)
    }
    let database: DatabaseSync | undefined
    try {
      database = new DatabaseSync(this.#file)
      database.exec(`PRAGMA page_size = ${pageBytes}; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL; PRAGMA max_page_count = ${Math.ceil(maximumBytes / pageBytes)}`)
      const check = database.prepare('PRAGMA quick_check').get()?.quick_check
      if (check === 'ok') return database
      throw new StateError('state/unreadable', damaged(this.#file, String(check)))
    } catch (error) {
      database?.close()
      throw error instanceof StateError ? error : this.#unopened(error)
    }
  }

  #migrate(): void {
    const version = Number(this.#database.prepare('PRAGMA user_version').get()?.user_version)
    if (version > migrations.length)
      throw new StateError(
        'state/unreadable',
        `${this.#file} has version ${version}, this program knows up to ${migrations.length}: use a newer Sojourn, or move the file away: the agent then begins anew`,
      )
    if (version === migrations.length) return
    const steps = migrations.slice(version).join('\n')
    try {
      this.#database.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${migrations.length}; COMMIT`)
    } catch (cause) {
      throw this.#unwritable(cause)
    }
  }

  #unopened(cause: unknown): StateError {
    const code = cause instanceof Error && 'errcode' in cause ? Number(cause.errcode) & 0xff : undefined
    if (code === sqlite.corrupt || code === sqlite.notADatabase)
      return new StateError('state/unreadable', damaged(this.#file, 'SQLite cannot read it'), { cause })
    if (code === sqlite.busy)
      return new StateError(
        'state/unreadable',
        `${this.#file} is in use: an agent of this identity runs already`,
        { cause },
      )
    return this.#unwritable(cause)
  }

  #unwritable(cause: unknown): StateError {
    return new StateError(
      'state/unwritable',
      `the state of the agent cannot be written to ${this.#file}: look at stateFolder, its owner and its disk space`,
      { cause },
    )
  }
}

/** Made before SQLite opens it, for SQLite would let everybody read it; its other files get the same mode. */
function ownersOnly(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}
