/** Where nodes are, as their home agents say, and the kernel's way there (draft-ietf-mobileip-optim-11, section 2.1). */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import { Expiry } from '../authorized-session/expiry.ts'
import { homeProfileTerms } from '../authorized-session/profile-footprint.ts'
import { SubscriberTurns } from '../authorized-session/subscriber-turns.ts'
import type { Datapath } from '../datapath/datapath.ts'
import type { SubscriberFootprint } from '../datapath/footprint.ts'
import type { CorrespondentAgentState } from './cache-store.ts'

export interface CachedBinding {
  homeAddress: Ipv4Address
  /** Who says so. */
  homeAgent: Ipv4Address
  careOfAddress: Ipv4Address
  profile: ServiceProfile
  expiresAtMilliseconds: number
}

export interface BindingCacheParts {
  /** Where the tunnels start. */
  address: Ipv4Address
  datapath: Pick<Datapath, 'set' | 'remove'>
  state: Pick<CorrespondentAgentState, 'bindings' | 'commit'>
  clock: Clock
  log: Log
}

/** After which an expired binding that the kernel would not let go is removed again. */
const secondAttemptMilliseconds = 30_000

/** Packets for the home address go straight to the care-of address, in the class of the profile. */
export function cachedFootprint(
  address: Ipv4Address,
  { homeAddress, careOfAddress, profile }: CachedBinding,
): SubscriberFootprint {
  return {
    homeAddress,
    tunnel: { encapsulation: 'ipip', local: address, remote: careOfAddress },
    ...homeProfileTerms(profile),
    delivery: { via: 'tunnel' },
  }
}

export class BindingCache {
  readonly turns = new SubscriberTurns()
  readonly #parts: BindingCacheParts
  readonly #byHomeAddress = new Map<Ipv4Address, CachedBinding>()
  readonly #expiry: Expiry

  constructor(parts: BindingCacheParts) {
    this.#parts = parts
    this.#expiry = new Expiry(parts.clock, (homeAddress) => {
      this.turns
        .take(homeAddress, () => this.#endExpired(homeAddress))
        .catch((error: unknown) => {
          this.#expiry.set(homeAddress, parts.clock.now() + secondAttemptMilliseconds)
          parts.log.error(
            { event: 'expiry', homeAddress, reason: describeError(error) },
            'an expired binding was not removed',
          )
        })
    })
  }

  get size(): number {
    return this.#byHomeAddress.size
  }

  of(homeAddress: Ipv4Address): CachedBinding | undefined {
    return this.#byHomeAddress.get(homeAddress)
  }

  /** Goes on with the bindings of a former process. @param isServed by the kernel */
  resume(bindings: readonly CachedBinding[], isServed: (homeAddress: Ipv4Address) => boolean): void {
    for (const binding of bindings) {
      const { homeAddress, expiresAtMilliseconds } = binding
      if (isServed(homeAddress)) {
        this.#byHomeAddress.set(homeAddress, binding)
        this.#expiry.set(homeAddress, expiresAtMilliseconds)
      } else this.#parts.state.bindings.delete(homeAddress)
    }
    this.#parts.state.commit()
  }

  /**
   * Sets the kernel, in the node's turn, and keeps the binding. What cannot be set or kept is taken away, so that packets go by the home
   * agent again. @throws datapath/rejected, state/unwritable
   */
  async set(binding: CachedBinding): Promise<void> {
    const { address, datapath, state, log } = this.#parts
    const { homeAddress, careOfAddress, expiresAtMilliseconds, profile } = binding
    try {
      await datapath.set(homeAddress, cachedFootprint(address, binding))
      state.bindings.set(homeAddress, binding)
      state.commit()
    } catch (error) {
      await this.remove(homeAddress)
      throw error
    }
    this.#byHomeAddress.set(homeAddress, binding)
    this.#expiry.set(homeAddress, expiresAtMilliseconds)
    log.info(
      { event: 'binding', homeAddress, careOfAddress, profile: profile.name, revision: profile.revision },
      'binding set',
    )
  }

  /** In the node's turn. Nothing to do where there is none. @throws datapath/rejected, state/unwritable */
  async remove(homeAddress: Ipv4Address): Promise<void> {
    const { datapath, state, log } = this.#parts
    await datapath.remove(homeAddress)
    this.#expiry.clear(homeAddress)
    state.bindings.delete(homeAddress)
    if (this.#byHomeAddress.delete(homeAddress))
      log.info({ event: 'binding', homeAddress }, 'binding removed')
    state.commit()
  }

  /** Ends all timers; the bindings stay in the kernel. */
  async close(): Promise<void> {
    this.#expiry.close()
    await this.turns.idle()
  }

  async #endExpired(homeAddress: Ipv4Address): Promise<void> {
    const binding = this.#byHomeAddress.get(homeAddress)
    if (binding && binding.expiresAtMilliseconds <= this.#parts.clock.now()) await this.remove(homeAddress)
  }
}
