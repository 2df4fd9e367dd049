import type { Connection, Engine } from './connection.ts'

/** The process would have died there. */
export class Crash extends Error {}

/** An engine for tests that crashes before the given statement of a transaction, or after its commit if that is shorter. */
export class FaultyEngine implements Engine {
  readonly #engine: Engine
  #statementsLeft: number | undefined
  /** Whether the transaction that crashed had been committed: only its answer is lost. */
  committed = false

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Lets the next transaction crash. */
  arm(statements: number): void {
    this.#statementsLeft = statements
    this.committed = false
  }

  async transaction<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    const result = await this.#engine.transaction((connection) => work(this.#counting(connection)))
    if (this.#statementsLeft === undefined) return result
    this.#statementsLeft = undefined
    this.committed = true
    throw new Crash()
  }

  read: Engine['read'] = (work) => this.#engine.read(work)
  listen: Engine['listen'] = (listener) => this.#engine.listen(listener)
  close: Engine['close'] = () => this.#engine.close()

  #counting(connection: Connection): Connection {
    const count = (): void => {
      if (this.#statementsLeft === undefined || this.#statementsLeft-- > 0) return
      this.#statementsLeft = undefined
      throw new Crash()
    }
    return {
      async all(...statement) {
        count()
        return connection.all(...statement)
      },
      async one(...statement) {
        count()
        return connection.one(...statement)
      },
      async run(...statement) {
        count()
        return connection.run(...statement)
      },
      async announce(nai) {
        count()
        return connection.announce(nai)
      },
    }
  }
}
