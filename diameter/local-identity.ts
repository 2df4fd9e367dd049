import { randomInt } from 'node:crypto'

export type Applications = { auth: readonly number[]; accounting: readonly number[] } | { relay: true }

/** How many bits of a Session-Id count the sessions of one start; the others are its time. */
const sessionBits = 20n

/** What this node says of itself, and the identifiers that it draws. */
export class LocalIdentity {
  readonly identity: string
  readonly realm: string
  readonly productName: string
  readonly applications: Applications
  /** Grows with every start that loses sessions: a higher one tells the peers that they are gone (RFC 6733, section 8.16). */
  readonly originStateId: number
  /** High and low part of the next Session-Id in one number. */
  #session: bigint
  #endToEnd: number

  constructor(
    options: {
      identity: string
      realm: string
      productName: string
      applications: Applications
      originStateId?: number | undefined
    },
    startMilliseconds: number,
  ) {
    this.identity = options.identity
    this.realm = options.realm
    this.productName = options.productName
    this.applications = options.applications
    const startSeconds = Math.floor(startMilliseconds / 1000)
    this.originStateId = options.originStateId ?? startSeconds >>> 0
    this.#session = BigInt(Math.floor(startMilliseconds)) << sessionBits
    this.#endToEnd = ((startSeconds & 0xfff) << 20) | randomInt(2 ** 20)
  }

  /** RFC 6733, section 3: twelve bits of the time, then what began at random, so that no restart repeats one within minutes. */
  nextEndToEnd(): number {
    this.#endToEnd = (this.#endToEnd + 1) | 0
    return this.#endToEnd >>> 0
  }

  /**
   * `identity;high;low[;suffix]`, never used again (RFC 6733, section 8.8): the start in milliseconds, then a count, which a later
   * start does not meet unless this one made a million sessions in every millisecond.
   */
  nextSessionId(suffix?: string): string {
    this.#session += 1n
    const [high, low] = [BigInt.asUintN(32, this.#session >> 32n), BigInt.asUintN(32, this.#session)]
    return [this.identity, high, low, ...(suffix === undefined ? [] : [suffix])].join(';')
  }

  is(identity: string): boolean {
    return sameIdentity(this.identity, identity)
  }
}

/** DiameterIdentities are ASCII and compare without case (RFC 6733, section 4.3.1). */
export function sameIdentity(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
