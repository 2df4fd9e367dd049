import type { Clock } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'

const pauseMilliseconds = 1000
const rememberedSources = 256

/** Who has proven nothing is listened to once in a second (RFC 5944, section 3.6.3: nobody asks more often), and not at all in a flood. */
export class AnswerLimit {
  readonly #clock: Clock
  readonly #lastBySource = new Map<Ipv4Address, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether this source may be answered, or cause work, now. */
  allows(source: Ipv4Address): boolean {
    const now = this.#clock.now()
    for (const [oldest, at] of this.#lastBySource) {
      if (at + pauseMilliseconds > now && at <= now) break
      this.#lastBySource.delete(oldest)
    }
    if (this.#lastBySource.has(source) || this.#lastBySource.size >= rememberedSources) return false
    this.#lastBySource.set(source, now)
    return true
  }
}
