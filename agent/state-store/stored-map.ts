import { z } from 'zod'
import { StateError } from './state-error.ts'

/** Where the rows are: `StateStore`. */
export interface Rows {
  file: string
  all(kind: string): [key: string, body: string][]
  stage(kind: string, key: string, body: string | undefined): void
}

/** The rows of one kind, as values of a schema; what is set or deleted is on the disk after the store's `commit`. */
export class StoredMap<Value> {
  readonly #rows: Rows
  readonly #kind: string
  readonly #schema: z.ZodType<Value>

  constructor(rows: Rows, kind: string, schema: z.ZodType<Value>) {
    this.#rows = rows
    this.#kind = kind
    this.#schema = schema
  }

  /** What is on the disk. @throws state/unreadable for a row that does not fit the schema */
  entries(): [key: string, value: Value][] {
    const { file } = this.#rows
    return this.#rows.all(this.#kind).map(([key, body]) => {
      try {
        return [key, z.decode(this.#schema, JSON.parse(body))]
      } catch (cause) {
        throw new StateError('state/unreadable', damaged(file, `its ${this.#kind} ${key} does not fit`), {
          cause,
        })
      }
    })
  }

  set(key: string, value: Value): void {
    this.#rows.stage(this.#kind, key, JSON.stringify(z.encode(this.#schema, value)))
  }

  delete(key: string): void {
    this.#rows.stage(this.#kind, key, undefined)
  }
}

/** The message of a file that is no good any more. */
export function damaged(file: string, what: string): string {
  return `${file} is damaged (${what}): restore it, or move it away: the agent then begins anew, and its nodes register again`
}
