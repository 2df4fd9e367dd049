import type { Log } from '#core/log.ts'
import { firstValue } from '#wire/diameter/group.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { sameIdentity } from './local-identity.ts'
import { OriginState } from './origin-state.ts'

/** More than this are not remembered: the one that was heard first goes. */
const hostsLimit = 1000

/** Notices by their requests that hosts behind our peers have lost their state (RFC 6733, section 8.16). */
export class RemoteOrigins {
  readonly #log: Log
  readonly #peers: readonly { identity: string }[]
  readonly #restarted: (host: string) => void
  readonly #states = new Map<string, OriginState>()

  constructor(log: Log, peers: readonly { identity: string }[], restarted: (host: string) => void) {
    this.#log = log
    this.#peers = peers
    this.#restarted = restarted
  }

  /**
   * A request that is answered here. A peer says this of itself on its own connection, and nobody else may say it for the peer.
   * @throws wire/malformed
   */
  note({ avps }: RawMessage): void {
    const host = firstValue(avps, 'Origin-Host')?.toLowerCase()
    const originStateId = firstValue(avps, 'Origin-State-Id')
    if (host === undefined || originStateId === undefined) return
    if (this.#peers.some(({ identity }) => sameIdentity(identity, host))) return
    const known = this.#states.get(host)
    const state = known ?? new OriginState(this.#log.child({ host }), () => this.#restarted(host))
    state.note(originStateId)
    if (known !== undefined) return
    this.#states.set(host, state)
    const [oldest] = this.#states.keys()
    if (this.#states.size > hostsLimit && oldest !== undefined) this.#states.delete(oldest)
  }
}
