import { identificationSeconds } from '#wire/mobile-ip/identification.ts'
import { timestampToleranceSeconds } from './registration.ts'

/**
 * The last identifications of nodes that have no binding any more: a request from before the end must not bind them again. One that
 * is older than the tolerance is refused by its time alone, so it need not be kept.
 */
export class FormerIdentifications {
  readonly #byNai = new Map<string, bigint>()

  get size(): number {
    return this.#byNai.size
  }

  of(nai: string): bigint | undefined {
    return this.#byNai.get(nai)
  }

  remember(nai: string, identification: bigint, nowMilliseconds: number): void {
    const kept = nowMilliseconds / 1000 - 2 * timestampToleranceSeconds
    for (const [oldest, former] of this.#byNai) {
      if (identificationSeconds(former) >= kept) break
      this.#byNai.delete(oldest)
    }
    this.#byNai.delete(nai)
    this.#byNai.set(nai, identification)
  }
}
