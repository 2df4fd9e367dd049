import { statSync } from 'node:fs'

/** What was read from files, and is read again when one of them is another than before. */
export class FreshFiles<Value> {
  readonly #files: readonly string[]
  readonly #read: () => Value
  readonly #failed: (error: unknown) => void
  #state: string
  #value: Value

  /** `failed`: told once of a change that cannot be used; what was read before stays. @throws what `read` throws */
  constructor(files: readonly string[], read: () => Value, failed: (error: unknown) => void) {
    this.#files = files
    this.#read = read
    this.#failed = failed
    this.#state = this.#look()
    this.#value = read()
  }

  get value(): Value {
    const state = this.#look()
    if (state === this.#state) return this.#value
    this.#state = state
    try {
      this.#value = this.#read()
    } catch (error) {
      this.#failed(error)
    }
    return this.#value
  }

  /** Another file, or another content, shows in one of these. */
  #look(): string {
    return this.#files
      .map((file) => statSync(file, { bigint: true, throwIfNoEntry: false }))
      .map((found) => (found ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'none'))
      .join()
  }
}
