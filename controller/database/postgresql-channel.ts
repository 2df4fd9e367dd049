import pg from 'pg'
import type { ChangeListener } from './connection.ts'
import { clientConfig, type PostgresqlServer } from './postgresql-server.ts'

/** Its messages are the NAIs of the subscribers who are different. */
export const changeChannel = 'sojourn_changed'
const redialMilliseconds = 1000

/**
 * Like `LISTEN sojourn_changed`, on a connection of its own that is dialled again when it breaks. What was committed in between
 * is not told one by one: the listeners then hear `undefined`.
 */
export class ChangeChannel {
  readonly #server: PostgresqlServer
  readonly #listeners = new Set<ChangeListener>()
  #client: pg.Client | undefined
  #redial: NodeJS.Timeout | undefined
  #closed = false

  constructor(server: PostgresqlServer) {
    this.#server = server
  }

  listen(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async open(): Promise<void> {
    const client = new pg.Client(clientConfig(this.#server))
    client.on('notification', ({ payload }) => this.#tell(payload))
    // The end follows, and with it the next attempt.
    client.on('error', () => {})
    await client.connect()
    await client.query(`LISTEN ${changeChannel}`)
    client.on('end', () => this.#dialLater())
    this.#client = client
    if (this.#closed) await client.end()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#redial)
    await this.#client?.end()
  }

  #tell(nai: string | undefined): void {
    for (const listener of this.#listeners) listener(nai)
  }

  #dialLater(): void {
    if (this.#closed) return
    this.#redial = setTimeout(() => {
      this.open().then(
        () => this.#tell(undefined),
        () => this.#dialLater(),
      )
    }, redialMilliseconds)
  }
}
