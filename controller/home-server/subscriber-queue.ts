/**
 * What is done to one subscriber happens one at a time and in order; different subscribers do not wait for
 * each other. `Newest` is the result of the one kind of task that always does the newest there is to do (see
 * `runNewest`).
 */
export class SubscriberQueue<Newest> {
  readonly #last = new Map<string, Promise<unknown>>()
  readonly #waiting = new Map<string, Promise<Newest>>()
  readonly #lengths = new Map<string, number>()

  /**
   * Runs `task` once everything asked for before on this subscriber is done, whether that succeeded or not.
   */
  run<Result>(nai: string, task: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(nai) ?? Promise.resolve()
    this.#lengths.set(nai, this.length(nai) + 1)
    const result = before.then(task, task)
    this.#last.set(nai, result)
    const forget = (): void => {
      const left = this.length(nai) - 1
      if (left > 0) this.#lengths.set(nai, left)
      else this.#lengths.delete(nai)
      if (this.#last.get(nai) === result) this.#last.delete(nai)
    }
    result.then(forget, forget)
    return result
  }

  /**
   * As `run`, for a task that reads what is to be done when it begins: while one of them still waits, a
   * second would do the same, so all callers share it. What came in between is superseded without ever being
   * done.
   */
  runNewest(nai: string, task: () => Promise<Newest>): Promise<Newest> {
    const waiting = this.#waiting.get(nai)
    if (waiting) return waiting
    const result = this.run(nai, () => {
      this.#waiting.delete(nai)
      return task()
    })
    this.#waiting.set(nai, result)
    return result
  }

  /** How many tasks run or wait. */
  length(nai: string): number {
    return this.#lengths.get(nai) ?? 0
  }

  /** Is fulfilled when nothing runs or waits any more. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values())
  }
}
