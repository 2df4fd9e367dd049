import type { Clock } from '#core/clock.ts'
import { identificationSeconds, timestampIdentification } from '#wire/mobile-ip/identification.ts'

/** Timestamps for registration requests, each greater than the one before (RFC 5944, section 5.7.1). */
export class IdentificationSource {
  readonly #clock: Clock
  readonly #random32: () => number
  #offsetMilliseconds = 0
  #last = 0n

  /** `random32`: an unsigned number of 32 bits, of which the low 22 count. */
  constructor(clock: Clock, random32: () => number) {
    this.#clock = clock
    this.#random32 = random32
  }

  next(): bigint {
    const now = this.#clock.now() + this.#offsetMilliseconds
    // The fraction of the second in 10 bits, so that numbers of one second rise; the rest cannot be guessed.
    const fraction = Math.floor(((now % 1000) * 1024) / 1000)
    const low32 = fraction * 2 ** 22 + (this.#random32() & 0x3f_ffff)
    const candidate = timestampIdentification(now, low32)
    this.#last = candidate > this.#last ? candidate : this.#last + 1n
    return this.#last
  }

  /** Takes over the home agent's clock from a reply with code 133. */
  resynchronise(identification: bigint): void {
    const ahead = identificationSeconds(identification) - Math.floor(this.#clock.now() / 1000)
    this.#offsetMilliseconds = ahead * 1000
    this.#last = 0n
  }
}
