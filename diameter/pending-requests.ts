import { randomInt } from 'node:crypto'
import type { Clock, Timer } from '#core/clock.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { DiameterError } from './diameter-error.ts'

interface Pending {
  resolve(answer: RawMessage): void
  reject(error: DiameterError): void
  timer: Timer
}

/** The requests sent to one peer that have no answer yet, by hop-by-hop identifier (RFC 6733, section 3). */
export class PendingRequests {
  readonly #clock: Clock
  readonly #peer: string
  readonly #pending = new Map<number, Pending>()
  #nextHopByHop = randomInt(2 ** 32)

  constructor(clock: Clock, peer: string) {
    this.#clock = clock
    this.#peer = peer
  }

  nextHopByHop(): number {
    this.#nextHopByHop = (this.#nextHopByHop + 1) % 2 ** 32
    return this.#nextHopByHop
  }

  /** The answer to come. Rejects with diameter/timeout or diameter/closed. */
  add(hopByHop: number, timeoutMilliseconds: number): Promise<RawMessage> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(timeoutMilliseconds, () => {
        const message = `${this.#peer} has not answered within ${timeoutMilliseconds / 1000} s`
        this.fail(hopByHop, new DiameterError('diameter/timeout', message))
      })
      this.#pending.set(hopByHop, { resolve, reject, timer })
    })
  }

  /** False when nothing waits for this answer. */
  answer(message: RawMessage): boolean {
    const pending = this.#take(message.hopByHop)
    pending?.resolve(message)
    return pending !== undefined
  }

  fail(hopByHop: number, error: DiameterError): void {
    this.#take(hopByHop)?.reject(error)
  }

  failAll(why: string): void {
    for (const hopByHop of [...this.#pending.keys()])
      this.fail(hopByHop, new DiameterError('diameter/closed', `${this.#peer} is gone: ${why}`))
  }

  #take(hopByHop: number): Pending | undefined {
    const pending = this.#pending.get(hopByHop)
    this.#pending.delete(hopByHop)
    pending?.timer.cancel()
    return pending
  }
}
