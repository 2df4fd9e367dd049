import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import type { DiameterNode } from '#diameter/node.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { describeReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { type TerminationCause, terminateSession } from '../authorized-session/authorized-session.ts'
import { Expiry } from '../authorized-session/expiry.ts'
import { SubscriberTurns } from '../authorized-session/subscriber-turns.ts'
import type { Datapath } from '../datapath/datapath.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import type { SubscriberFootprint } from '../datapath/footprint.ts'
import { FormerIdentifications } from './former-identifications.ts'
import { type BindingGrant, BindingList, type MobilityBinding } from './mobility-binding.ts'
import { decideRegistration, type RegistrationDecision } from './registration.ts'

export interface HomeAgentParts {
  address: Ipv4Address
  maximumLifetimeSeconds: number
  datapath: Pick<Datapath, 'set' | 'remove'>
  diameter: Pick<DiameterNode, 'request'>
  clock: Clock
  log: Log
}

export interface RegistrationOutcome {
  decision: RegistrationDecision
  /** As it stands afterwards. */
  binding?: MobilityBinding
  /** Why the kernel refused, with reply code 130. */
  kernelReason?: string
}

/** The bindings of a home agent, and what changes them: registrations, their expiry, and the home server. */
export class BindingRegistration {
  readonly bindings = new BindingList()
  readonly turns = new SubscriberTurns()
  readonly #parts: HomeAgentParts
  readonly #expiry: Expiry
  readonly #former = new FormerIdentifications()

  constructor(parts: HomeAgentParts) {
    this.#parts = parts
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
   * Carries out an authentic request, in the subscriber's turn. `grant` is what the home server says now, or the binding itself when
   * the node registers again in between.
   */
  async register(
    request: RegistrationRequest,
    grant: BindingGrant | MobilityBinding,
  ): Promise<RegistrationOutcome> {
    const { address, clock, log } = this.#parts
    const current = this.bindings.of(grant.nai)
    const decision = decideRegistration(request, {
      homeAgent: address,
      nowMilliseconds: clock.now(),
      lastIdentification: current?.identification ?? this.#former.of(grant.nai),
      boundCareOfAddress: grant === current ? current.careOfAddress : undefined,
      maximumLifetimeSeconds: this.#longestLifetime(grant),
    })
    const about = { event: 'registration', nai: grant.nai, careOfAddress: request.careOfAddress }
    switch (decision.verdict) {
      case 'denied':
        log.warn(
          { ...about, replyCode: decision.code },
          `registration denied: ${describeReplyCode(decision.code)}`,
        )
        return { decision }
      case 'deregistered':
        if (current && (decision.scope === 'all' || current.careOfAddress === request.careOfAddress)) {
          this.bindings.set({ ...current, identification: request.identification })
          await this.release(grant.nai, 'DIAMETER_LOGOUT')
        }
        return { decision }
      case 'registered':
        return this.#homeAddressIsFree(request, grant)
          ? this.#bind(request, decision, grant)
          : { decision: { verdict: 'denied', code: 129, identification: request.identification } }
    }
  }

  async #bind(
    request: RegistrationRequest,
    decision: RegistrationDecision & { verdict: 'registered' },
    grant: BindingGrant,
  ): Promise<RegistrationOutcome> {
    const { datapath, clock, log, address } = this.#parts
    const { careOfAddress, identification } = request
    const { nai, homeAddress } = grant
    const profile = newer(grant.profile, this.bindings.of(nai)?.profile)
    const expiresAtMilliseconds = clock.now() + decision.lifetimeSeconds * 1000
    const binding = { ...grant, profile, careOfAddress, identification, expiresAtMilliseconds }
    const about = { event: 'binding', nai, homeAddress, careOfAddress }
    try {
      const { downlink } = await datapath.set(nai, bindingFootprint(address, binding, profile))
      binding.profile = { ...profile, downlink }
    } catch (error) {
      if (!(error instanceof DatapathError)) throw error
      const kernelReason = describeError(error)
      log.error({ ...about, reason: kernelReason }, 'the kernel refused a binding')
      return { decision: { verdict: 'denied', code: 130, identification }, kernelReason }
    }
    this.bindings.set(binding)
    this.#expiry.set(nai, expiresAtMilliseconds)
    log.info(
      { ...about, lifetimeSeconds: decision.lifetimeSeconds, revision: profile.revision },
      'binding registered',
    )
    return { decision, binding }
  }

  /** Ends a binding in the subscriber's turn: takes it out of the kernel and tells the home server. */
  async release(nai: string, cause: TerminationCause): Promise<void> {
    const { datapath, clock, log } = this.#parts
    const binding = this.bindings.of(nai)
    if (!binding) return
    await datapath.remove(nai)
    this.bindings.delete(nai)
    this.#expiry.clear(nai)
    this.#former.remember(nai, binding.identification, clock.now())
    log.info({ event: 'binding', nai, homeAddress: binding.homeAddress, cause }, 'binding removed')
    void terminateSession(this.#parts, binding.session, nai, cause)
  }

  /** Ends all timers; the bindings stay in the kernel. */
  async close(): Promise<void> {
    this.#expiry.close()
    await this.turns.idle()
  }

  async #endExpired(nai: string): Promise<void> {
    const binding = this.bindings.of(nai)
    if (!binding || binding.expiresAtMilliseconds > this.#parts.clock.now()) return
    await this.release(nai, 'DIAMETER_SESSION_TIMEOUT')
  }

  #longestLifetime({ session }: BindingGrant): number {
    const authorized = (session.authorizedUntilMilliseconds - this.#parts.clock.now()) / 1000
    return Math.min(this.#parts.maximumLifetimeSeconds, authorized)
  }

  #homeAddressIsFree({ homeAddress }: RegistrationRequest, grant: BindingGrant): boolean {
    const holder = this.bindings.withHomeAddress(homeAddress)
    return homeAddress === grant.homeAddress && (holder === undefined || holder.nai === grant.nai)
  }
}

/** What a binding asks of the kernel: packets for the home address go into the tunnel, in the class of the profile. */
export function bindingFootprint(
  homeAgent: Ipv4Address,
  { homeAddress, careOfAddress }: Pick<MobilityBinding, 'homeAddress' | 'careOfAddress'>,
  { downlink }: ServiceProfile,
): SubscriberFootprint {
  return {
    homeAddress,
    tunnel: { encapsulation: 'ipip', local: homeAgent, remote: careOfAddress },
    downlink,
    delivery: { via: 'tunnel' },
  }
}

/** A profile change that overtook the registration stays in force. */
function newer(granted: ServiceProfile, held: ServiceProfile | undefined): ServiceProfile {
  return held !== undefined && held.revision > granted.revision ? held : granted
}
