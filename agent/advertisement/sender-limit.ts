import type { Clock } from '#core/clock.ts'

/** Beyond as many senders in one interval, further ones are turned away: a flood of invented addresses must not fill the memory. */
const maximumSenders = 1024

/** Lets each sender have one answer in an interval (RFC 5944, section 3.7.2.3: one denial a second for a node). */
export class SenderLimit {
  readonly #clock: Clock
  readonly #intervalMilliseconds: number
  /** When each sender may have the next one; in the order of these times. */
  readonly #next = new Map<string, number>()

  constructor(clock: Clock, intervalMilliseconds: number) {
    this.#clock = clock
    this.#intervalMilliseconds = intervalMilliseconds
  }

  /** Whether the sender may have an answer now; if so, it counts as given. */
  admits(sender: string): boolean {
    const now = this.#clock.now()
    for (const [other, next] of this.#next) {
      if (next > now) break
      this.#next.delete(other)
    }
    if (this.#next.has(sender) || this.#next.size >= maximumSenders) return false
    this.#next.set(sender, now + this.#intervalMilliseconds)
    return true
  }
}
