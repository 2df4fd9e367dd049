import { randomInt } from 'node:crypto'

export type Applications = { auth: readonly number[]; accounting: readonly number[] } | { relay: true }

/** What this node says of itself, and the identifiers that it draws. */
export class LocalIdentity {
  readonly identity: string
  readonly realm: string
  readonly productName: string
  readonly applications: Applications
  /** Grows with every start: a higher one tells the peers that older sessions are gone (RFC 6733, section 8.16). */
  readonly originStateId: number
  readonly #startSeconds: number
  #sessions = 0
  #endToEnd: number

  constructor(
    options: { identity: string; realm: string; productName: string; applications: Applications },
    startMilliseconds: number,
  ) {
    this.identity = options.identity
    this.realm = options.realm
    this.productName = options.productName
    this.applications = options.applications
    this.#startSeconds = Math.floor(startMilliseconds / 1000)
    this.originStateId = this.#startSeconds >>> 0
    this.#endToEnd = ((this.#startSeconds & 0xfff) << 20) | randomInt(2 ** 20)
  }

  /** RFC 6733, section 3: twelve bits of the time, then what began at random, so that no restart repeats one within minutes. */
  nextEndToEnd(): number {
    this.#endToEnd = (this.#endToEnd + 1) | 0
    return this.#endToEnd >>> 0
  }

  /** `identity;high;low[;suffix]`, never used again (RFC 6733, section 8.8). */
  nextSessionId(suffix?: string): string {
    this.#sessions += 1
    return [
      this.identity,
      this.#startSeconds >>> 0,
      this.#sessions,
      ...(suffix === undefined ? [] : [suffix]),
    ].join(';')
  }

  is(identity: string): boolean {
    return sameIdentity(this.identity, identity)
  }
}

/** DiameterIdentities are ASCII and compare without case (RFC 6733, section 4.3.1). */
export function sameIdentity(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
