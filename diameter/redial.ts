import type { Clock, Timer } from '#core/clock.ts'

/** Daemons of one lab start in any order, so the first attempts come fast; the last pause is Tc of RFC 6733, section 12. */
const firstPauseMilliseconds = 100
const longestPauseMilliseconds = 30_000
const growth = 1.5

/** When a peer that was lost is dialled again: pauses that grow, and begin anew once the peer was open. */
export class Redial {
  readonly #clock: Clock
  #pauseMilliseconds = firstPauseMilliseconds
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  schedule(dial: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.after(this.#pauseMilliseconds, dial)
    this.#pauseMilliseconds = Math.min(this.#pauseMilliseconds * growth, longestPauseMilliseconds)
  }

  reset(): void {
    this.cancel()
    this.#pauseMilliseconds = firstPauseMilliseconds
  }

  cancel(): void {
    this.#timer?.cancel()
  }
}
