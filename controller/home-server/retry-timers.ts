import type { Clock, Timer } from '#core/clock.ts'

const firstDelayMilliseconds = 2000
const longestDelayMilliseconds = 60_000

/** What could not be done yet and is tried again, by key, with a delay that doubles from 2 s to a minute. */
export class RetryTimers {
  readonly #clock: Clock
  readonly #pending = new Map<string, { timer: Timer; delayMilliseconds: number }>()
  #stopped = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `action` after the delay; for a key that waits already the delay begins anew, longer. */
  again(key: string, action: () => void): void {
    const before = this.#pending.get(key)?.delayMilliseconds
    this.after(
      key,
      before === undefined ? firstDelayMilliseconds : Math.min(before * 2, longestDelayMilliseconds),
      action,
    )
  }

  after(key: string, delayMilliseconds: number, action: () => void): void {
    if (this.#stopped) return
    this.#pending.get(key)?.timer.cancel()
    this.#pending.set(key, { timer: this.#clock.after(delayMilliseconds, action), delayMilliseconds })
  }

  /** Whether it will be tried without being asked for again. */
  waits(key: string): boolean {
    return this.#pending.has(key)
  }

  /** What the key stands for is done. */
  done(key: string): void {
    this.#pending.get(key)?.timer.cancel()
    this.#pending.delete(key)
  }

  stop(): void {
    this.#stopped = true
    for (const { timer } of this.#pending.values()) timer.cancel()
    this.#pending.clear()
  }
}
