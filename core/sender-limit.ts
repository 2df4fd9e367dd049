import type { Clock } from './clock.ts'

/** Lets each sender have one answer in an interval (RFC 5944, section 3.7.2.3: one denial a second for a node). */
export class SenderLimit {
  readonly #clock: Clock
  readonly #intervalMilliseconds: number
  readonly #maximumSenders: number
  /** When each sender may have the next one; in the order of these times. */
  readonly #next = new Map<string, number>()

  /** Beyond `maximumSenders` in one interval, further ones are turned away: a flood of invented addresses must not fill the memory. */
  constructor(clock: Clock, intervalMilliseconds: number, maximumSenders = 1024) {
    this.#clock = clock
    this.#intervalMilliseconds = intervalMilliseconds
    this.#maximumSenders = maximumSenders
  }

  /** Whether the sender may have an answer now; if so, it counts as given. */
  admits(sender: string): boolean {
    const now = this.#clock.now()
    for (const [other, next] of this.#next) {
      // Later than an interval from now: the clock was set back.
      if (next > now && next <= now + this.#intervalMilliseconds) break
      this.#next.delete(other)
    }
    if (this.#next.has(sender) || this.#next.size >= this.#maximumSenders) return false
    this.#next.set(sender, now + this.#intervalMilliseconds)
    return true
  }
}
