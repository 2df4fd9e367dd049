import type { Log } from '#core/log.ts'

/** Notices by Origin-State-Id that a peer has lost its state (RFC 6733, section 8.16): it grows with every such restart. */
export class OriginState {
  readonly #log: Log
  readonly #restarted: () => void
  #known: number | undefined

  constructor(log: Log, restarted: () => void) {
    this.#log = log
    this.#restarted = restarted
  }

  /** What an authenticated message of the peer itself says; undefined where it says nothing. */
  note(originStateId: number | undefined): void {
    const before = this.#known
    if (originStateId === undefined || (before !== undefined && originStateId <= before)) return
    this.#known = originStateId
    if (before === undefined) return
    this.#log.info({ event: 'peer-restarted' }, 'peer has restarted: the sessions that it held are gone')
    this.#restarted()
  }
}
