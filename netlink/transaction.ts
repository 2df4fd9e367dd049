import type { NetlinkRequest } from './message.ts'
import { NetlinkError } from './netlink-error.ts'

/** What became of one request of a transaction. */
export type Result<Answer = unknown> =
  | {
      ok: true
      reply: Answer
      /** The kernel's words about what it did. */
      warning?: string
    }
  | { ok: false; error: NetlinkError }

export interface TransactionOptions {
  /**
   * `continue`, the default: what follows a refused request is carried out too. `stop`: nothing after the first refused request is;
   * it gets the error `netlink/skipped`. As the kernel carries out all messages of a send whatever becomes of the first, each then
   * has a send of its own: 2,000 routes took 1.5 times as long natively and 2.2 times in user-mode Linux.
   */
  onError?: 'continue' | 'stop'
}

/** Requests that belong together, and their results as they come in. */
export class Transaction {
  readonly requests: readonly NetlinkRequest[]
  readonly stops: boolean
  /** In the order of the requests; complete once `finished`. */
  readonly results: Result[] = []
  /** The first request that failed. */
  failed: NetlinkRequest | undefined
  readonly #finished = Promise.withResolvers<readonly Result[]>()
  #missing: number

  constructor(requests: readonly NetlinkRequest[], { onError = 'continue' }: TransactionOptions = {}) {
    this.requests = requests
    this.stops = onError === 'stop'
    this.#missing = requests.length
    if (this.#missing === 0) this.#finished.resolve(this.results)
  }

  get finished(): Promise<readonly Result[]> {
    return this.#finished.promise
  }

  /** For what should not happen: an error that is no request's. */
  fail(error: unknown): void {
    this.#finished.reject(error)
  }

  put(position: number, result: Result): void {
    if (!result.ok) this.failed ??= this.requests[position]
    this.results[position] = result
    if (--this.#missing === 0) this.#finished.resolve(this.results)
  }
}

/** The result of a request that was not sent, for one before it was refused. */
export function skipped(request: NetlinkRequest, refused: NetlinkRequest): Result {
  const rendered = request.render()
  const message = `${rendered}: not sent, for "${refused.render()}" was refused`
  return { ok: false, error: new NetlinkError('netlink/skipped', message, { rendered }) }
}

/** The result of a request that was not sent, for the socket was closed. */
export function unsent(request: NetlinkRequest): Result {
  const rendered = request.render()
  const message = `${rendered}: not sent, for the netlink socket was closed`
  return { ok: false, error: new NetlinkError('netlink/closed', message, { rendered }) }
}
