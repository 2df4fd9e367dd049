/** The Identification field of requests and replies, by timestamps or by nonces (RFC 5944, section 5.7). Pure, but for the nonces kept. */
import { randomInt } from 'node:crypto'
import {
  identificationLow,
  identificationSeconds,
  timestampIdentification,
} from '#wire/mobile-ip/identification.ts'

export type ReplayMethod = 'timestamps' | 'nonces'

/** Clocks of node and agent may differ by this much (RFC 5944, section 5.7.1). */
export const timestampToleranceSeconds = 7

export type ReplayProtection =
  /** `last`: the greatest identification that was ever accepted from this node. */
  | { method: 'timestamps'; last: bigint | undefined }
  /** `expected`: what the last reply has given the node; `next`: what this reply gives it. */
  | { method: 'nonces'; expected: number | undefined; next: number }

/** Whether a request is no replay, and the identification of its reply: after a mismatch it tells the node the clock or the nonce. */
export function checkIdentification(
  identification: bigint,
  protection: ReplayProtection,
  nowMilliseconds: number,
): { fresh: boolean; reply: bigint } {
  const low = identificationLow(identification)
  switch (protection.method) {
    case 'timestamps': {
      const { last } = protection
      const difference = identificationSeconds(identification) - Math.floor(nowMilliseconds / 1000)
      const fresh =
        Math.abs(difference) <= timestampToleranceSeconds && (last === undefined || identification > last)
      return { fresh, reply: fresh ? identification : timestampIdentification(nowMilliseconds, low) }
    }
    case 'nonces': {
      const { expected, next } = protection
      const fresh = expected !== undefined && nonceOf(identification) === expected
      // One that was not used yet stays, so that a request which comes twice does not put the node out of step.
      const nonce = fresh ? next : (expected ?? next)
      return { fresh, reply: (BigInt(nonce) << 32n) | BigInt(low) }
    }
  }
}

/** The high half, of which the agent's last reply is the source. */
export function nonceOf(identification: bigint): number {
  return Number(BigInt.asUintN(32, identification >> 32n))
}

export function newNonce(): number {
  return randomInt(2 ** 32)
}

/** A node whose nonce is forgotten is told a new one: that costs it one exchange more. */
const keptNonces = 10_000

/** What the last reply has given each node for its next request. */
export class Nonces {
  readonly #byNai = new Map<string, number>()

  of(nai: string): number | undefined {
    return this.#byNai.get(nai)
  }

  set(nai: string, nonce: number): void {
    this.#byNai.delete(nai)
    this.#byNai.set(nai, nonce)
    const [oldest] = this.#byNai.keys()
    if (this.#byNai.size > keptNonces && oldest !== undefined) this.#byNai.delete(oldest)
  }
}
