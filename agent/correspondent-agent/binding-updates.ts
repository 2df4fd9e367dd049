/** Binding Updates, and what a correspondent agent answers (draft-ietf-mobileip-optim-11, sections 4.3 and 4.4). */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { type Ipv4Address, isHostAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import type { SenderLimit } from '#core/sender-limit.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import { decodeProfileExtension } from '#wire/mobile-ip/profile-extension.ts'
import { bindingAcknowledgeStatus as status } from '#wire/mobile-ip/route-optimization.ts'
import { WireError } from '#wire/wire-error.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import { unprovenLimit } from '../home-agent/unproven-limit.ts'
import {
  type BindingUpdate,
  isProven,
  readBindingMessage,
  sealedMessage,
} from '../route-optimization/binding-message.ts'
import type { BindingPeer } from '../route-optimization/binding-peer.ts'
import { isWithin, type Network } from '../route-optimization/network.ts'
import { NewestIdentification } from '../route-optimization/newest-identification.ts'
import { StateError } from '../state-store/state-error.ts'
import type { BindingCache, CachedBinding } from './binding-cache.ts'
import type { CorrespondentAgentState } from './cache-store.ts'

export interface TrustedHomeAgent extends BindingPeer {
  /** The home addresses of which it may speak. */
  networks: readonly Network[]
}

export interface BindingUpdatesParts {
  address: Ipv4Address
  homeAgents: ReadonlyMap<Ipv4Address, TrustedHomeAgent>
  cache: BindingCache
  maximumBindings: number
  state: Pick<CorrespondentAgentState, 'newest'>
  /** Called when a binding was set. */
  bound(homeAddress: Ipv4Address): void
  clock: Clock
  log: Log
}

interface Verdict {
  status: number
  reason?: string
}

export class BindingUpdates {
  readonly #parts: BindingUpdatesParts
  readonly #newest: NewestIdentification
  readonly #limit: SenderLimit

  constructor(parts: BindingUpdatesParts) {
    this.#parts = parts
    const known = parts.state.newest
      .entries()
      .map(([, { homeAgent, identification }]) => [homeAgent, identification] as const)
    this.#newest = new NewestIdentification(parts.clock, known)
    this.#limit = unprovenLimit(parts.clock)
  }

  /** Takes what came to port 434 and resolves with the acknowledgment, if the sender is to get one. */
  async receive(bytes: Buffer, from: Ipv4Address): Promise<Buffer | undefined> {
    const update = readBindingMessage(bytes)
    const homeAgent = this.#parts.homeAgents.get(from)
    if (update?.type !== 'binding-update' || !homeAgent) {
      this.#parts.log.debug(
        { event: 'datagram-discarded', from },
        'no Binding Update of a configured home agent',
      )
      return undefined
    }
    const verdict = await this.#judge(bytes, update, homeAgent)
    const { homeAddress, identification, flags } = update
    if (verdict.status !== status.accepted)
      this.#parts.log.warn(
        { event: 'binding-update', homeAddress, homeAgent: from, ...verdict },
        'a Binding Update was refused',
      )
    // Who has not proven who he is gets one answer a second.
    const isStranger = verdict.status === status.senderFailedAuthentication
    if (!flags.acknowledge || (isStranger && !this.#limit.admits(from))) return undefined
    return sealedMessage(
      {
        type: 'binding-acknowledge',
        status: verdict.status,
        homeAddress,
        ...(identification !== undefined && { identification }),
        extensions: [],
      },
      homeAgent.association,
    )
  }

  async #judge(bytes: Buffer, update: BindingUpdate, homeAgent: TrustedHomeAgent): Promise<Verdict> {
    const { state, cache } = this.#parts
    const { homeAddress, identification } = update
    if (!isProven(bytes, update, homeAgent.association))
      return {
        status: status.senderFailedAuthentication,
        reason: 'it was not made with the key of the home agent',
      }
    if (identification === undefined || !this.#newest.take(homeAgent.address, identification))
      return {
        status: status.identificationMismatch,
        reason: 'it is a replay, was overtaken, or the clocks differ by more than 7 s',
      }
    state.newest.set(homeAgent.address, { homeAgent: homeAgent.address, identification })
    if (!isWithin(homeAddress, homeAgent.networks))
      return {
        status: status.administrativelyProhibited,
        reason: 'the home agent has no say in this home network',
      }
    return cache.turns.take(homeAddress, () => this.#carryOut(update, homeAgent))
  }

  /** What is refused leaves nothing behind: packets go by the home agent rather than to where the node may have been. */
  async #carryOut(update: BindingUpdate, { address: homeAgent }: TrustedHomeAgent): Promise<Verdict> {
    const { cache, bound } = this.#parts
    const { homeAddress } = update
    try {
      const wanted = this.#wanted(update, homeAgent)
      if ('status' in wanted) {
        // Of two home agents of one network, the one that a node has left says nothing about where it is now.
        if (cache.of(homeAddress)?.homeAgent === homeAgent) await cache.remove(homeAddress)
        return wanted
      }
      await cache.set(wanted)
      bound(homeAddress)
      return { status: status.accepted }
    } catch (error) {
      if (!(error instanceof DatapathError || error instanceof StateError)) throw error
      return { status: status.insufficientResources, reason: describeError(error) }
    }
  }

  /** The binding that an update asks for, or why there is to be none. */
  #wanted(update: BindingUpdate, homeAgent: Ipv4Address): CachedBinding | Verdict {
    const { address, homeAgents, cache, clock, maximumBindings } = this.#parts
    const { homeAddress, careOfAddress, lifetimeSeconds, flags, extensions } = update
    if (lifetimeSeconds === 0 || careOfAddress === homeAddress) return { status: status.accepted }
    if (flags.gre || flags.minimalEncapsulation)
      return { status: status.administrativelyProhibited, reason: 'only IP in IP is done here' }
    const isHome = [...homeAgents.values()].some(({ networks }) => isWithin(careOfAddress, networks))
    // A tunnel that leads into a tunnel, or to this agent, would be a loop.
    if (!isHostAddress(careOfAddress) || careOfAddress === address || isHome)
      return { status: status.poorlyFormedUpdate, reason: `${careOfAddress} can be no care-of address` }
    if (cache.size >= maximumBindings && !cache.of(homeAddress))
      return {
        status: status.insufficientResources,
        reason: `there are ${maximumBindings} bindings already`,
      }
    const profile = readProfile(extensions)
    if (typeof profile === 'string') return { status: status.poorlyFormedUpdate, reason: profile }
    const expiresAtMilliseconds = clock.now() + lifetimeSeconds * 1000
    return { homeAddress, homeAgent, careOfAddress, profile, expiresAtMilliseconds }
  }
}

/** Or why there is none. */
function readProfile(extensions: BindingUpdate['extensions']): ServiceProfile | string {
  try {
    return decodeProfileExtension(extensions) ?? 'it has no service profile that is understood here'
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return describeError(error)
  }
}
