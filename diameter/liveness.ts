import type { Clock, Timer } from '#core/clock.ts'
import { initialWatchdog, step, type WatchdogEvent, type WatchdogState } from './watchdog.ts'

/** RFC 3539, section 3.4.1: Tw is Twinit and up to two seconds more or less, so that watchdogs do not fall into step. */
const jitterMilliseconds = 4000

export interface LivenessActions {
  sendDwr(): void
  /** The connection is dead though it looks open. */
  close(): void
  /** Nothing new may be sent to the peer, and what it has not answered is lost. */
  failover(): void
  failback(): void
}

/** Runs the watchdog of one peer. */
export class Liveness {
  readonly #clock: Clock
  readonly #twinitMilliseconds: number
  readonly #actions: LivenessActions
  #state: WatchdogState = initialWatchdog
  #timer: Timer | undefined

  constructor(clock: Clock, twinitSeconds: number, actions: LivenessActions) {
    this.#clock = clock
    this.#twinitMilliseconds = twinitSeconds * 1000
    this.#actions = actions
  }

  /** Whether requests may be sent to the peer. */
  get isOkay(): boolean {
    return this.#state.status === 'OKAY'
  }

  /** Whether the connection stands again after it broke, and the peer has not answered its three watchdogs yet. */
  get isOnTrial(): boolean {
    return this.#state.status === 'REOPEN'
  }

  report(event: WatchdogEvent): void {
    const { next, actions } = step(this.#state, event)
    this.#state = next
    for (const action of actions) {
      switch (action) {
        case 'send DWR':
          this.#actions.sendDwr()
          break
        case 'set Tw':
          this.#setTimer()
          break
        case 'cancel Tw':
          this.#timer?.cancel()
          break
        case 'close':
          this.#actions.close()
          break
        case 'failover':
          this.#actions.failover()
          break
        case 'failback':
          this.#actions.failback()
          break
      }
    }
  }

  #setTimer(): void {
    this.#timer?.cancel()
    const jitter = (Math.random() - 0.5) * jitterMilliseconds
    this.#timer = this.#clock.after(this.#twinitMilliseconds + jitter, () => this.report('Tw'))
  }
}
