import type { StoredMap } from '../state-store/stored-map.ts'
import type { MobilityBinding } from './mobility-binding.ts'
import { timestampToleranceSeconds } from './replay-protection.ts'

/** The node's clock may be ahead by the tolerance, and the request may come late by as much; clocks are compared in whole seconds. */
const keptMilliseconds = (2 * timestampToleranceSeconds + 1) * 1000

export interface FormerBinding {
  binding: MobilityBinding
  endedAtMilliseconds: number
}

/**
 * The bindings that have ended lately. A request from before the end must not bind the node again; an older one is refused by its
 * time alone, so the memory need not be longer. A node that has not got the reply to its deregistration asks again in that time.
 */
export class FormerBindings {
  readonly #kept: StoredMap<FormerBinding>
  readonly #byNai: Map<string, FormerBinding>

  constructor(kept: StoredMap<FormerBinding>) {
    const inOrder = kept
      .entries()
      .sort(([, one], [, other]) => one.endedAtMilliseconds - other.endedAtMilliseconds)
    this.#kept = kept
    this.#byNai = new Map(inOrder)
  }

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
      this.#kept.delete(oldest)
    }
    const former = { binding, endedAtMilliseconds: nowMilliseconds }
    this.#byNai.delete(binding.nai)
    this.#byNai.set(binding.nai, former)
    this.#kept.set(binding.nai, former)
  }
}
