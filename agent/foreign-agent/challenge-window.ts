/** The challenges that a foreign agent has given out, and which node has used which (RFC 4721, sections 2 and 3.2). */
import { randomBytes } from 'node:crypto'

/** CHALLENGE_WINDOW (section 9): advertised challenges that still count. */
const windowSize = 5
const challengeBytes = 8

export class ChallengeWindow {
  readonly #random: () => Buffer
  /** In the order in which they were given out: whether all nodes may use it, and which have. */
  readonly #given = new Map<string, { advertised: boolean; usedBy: Set<string> }>()
  /** What a single node got in its last reply. */
  readonly #offered = new Map<string, string>()
  #newest: Buffer | undefined

  /** @param random a new challenge, 4 bytes at least */
  constructor(random: () => Buffer = () => randomBytes(challengeBytes)) {
    this.#random = random
  }

  /** A new one for all nodes; the oldest of the window counts no more. */
  advertise(): Buffer {
    this.#newest = this.#random()
    this.#given.set(this.#newest.toString('hex'), { advertised: true, usedBy: new Set() })
    let surplus = [...this.#given.values()].filter(({ advertised }) => advertised).length - windowSize
    for (const [challenge, { advertised }] of this.#given) {
      if (surplus <= 0) break
      if (advertised) surplus--
      this.#given.delete(challenge)
    }
    return this.#newest
  }

  /** The last one for all nodes, for an answer to a solicitation. */
  get newest(): Buffer {
    return this.#newest ?? this.advertise()
  }

  /** A new one for a node that has just proven itself. */
  offer(nai: string): Buffer {
    const challenge = this.#random()
    this.#offered.set(nai, challenge.toString('hex'))
    return challenge
  }

  /** The last one for all nodes, unless the node has used it. */
  unusedBy(nai: string): Buffer | undefined {
    return this.check(nai, this.newest) === 'valid' ? this.newest : undefined
  }

  check(nai: string, challenge: Buffer): 'valid' | 'stale' | 'unknown' {
    const value = challenge.toString('hex')
    const given = this.#given.get(value)
    if (given?.usedBy.has(nai)) return 'stale'
    return given?.advertised || this.#offered.get(nai) === value ? 'valid' : 'unknown'
  }

  /** The node has proven itself with it. */
  use(nai: string, challenge: Buffer): void {
    const value = challenge.toString('hex')
    const given = this.#given.get(value) ?? { advertised: false, usedBy: new Set() }
    given.usedBy.add(nai)
    this.#given.set(value, given)
    if (this.#offered.get(nai) === value) this.#offered.delete(nai)
  }

  /** The node has left. */
  forget(nai: string): void {
    this.#offered.delete(nai)
  }
}
