import type { Clock } from '#core/clock.ts'
import { identificationSeconds, timestampIdentification } from '#wire/mobile-ip/identification.ts'

type Replay = 'timestamps' | 'nonces'

/** Identifications of registration requests (RFC 5944, section 5.7): timestamps that rise, or the home agent's nonce and one's own. */
export class IdentificationSource {
  readonly #clock: Clock
  readonly #random32: () => number
  #offsetMilliseconds = 0
  #last = 0n
  /** The home agent's newest, in the upper half. */
  #nonce: bigint | undefined
  /** What waits for its reply: with nonces a retransmission is identical (section 5.7.2). */
  #pending: bigint | undefined

  /** `random32`: an unsigned number of 32 bits, of which timestamps take the low 22. */
  constructor(clock: Clock, random32: () => number) {
    this.#clock = clock
    this.#random32 = random32
  }

  /** A home agent whose nonce is not known sets the matter right by code 133. */
  next(replay: Replay = 'timestamps'): bigint {
    return replay === 'nonces' ? this.#nextNonce() : this.#nextTimestamp()
  }

  #nextTimestamp(): bigint {
    const now = this.#clock.now() + this.#offsetMilliseconds
    // The fraction of the second in 10 bits, so that numbers of one second rise; the rest cannot be guessed.
    const fraction = Math.floor(((now % 1000) * 1024) / 1000)
    const low32 = fraction * 2 ** 22 + (this.#random32() & 0x3f_ffff)
    const candidate = timestampIdentification(now, low32)
    this.#last = candidate > this.#last ? candidate : this.#last + 1n
    return this.#last
  }

  #nextNonce(): bigint {
    this.#pending ??= (this.#nonce ?? 0n) | BigInt(this.#random32())
    return this.#pending
  }

  /** Takes the nonce for the next request from a reply of the home agent. */
  take(identification: bigint): void {
    this.#nonce = (identification >> 32n) << 32n
    this.#pending = undefined
  }

  /** Takes over the home agent's clock from a reply with code 133. */
  resynchronise(identification: bigint): void {
    const ahead = identificationSeconds(identification) - Math.floor(this.#clock.now() / 1000)
    this.#offsetMilliseconds = ahead * 1000
    this.#last = 0n
  }
}
