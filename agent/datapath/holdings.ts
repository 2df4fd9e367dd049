import { isDeepStrictEqual } from 'node:util'
import { type KernelObject, keyOf } from './kernel-object.ts'

/** One object to make or to change; `before` is what it was. */
export type Step = { object: KernelObject; before?: KernelObject }

export interface Change {
  /** Parents first. */
  steps: Step[]
  /** What nobody needs any more, children first. */
  obsolete: KernelObject[]
}

/**
 * Which objects are in the kernel for which subscribers. An object stays as long as one subscriber holds it.
 */
export class Holdings {
  readonly #bySubscriber = new Map<string, readonly KernelObject[]>()
  readonly #byKey = new Map<string, { object: KernelObject; holders: number }>()

  of(subscriber: string): readonly KernelObject[] {
    return this.#bySubscriber.get(subscriber) ?? []
  }

  /** Whether anybody holds the object with this key. */
  has(key: string): boolean {
    return this.#byKey.has(key)
  }

  get(key: string): KernelObject | undefined {
    return this.#byKey.get(key)?.object
  }

  /** What has to happen for a subscriber to have these objects, parents first, and no others. */
  change(subscriber: string, next: readonly KernelObject[]): Change {
    const wanted = new Set(next.map(keyOf))
    const steps = next.flatMap((object): Step[] => {
      const before = this.#byKey.get(keyOf(object))?.object
      if (before === undefined) return [{ object }]
      return isDeepStrictEqual(before, object) ? [] : [{ object, before }]
    })
    const left = this.of(subscriber).filter((object) => !wanted.has(keyOf(object)))
    const obsolete = left.filter((object) => this.#byKey.get(keyOf(object))?.holders === 1).reverse()
    return { steps, obsolete }
  }

  /** Takes note that the subscriber has these objects now; an empty list: none. */
  record(subscriber: string, next: readonly KernelObject[]): void {
    const former = this.of(subscriber)
    for (const object of next) {
      const holders = this.#byKey.get(keyOf(object))?.holders ?? 0
      this.#byKey.set(keyOf(object), { object, holders: holders + 1 })
    }
    for (const object of former) {
      const entry = this.#byKey.get(keyOf(object))
      if (entry && --entry.holders === 0) this.#byKey.delete(keyOf(object))
    }
    if (next.length > 0) this.#bySubscriber.set(subscriber, next)
    else this.#bySubscriber.delete(subscriber)
  }
}
