import { sendMilliseconds } from './slice.ts'

/** No message is reckoned cheaper: below this the limits of a send in count and bytes hold anyway. */
const leastMilliseconds = 0.0005

/**
 * How many messages go into one send, so that it takes about `sendMilliseconds`: a route takes the kernel microseconds, a link's
 * deletion 16 ms, the 10,000th HTB class 1 ms. What a type of message (its number) takes is learnt from the sends before; the
 * first of a type goes alone.
 */
export class Pace {
  readonly #now: () => number
  readonly #milliseconds: number[] = []
  readonly #types = new Set<number>()
  #planned = 0
  #started = 0

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now = () => performance.now()) {
    this.#now = now
  }

  /** Whether a message of this type should still go into the send that is being prepared. */
  fits(type: number): boolean {
    return this.#planned === 0 || this.#planned + this.#costOf(type) <= sendMilliseconds
  }

  add(type: number): void {
    this.#planned += this.#costOf(type)
    this.#types.add(type)
  }

  begin(): void {
    this.#started = this.#now()
  }

  /** The send is over and its answers are read: corrects the costs of the types that were in it. */
  end(): void {
    const ratio = (this.#now() - this.#started) / this.#planned
    for (const type of this.#types)
      this.#milliseconds[type] = Math.max(this.#costOf(type) * ratio, leastMilliseconds)
    this.#types.clear()
    this.#planned = 0
  }

  #costOf(type: number): number {
    return this.#milliseconds[type] ?? sendMilliseconds
  }
}
