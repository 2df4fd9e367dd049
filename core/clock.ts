/** A running timer; `cancel` is idempotent. */
export interface Timer {
  cancel(): void
}

/** Time as the roles see it: injected, so that tests turn it by hand. */
export interface Clock {
  /** Milliseconds since 1970, wall clock. */
  now(): number
  /** Calls `action` once after `milliseconds`. */
  after(milliseconds: number, action: () => void): Timer
}

/** setTimeout fires at once above this delay; a longer wait is taken in slices. */
const longestDelay = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, action) {
    let handle: NodeJS.Timeout
    const sleep = (left: number): void => {
      handle = setTimeout(
        () => (left > longestDelay ? sleep(left - longestDelay) : action()),
        Math.min(left, longestDelay),
      )
    }
    sleep(milliseconds)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** A clock for tests: time stands still until `advance`, which fires the due timers in their order. */
export class ManualClock implements Clock {
  #now: number
  #pending: { due: number; action: () => void }[] = []

  constructor(startMilliseconds = Date.UTC(2026, 0, 1)) {
    this.#now = startMilliseconds
  }

  now(): number {
    return this.#now
  }

  after(milliseconds: number, action: () => void): Timer {
    const entry = { due: this.#now + milliseconds, action }
    this.#pending.push(entry)
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== entry)
      },
    }
  }

  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (;;) {
      const next = this.#pending.filter((entry) => entry.due <= end).sort((a, b) => a.due - b.due)[0]
      if (!next) break
      this.#pending = this.#pending.filter((entry) => entry !== next)
      this.#now = next.due
      next.action()
    }
    this.#now = end
  }
}
