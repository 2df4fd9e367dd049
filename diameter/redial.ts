import type { Clock, Timer } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import type { DisconnectCause } from './incoming.ts'

/** Daemons of one lab start in any order, so the first attempts come fast; the longest pause is Tc of RFC 6733, section 2.1. */
const firstPauseMilliseconds = 100
const longestPauseMilliseconds = 30_000
const growth = 1.5

/**
 * RFC 6733, section 5.4.3, says that a peer that was BUSY should not be dialled. Ours may be an agent's only server, so its overload
 * must not cut the agent off until somebody restarts it: it is dialled again, late.
 */
const busyPauseMilliseconds = 300_000

/** When a peer that was lost is dialled again: pauses that grow, each up to half shorter by chance so that many do not come at once. */
export class Redial {
  readonly #clock: Clock
  readonly #log: Log
  readonly #dial: (() => void) | undefined
  #pauseMilliseconds = firstPauseMilliseconds
  #openedMilliseconds: number | undefined
  #cause: DisconnectCause = 'REBOOTING'
  #timer: Timer | undefined
  #isStopped = false

  /** `dial` is missing when the peer dials us. */
  constructor(clock: Clock, log: Log, dial: (() => void) | undefined) {
    this.#clock = clock
    this.#log = log
    this.#dial = dial
  }

  /** The peer is open. */
  opened(): void {
    this.cancel()
    this.#openedMilliseconds = this.#clock.now()
    this.#cause = 'REBOOTING'
  }

  /** The peer took leave by DPR. */
  left(cause: DisconnectCause): void {
    this.#cause = cause
  }

  /** The peer is lost, or could not be reached. */
  schedule(): void {
    this.cancel()
    if (this.#dial === undefined || this.#isStopped) return
    this.#beginAnewAfterSuccess()
    switch (this.#cause) {
      case 'REBOOTING':
        this.#after(this.#pauseMilliseconds)
        this.#pauseMilliseconds = Math.min(this.#pauseMilliseconds * growth, longestPauseMilliseconds)
        break
      case 'BUSY':
        this.#log.warn('it is too busy: it is dialled again in a few minutes')
        this.#after(busyPauseMilliseconds)
        break
      case 'DO_NOT_WANT_TO_TALK_TO_YOU':
        this.#log.warn('it does not want to talk to us: it is not dialled again, and may dial us')
        break
    }
  }

  /** Somebody else has made the connection, or is about to. */
  cancel(): void {
    this.#timer?.cancel()
  }

  stop(): void {
    this.#isStopped = true
    this.cancel()
  }

  #after(pauseMilliseconds: number): void {
    this.#cause = 'REBOOTING'
    this.#timer = this.#clock.after(pauseMilliseconds * (0.5 + Math.random() / 2), () => this.#dial?.())
  }

  /** A peer that opens only to close again is no success: it has to stay open for longer than we had paused. */
  #beginAnewAfterSuccess(): void {
    const opened = this.#openedMilliseconds
    this.#openedMilliseconds = undefined
    if (opened !== undefined && this.#clock.now() - opened >= this.#pauseMilliseconds)
      this.#pauseMilliseconds = firstPauseMilliseconds
  }
}
