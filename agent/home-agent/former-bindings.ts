import type { MobilityBinding } from './mobility-binding.ts'
import { timestampToleranceSeconds } from './replay-protection.ts'

/** The node's clock may be ahead by the tolerance, and the request may come late by as much; clocks are compared in whole seconds. */
const keptMilliseconds = (2 * timestampToleranceSeconds + 1) * 1000

/**
 * The bindings that have ended lately. A request from before the end must not bind the node again; an older one is refused by its
 * time alone, so the memory need not be longer. A node that has not got the reply to its deregistration asks again in that time.
 */
export class FormerBindings {
  readonly #byNai = new Map<string, { binding: MobilityBinding; endedAtMilliseconds: number }>()

  get size(): number {
    return this.#byNai.size
  }

  of(nai: string): MobilityBinding | undefined {
    return this.#byNai.get(nai)?.binding
  }

  remember(binding: MobilityBinding, nowMilliseconds: number): void {
    for (const [oldest, { endedAtMilliseconds }] of this.#byNai) {
      if (endedAtMilliseconds + keptMilliseconds > nowMilliseconds) break
      this.#byNai.delete(oldest)
    }
    this.#byNai.delete(binding.nai)
    this.#byNai.set(binding.nai, { binding, endedAtMilliseconds: nowMilliseconds })
  }
}
