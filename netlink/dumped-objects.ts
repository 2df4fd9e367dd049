import { nextSlice, sliceIsOver } from './slice.ts'

/** After so many objects the reader is asked to let others have a turn, if its slice is over. */
const objectsBetweenLooks = 64

/**
 * What a dump gives, object by object. The dump begins with the first `next`. A class of its own and no async generator: that
 * makes several promises for each object, of which there are ten thousand.
 */
export class DumpedObjects<Item> implements AsyncIterableIterator<Item, void, undefined> {
  readonly #read: () => Promise<readonly Item[]>
  #items: readonly Item[] | undefined
  #reading: Promise<void> | undefined
  #next = 0
  /** The slice was over before this object, and another has begun. */
  #looked = false
  #over = false

  /** `read`: reads the whole dump. */
  constructor(read: () => Promise<readonly Item[]>) {
    this.#read = read
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws what reading the dump throws; the iteration is over then */
  next(): Promise<IteratorResult<Item, void>> {
    if (this.#items === undefined && !this.#over) return this.#afterReading()
    const items = this.#items
    if (items === undefined || this.#next >= items.length) return this.return()
    if (!this.#looked && this.#next % objectsBetweenLooks === 0 && sliceIsOver())
      return this.#afterNextSlice()
    this.#looked = false
    const index = this.#next++
    // There is an item at each index below the length.
    return Promise.resolve({ done: false, value: items[index] as Item })
  }

  return(): Promise<IteratorReturnResult<void>> {
    this.#over = true
    this.#items = undefined
    return Promise.resolve({ done: true, value: undefined })
  }

  async #afterReading(): Promise<IteratorResult<Item, void>> {
    this.#reading ??= this.#start()
    await this.#reading
    return this.next()
  }

  async #afterNextSlice(): Promise<IteratorResult<Item, void>> {
    await nextSlice()
    this.#looked = true
    return this.next()
  }

  async #start(): Promise<void> {
    try {
      const items = await this.#read()
      if (!this.#over) this.#items = items
    } catch (error) {
      this.#over = true
      throw error
    }
  }
}
