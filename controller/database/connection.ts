import type { z } from 'zod'

export type Value = string | number | null

/** Statements within one transaction or one read. Columns come out in camel case and checked by a schema. */
export interface Connection {
  all<Row extends z.ZodType>(row: Row, sql: string, ...values: Value[]): Promise<z.output<Row>[]>
  one<Row extends z.ZodType>(row: Row, sql: string, ...values: Value[]): Promise<z.output<Row> | undefined>
  /** Returns how many rows were changed. */
  run(sql: string, ...values: Value[]): Promise<number>
  /** Once the transaction is committed, everybody who listens is told that this subscriber is different. */
  announce(nai: string): Promise<void>
}

/** `undefined`: messages may have been missed, any subscriber can be different. */
export type ChangeListener = (nai: string | undefined) => void

/**
 * One of the two databases. Statements are written once, in what both understand, with `?` for values. Work must
 * wait for nothing but its connection, which is its own until it ends.
 */
export interface Engine {
  /** Statements that need not agree with each other. */
  read<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>
  /**
   * All or nothing, as if no other transaction ran meanwhile; on the disk when it returns. Whatever `work` throws takes
   * everything back. It can run more than once, so it must change nothing but the database.
   */
  transaction<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>
  /** Changes committed by any process (PostgreSQL) or by this one (SQLite). Returns how to stop listening. */
  listen(listener: ChangeListener): () => void
  close(): Promise<void>
}

/** How an engine carries out a statement. */
export interface Statements {
  rows(sql: string, values: readonly Value[]): Promise<object[]>
  changes(sql: string, values: readonly Value[]): Promise<number>
  announce(nai: string): Promise<void>
}

export function connectionOver(statements: Statements): Connection {
  const all: Connection['all'] = async (row, sql, ...values) =>
    (await statements.rows(sql, values)).map((found) => row.parse(inCamelCase(found)))
  return {
    all,
    one: async (row, sql, ...values) => (await all(row, sql, ...values))[0],
    run: (sql, ...values) => statements.changes(sql, values),
    announce: (nai) => statements.announce(nai),
  }
}

const camelCase = new Map<string, string>()

function inCamelCase(row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [nameOf(column), value]))
}

function nameOf(column: string): string {
  const known = camelCase.get(column)
  if (known !== undefined) return known
  const name = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  camelCase.set(column, name)
  return name
}
