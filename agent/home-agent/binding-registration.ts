import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import type { DiameterNode } from '#diameter/node.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { describeReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { type TerminationCause, terminateSession } from '../authorized-session/authorized-session.ts'
import { Expiry } from '../authorized-session/expiry.ts'
import { heldProfile } from '../authorized-session/profile-footprint.ts'
import { SubscriberTurns } from '../authorized-session/subscriber-turns.ts'
import type { Datapath } from '../datapath/datapath.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import type { HomeNetwork } from '../home-network/home-network.ts'
import type { AgentAssociations } from '../revocation/agent-association.ts'
import type { Revocations } from '../revocation/revocations.ts'
import { commitOrLater, commitOrUndo } from '../state-store/commit.ts'
import { StateError } from '../state-store/state-error.ts'
import type { HomeAgentState } from './binding-store.ts'
import {
  bindingFootprint,
  endOthersAt,
  firstEnd,
  isNotEmpty,
  lastEnd,
  withoutCareOf,
} from './care-of-bindings.ts'
import { FormerBindings } from './former-bindings.ts'
import { revokeAt } from './left-foreign-agents.ts'
import {
  type BindingGrant,
  BindingList,
  type CareOfBinding,
  type MobilityBinding,
} from './mobility-binding.ts'
import { nextBinding } from './next-binding.ts'
import { decideRegistration, type RegistrationDecision, type RegistrationPolicy } from './registration.ts'
import type { RegistrationOutcome, RequestOrigin } from './registration-outcome.ts'
import { Nonces, newNonce, nonceOf } from './replay-protection.ts'

/** After which an expired binding that the kernel would not let go is removed again. */
const secondAttemptMilliseconds = 30_000

export interface HomeAgentParts {
  address: Ipv4Address
  maximumLifetimeSeconds: number
  /** For how long other care-of addresses are kept beside a new one (S bit); absent: as long as they live. */
  simultaneousSeconds?: number | undefined
  policy: RegistrationPolicy
  datapath: Pick<Datapath, 'set' | 'remove'>
  diameter: Pick<DiameterNode, 'request'>
  revocations: Pick<Revocations, 'revoke'>
  associations: Pick<AgentAssociations, 'add'>
  state: Pick<HomeAgentState, 'bindings' | 'former' | 'commit'>
  /** Where the agent is a host on the home link. */
  homeNetwork?: Pick<HomeNetwork, 'intercept' | 'release' | 'announceReturn'> | undefined
  /** Called when care-of address or profile of a node may be others than before, or its binding is over. */
  changed?(homeAddress: Ipv4Address): void
  clock: Clock
  log: Log
}

/**
 * The bindings of a home agent, and what changes them: registrations, their expiry, the other agents and the home server. A long file,
 * since each change goes the same way in the same turn: kernel, list, disk, and who has to be told.
 */
export class BindingRegistration {
  readonly bindings: BindingList
  readonly former: FormerBindings
  readonly turns = new SubscriberTurns()
  readonly #parts: HomeAgentParts
  readonly #expiry: Expiry
  readonly #nonces = new Nonces()

  constructor(parts: HomeAgentParts) {
    this.#parts = parts
    this.bindings = new BindingList(parts.state.bindings)
    this.former = new FormerBindings(parts.state.former)
    this.#expiry = new Expiry(parts.clock, (nai) => {
      void this.turns
        .take(nai, () => this.#endExpired(nai))
        .catch((error: unknown) => {
          parts.log.error(
            { event: 'expiry', nai, reason: describeError(error) },
            'an expired binding was not removed',
          )
        })
    })
  }

  /**
   * Goes on with the bindings of a former process: each ends in its time, the ones whose time is over at once. Those that the kernel
   * could not be given back end too. @param isServed by the kernel
   */
  resume(isServed: (nai: string) => boolean): void {
    const { clock, log } = this.#parts
    for (const { nai, careOf } of [...this.bindings.all()]) {
      this.#expiry.set(nai, firstEnd(careOf))
      if (isServed(nai) || lastEnd(careOf) <= clock.now()) continue
      this.turns
        .take(nai, () => this.release(nai, 'DIAMETER_SERVICE_NOT_PROVIDED', { revoke: careOf }))
        .catch((error: unknown) =>
          log.error(
            { event: 'binding', nai, reason: describeError(error) },
            'a binding that the kernel refuses was not ended',
          ),
        )
    }
  }

  /**
   * Carries out an authentic request, in the subscriber's turn. `grant` is what the home server says now, or the binding itself when
   * the node registers again in between.
   */
  async register(
    request: RegistrationRequest,
    grant: BindingGrant | MobilityBinding,
    origin: RequestOrigin = {},
  ): Promise<RegistrationOutcome> {
    const { log } = this.#parts
    const { nai } = grant
    const decision = this.#decide(request, grant, origin)
    if (grant.association.replay === 'nonces') this.#nonces.set(nai, nonceOf(decision.identification))
    switch (decision.verdict) {
      case 'denied':
        log.warn(
          {
            event: 'registration',
            nai,
            careOfAddress: request.careOfAddress,
            replyCode: decision.code,
          },
          `registration denied: ${describeReplyCode(decision.code)}`,
        )
        return { decision }
      case 'deregistered':
        return this.#orKernelReason(request, decision, () =>
          this.#deregister(request, decision, grant, origin),
        )
      case 'registered':
        return this.#orKernelReason(request, decision, () => this.#bind(request, decision, grant, origin))
    }
  }

  /** Ends a binding in the subscriber's turn: takes it out of the kernel and tells the home server and the foreign agents. */
  async release(
    nai: string,
    cause: TerminationCause,
    { revoke }: { revoke: readonly CareOfBinding[] } = { revoke: [] },
  ): Promise<void> {
    const { datapath, homeNetwork, clock, log } = this.#parts
    const binding = this.bindings.of(nai)
    if (!binding) return
    await datapath.remove(nai)
    await homeNetwork?.release(binding.homeAddress)
    this.bindings.delete(nai)
    this.#expiry.clear(nai)
    this.former.remember(binding, clock.now())
    this.#commitLater()
    log.info({ event: 'binding', nai, homeAddress: binding.homeAddress, cause }, 'binding removed')
    this.#parts.changed?.(binding.homeAddress)
    revokeAt(revoke, binding, this.#parts)
    void terminateSession(this.#parts, binding.session, nai, cause)
  }

  /**
   * Ends one care-of address in the subscriber's turn, and the binding with its last one.
   * @throws DatapathError: the kernel still has it
   */
  async releaseCareOf(nai: string, careOfAddress: Ipv4Address, cause: TerminationCause): Promise<void> {
    const binding = this.bindings.of(nai)
    if (!binding) return
    await this.#keepOnly(binding, withoutCareOf(binding.careOf, careOfAddress), cause)
  }

  /** Ends all timers; the bindings stay in the kernel. */
  async close(): Promise<void> {
    this.#expiry.close()
    await this.turns.idle()
  }

  #decide(
    request: RegistrationRequest,
    grant: BindingGrant | MobilityBinding,
    { foreignAgentFailed = false, nodeSource }: RequestOrigin,
  ): RegistrationDecision {
    const { address, policy, clock, maximumLifetimeSeconds } = this.#parts
    const { nai, association, session } = grant
    const current = this.bindings.of(nai)
    const nowMilliseconds = clock.now()
    return decideRegistration(request, {
      homeAgent: address,
      policy,
      nowMilliseconds,
      replay:
        association.replay === 'nonces'
          ? { method: 'nonces', expected: this.#nonces.of(nai), next: newNonce() }
          : { method: 'timestamps', last: (current ?? this.former.of(nai))?.identification },
      foreignAgentFailed,
      nodeSource,
      heldCareOfAddresses: current?.careOf.map(({ careOfAddress }) => careOfAddress) ?? [],
      authorizesMove: grant !== current,
      homeAddress: grant.homeAddress,
      homeAddressIsFree: this.#homeAddressIsFree(request, grant),
      maximumLifetimeSeconds: Math.min(
        maximumLifetimeSeconds,
        (session.authorizedUntilMilliseconds - nowMilliseconds) / 1000,
      ),
    })
  }

  async #deregister(
    { identification, careOfAddress }: RegistrationRequest,
    decision: RegistrationDecision & { verdict: 'deregistered' },
    { nai, homeAddress }: BindingGrant,
    { isAtHome = false }: RequestOrigin,
  ): Promise<RegistrationOutcome> {
    const current = this.bindings.of(nai)
    if (!current) return { decision }
    const binding = { ...current, identification }
    this.bindings.set(binding)
    // The foreign agent through which it came sees the reply; others have to be told.
    if (decision.scope === 'all') await this.release(nai, 'DIAMETER_LOGOUT', { revoke: binding.careOf })
    else await this.#keepOnly(binding, withoutCareOf(binding.careOf, careOfAddress), 'DIAMETER_LOGOUT')
    this.#commitLater()
    if (isAtHome && !this.bindings.of(nai)) this.#parts.homeNetwork?.announceReturn(homeAddress)
    return { decision }
  }

  async #bind(
    request: RegistrationRequest,
    decision: RegistrationDecision & { verdict: 'registered' },
    grant: BindingGrant,
    origin: RequestOrigin,
  ): Promise<RegistrationOutcome> {
    const { datapath, clock, log, address, simultaneousSeconds = Number.POSITIVE_INFINITY } = this.#parts
    const { careOfAddress } = request
    const { nai, homeAddress } = grant
    const { lifetimeSeconds } = decision
    const current = this.bindings.of(nai)
    const binding = nextBinding(request, grant, current, origin, {
      homeAgent: address,
      expiresAtMilliseconds: clock.now() + lifetimeSeconds * 1000,
    })
    const { profile } = binding
    const footprint = bindingFootprint(binding, profile)
    binding.profile = heldProfile(profile, footprint, await datapath.set(nai, footprint))
    if (!current) await this.#interceptOrUndo(binding)
    binding.careOf = endOthersAt(binding.careOf, clock.now() + simultaneousSeconds * 1000)
    const { careOf } = binding
    this.bindings.set(binding)
    if (origin.foreignAgent && origin.isNewForeignAgent)
      this.#parts.associations.add(careOfAddress, origin.foreignAgent)
    await commitOrUndo(this.#parts.state, () => this.#undo(binding, current))
    this.#expiry.set(nai, firstEnd(careOf))
    log.info(
      { event: 'binding', nai, homeAddress, careOfAddress, lifetimeSeconds, revision: profile.revision },
      'binding registered',
    )
    this.#parts.changed?.(homeAddress)
    const left = current?.careOf.filter((former) =>
      careOf.every((kept) => kept.careOfAddress !== former.careOfAddress),
    )
    revokeAt(left ?? [], binding, this.#parts)
    return { decision, binding }
  }

  /** Leaves only some of the care-of addresses, or ends the binding. @throws DatapathError: nothing has changed */
  async #keepOnly(
    binding: MobilityBinding,
    careOf: readonly CareOfBinding[],
    cause: TerminationCause,
  ): Promise<void> {
    const { nai, profile } = binding
    if (careOf.length === binding.careOf.length) return
    if (!isNotEmpty(careOf)) return this.release(nai, cause)
    const kept = { ...binding, careOf }
    await this.#parts.datapath.set(nai, bindingFootprint(kept, profile))
    this.bindings.set(kept)
    this.#commitLater()
    this.#expiry.set(nai, firstEnd(careOf))
    this.#parts.changed?.(binding.homeAddress)
    this.#parts.log.info({ event: 'binding', nai, careOf: careOf.length, cause }, 'a care-of address removed')
  }

  /** The kernel and the list get back what they had before a registration. */
  async #undo({ nai, homeAddress }: MobilityBinding, former: MobilityBinding | undefined): Promise<void> {
    const { datapath, homeNetwork } = this.#parts
    if (former) {
      this.bindings.set(former)
      await datapath.set(nai, bindingFootprint(former, former.profile))
    } else {
      this.bindings.delete(nai)
      await datapath.remove(nai)
      await homeNetwork?.release(homeAddress)
    }
  }

  #commitLater(): void {
    commitOrLater(this.#parts.state, this.#parts.log, 'the end of a binding')
  }

  async #interceptOrUndo({ nai, homeAddress }: MobilityBinding): Promise<void> {
    try {
      await this.#parts.homeNetwork?.intercept(homeAddress)
    } catch (error) {
      await this.#parts.datapath.remove(nai)
      throw error
    }
  }

  /** A kernel or a disk that refuses is code 130. */
  async #orKernelReason(
    { careOfAddress }: RegistrationRequest,
    { identification }: RegistrationDecision,
    action: () => Promise<RegistrationOutcome>,
  ): Promise<RegistrationOutcome> {
    try {
      return await action()
    } catch (error) {
      if (!(error instanceof DatapathError || error instanceof StateError)) throw error
      const kernelReason = describeError(error)
      const who = error instanceof StateError ? 'disk' : 'kernel'
      this.#parts.log.error(
        { event: 'binding', careOfAddress, reason: kernelReason },
        `the ${who} refused a binding`,
      )
      return { decision: { verdict: 'denied', code: 130, identification }, kernelReason }
    }
  }

  async #endExpired(nai: string): Promise<void> {
    const binding = this.bindings.of(nai)
    if (!binding) return
    const now = this.#parts.clock.now()
    const live = binding.careOf.filter(({ expiresAtMilliseconds }) => expiresAtMilliseconds > now)
    if (live.length === binding.careOf.length) return
    // Should the kernel refuse; success sets or clears it.
    this.#expiry.set(nai, now + secondAttemptMilliseconds)
    await this.#keepOnly(binding, live, 'DIAMETER_SESSION_TIMEOUT')
  }

  #homeAddressIsFree({ homeAddress }: RegistrationRequest, grant: BindingGrant): boolean {
    const holder = this.bindings.withHomeAddress(grant.homeAddress)
    return (
      grant.homeAddress !== unspecifiedAddress &&
      (homeAddress === grant.homeAddress || homeAddress === unspecifiedAddress) &&
      (holder === undefined || holder.nai === grant.nai)
    )
  }
}
