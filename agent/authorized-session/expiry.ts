import type { Clock, Timer } from '#core/clock.ts'

/** One timer for each subscriber: the end of the registration's lifetime. */
export class Expiry {
  readonly #clock: Clock
  readonly #expired: (nai: string) => void
  readonly #timers = new Map<string, Timer>()

  /** `expired` is called when a lifetime has run out. */
  constructor(clock: Clock, expired: (nai: string) => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** Sets the end, in place of a former one. */
  set(nai: string, atMilliseconds: number): void {
    this.clear(nai)
    const timer = this.#clock.after(Math.max(0, atMilliseconds - this.#clock.now()), () => {
      this.#timers.delete(nai)
      this.#expired(nai)
    })
    this.#timers.set(nai, timer)
  }

  clear(nai: string): void {
    this.#timers.get(nai)?.cancel()
    this.#timers.delete(nai)
  }

  /** Forgets all, for the end of the process. */
  close(): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
  }
}
