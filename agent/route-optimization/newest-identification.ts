import type { Clock } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import { identificationSeconds } from '#wire/mobile-ip/identification.ts'

/** Clocks of the agents may differ by this much, as those of node and home agent (RFC 5944, section 5.7.1). */
const toleranceSeconds = 7

/**
 * Tells replays: the identifications of a peer are timestamps and rise from message to message, whatever node they are about. One that
 * was overtaken counts as a replay too, and is sent again with a new one.
 */
export class NewestIdentification {
  readonly #clock: Clock
  readonly #newest: Map<Ipv4Address, bigint>

  /** @param known those of a former process, by peer */
  constructor(clock: Clock, known: Iterable<readonly [Ipv4Address, bigint]> = []) {
    this.#clock = clock
    this.#newest = new Map(known)
  }

  /** Takes the identification of an authentic message; false for a replay and for a clock that goes wrong. */
  take(peer: Ipv4Address, identification: bigint | undefined): boolean {
    if (identification === undefined) return false
    const difference = identificationSeconds(identification) - Math.floor(this.#clock.now() / 1000)
    const newest = this.#newest.get(peer)
    if (Math.abs(difference) > toleranceSeconds || (newest !== undefined && identification <= newest))
      return false
    this.#newest.set(peer, identification)
    return true
  }
}
