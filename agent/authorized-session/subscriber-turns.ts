/**
 * Lets everything that changes one subscriber happen one after the other: a registration, a new profile, the end of a session and an
 * expiry can all arrive while the kernel is being changed for one of them. Different subscribers do not wait for each other.
 */
export class SubscriberTurns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** Runs `action` after all that was handed in before for this subscriber, whether that succeeded or not. */
  async take<Result>(nai: string, action: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(nai)
    const turn = before === undefined ? action() : before.then(action)
    const settled = turn.then(nothing, nothing)
    this.#last.set(nai, settled)
    try {
      return await turn
    } finally {
      if (this.#last.get(nai) === settled) this.#last.delete(nai)
    }
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values())
  }
}

function nothing(): void {}
