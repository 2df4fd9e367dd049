/** Who decides about a registration, and what becomes of the visit by it (RFC 5944, section 3.7; RFC 4004, section 3). */
import { randomInt } from 'node:crypto'
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { DiameterError } from '#diameter/diameter-error.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { type Extension, findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { isAccepted } from '#wire/mobile-ip/reply-code.ts'
import { terminateSession } from '../authorized-session/authorized-session.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import type { AgentAssociation } from '../revocation/agent-association.ts'
import { revocationSupport } from '../revocation/revocation-support.ts'
import { StateError } from '../state-store/state-error.ts'
import {
  type AuthorizationOutcome,
  authorizationRequest,
  readAuthorizationAnswer,
  readAuthorizationFailure,
} from './authorization.ts'
import type { HomeAgentKeys } from './home-agent-keys.ts'
import type { HomeAgentRelay } from './home-agent-relay.ts'
import type { MobileForeignAssociation } from './node-authentication.ts'
import type { Denial, HomeAgentReply } from './node-replies.ts'
import { relayedRequest } from './relayed-message.ts'
import { isFromHomeAgent, refuseReply } from './reply-checks.ts'
import { decidesAt, type ForeignAgentOffer, realmOf } from './request-checks.ts'
import { foreignHomeAssociation, lastReservedSpi, mobileForeignAssociation } from './session-keys.ts'
import type { VisitProvision } from './visit-provision.ts'
import { agreedRevocation } from './visit-revocation.ts'
import { visitTunnel } from './visit-tunnel.ts'
import type { PendingRegistration, VisitorEntry } from './visitor-list.ts'
import type { Visits } from './visits.ts'

export interface DecisionParts {
  offer: ForeignAgentOffer
  timeoutMilliseconds: number
  diameter: Pick<DiameterNode, 'request' | 'sessionId'>
  relay: Pick<HomeAgentRelay, 'relay'>
  visits: Visits
  homeAgentKeys: HomeAgentKeys
  /** Whether home servers are asked for keys with the home agents. */
  asksForHomeAgentKey: boolean
  /** Whether visits may be revoked, by either agent. */
  revocation: boolean
  provision: Pick<VisitProvision, 'conclude'>
  clock: Clock
  log: Log
}

/** What the node gets: a reply of its home agent, or a denial of this agent. */
export type Verdict =
  | {
      forward: HomeAgentReply
      /** By which this agent proves itself to the node. */
      association: MobileForeignAssociation | undefined
      afterwards?: () => void
    }
  | Denial

type Accepted = AuthorizationOutcome & { verdict: 'accepted' }

export class RegistrationDecision {
  readonly #parts: DecisionParts

  constructor(parts: DecisionParts) {
    this.#parts = parts
  }

  /** Undefined: the node has left and gets nothing. */
  decide(pending: PendingRegistration): Promise<Verdict | undefined> {
    return decidesAt(pending.request) === 'home-agent' ? this.#relay(pending) : this.#authorize(pending)
  }

  /** What the node and this agent share, as long as it holds. */
  association(nai: string): MobileForeignAssociation | undefined {
    const association = this.#parts.visits.visitors.of(nai)?.association
    return association && association.expiresAtMilliseconds > this.#parts.clock.now()
      ? association
      : undefined
  }

  /** Asks the home server, and serves the node if it may. What was provided for a visit that does not begin is taken back. */
  async #authorize(pending: PendingRegistration): Promise<Verdict | undefined> {
    const sessionId = this.#parts.diameter.sessionId()
    pending.sessionId = sessionId
    try {
      return await this.#authorizeIn(sessionId, pending)
    } finally {
      pending.decided = true
      // The node need not wait for it.
      void this.#parts.provision.conclude(pending)
    }
  }

  async #authorizeIn(sessionId: string, pending: PendingRegistration): Promise<Verdict | undefined> {
    const { diameter, visits, timeoutMilliseconds, asksForHomeAgentKey } = this.#parts
    const { nai, request, from } = pending
    const ownSpi = randomInt(lastReservedSpi + 1, 2 ** 32)
    const bytes = relayedRequest(from.payload, request, this.#additions(request, asksForHomeAgentKey))
    const question = { sessionId, nai, bytes, request, ownSpi, asksForHomeAgentKey }
    const outcome = await diameter
      .request('AA-Mobile-Node', authorizationRequest(question), { timeoutMilliseconds })
      .then(
        (answer) => readAuthorizationAnswer(answer, request),
        (error: unknown) => {
          if (error instanceof DiameterError) return readAuthorizationFailure(error)
          throw error
        },
      )
    pending.decided = true
    if (outcome.verdict !== 'accepted') {
      if (outcome.undo) this.#undo(pending, sessionId)
      return outcome.verdict === 'denied' ? this.#forward(nai, outcome) : outcome
    }
    return visits.turns.take(nai, () => this.#serve(pending, sessionId, ownSpi, outcome))
  }

  async #serve(
    pending: PendingRegistration,
    sessionId: string,
    ownSpi: number,
    outcome: Accepted,
  ): Promise<Verdict | undefined> {
    const { visits, clock, log } = this.#parts
    const { grant, reply } = outcome
    const { nai, from, request } = pending
    if (pending.aborted) {
      log.info({ event: 'visitor', nai, sessionId }, 'the node has left before its registration was accepted')
      this.#undo(pending, sessionId, grant.server)
      return undefined
    }
    const holder = visits.visitors.withHomeAddress(reply.homeAddress)
    if (holder && holder.nai !== nai) {
      this.#undo(pending, sessionId, grant.server)
      return { code: 65, reason: `the home address is that of ${holder.nai}` }
    }
    if (reply.lifetimeSeconds === 0) {
      const verdict = this.#forward(nai, outcome)
      await this.#endVisit(nai, request)
      this.#undo(pending, sessionId, grant.server)
      return verdict
    }
    const key = this.#takeHomeAgentKey(nai, ownSpi, outcome)
    // The home agent may leave out its proof, as Diameter has vouched for the reply; a wrong one is a wrong one.
    const proof = findExtension(reply.extensions, 'foreign-home-authentication')
    if (key && proof && !isFromHomeAgent(outcome.bytes, reply, this.#parts.homeAgentKeys)) {
      this.#undo(pending, sessionId, grant.server)
      return { code: 68, reason: 'the foreign-home authenticator is wrong', instead: outcome }
    }
    try {
      const visitor = await visits.admit({
        nai,
        homeAddress: reply.homeAddress,
        homeAgent: reply.homeAgent,
        linkAddress: from.sourceLinkAddress,
        tunnel: visitTunnel(request, reply, this.#parts.offer.address),
        association: mobileForeignAssociation(grant.keys, ownSpi, clock.now()),
        revocation: key && agreedRevocation(reply),
        session: {
          sessionId,
          acctMultiSessionId: grant.acctMultiSessionId ?? sessionId,
          server: grant.server,
          authorizedUntilMilliseconds: clock.now() + grant.terms.authorizedSeconds * 1000,
          isStateless: grant.terms.isStateless,
          binding: grant.terms.binding,
        },
        profile: grant.profile,
        lifetimeSeconds: reply.lifetimeSeconds,
        interimIntervalSeconds: grant.interimIntervalSeconds ?? 0,
      })
      return { ...this.#forward(nai, outcome), afterwards: () => visitor.accounting.start() }
    } catch (error) {
      this.#undo(pending, sessionId, grant.server)
      return this.#lackOfResources(nai, error)
    }
  }

  /** Lets the home agent decide. Only visitors may stay by its word alone, for others no profile is known. */
  async #relay({ nai, request, from }: PendingRegistration): Promise<Verdict> {
    const { relay, visits, homeAgentKeys } = this.#parts
    const { decapsulationByMobileNode } = request.flags
    const isToBeServed = request.lifetimeSeconds > 0 && !decapsulationByMobileNode
    if (isToBeServed && !isOf(visits.visitors.of(nai), request))
      return { code: 65, reason: 'no such session: the home server has to authorize first' }
    const association = this.#homeAgentAssociation(nai, request)
    const additions = this.#additions(request, association !== undefined)
    const bytes = relayedRequest(from.payload, request, additions, association?.outgoing)
    const outcome = await relay.relay(bytes, request)
    if ('code' in outcome) return outcome
    const { reply } = outcome
    if (association && !isFromHomeAgent(outcome.bytes, reply, homeAgentKeys))
      return { code: 68, reason: 'the reply has no genuine foreign-home authentication', instead: outcome }
    if (!isAccepted(reply.code)) return this.#forward(nai, outcome)
    const lack = refuseReply(reply, request)
    if (lack !== undefined)
      return { code: lack, reason: 'the reply is not what the request asked for', instead: outcome }
    if (decapsulationByMobileNode) return this.#forward(nai, outcome)
    return visits.turns.take(nai, async () => {
      const verdict = this.#forward(nai, outcome)
      const visitor = visits.visitors.of(nai)
      if (reply.lifetimeSeconds === 0) await this.#endVisit(nai, request)
      else if (isOf(visitor, request)) {
        const prolongation = {
          lifetimeSeconds: reply.lifetimeSeconds,
          linkAddress: from.sourceLinkAddress,
          tunnel: visitTunnel(request, reply, this.#parts.offer.address),
          revocation: association && agreedRevocation(reply),
        }
        const lacks = await visits.prolong(visitor, prolongation).then(
          () => undefined,
          (error: unknown) => this.#lackOfResources(nai, error),
        )
        if (lacks) return lacks
      } else return { code: 65, reason: 'the visit has ended meanwhile' }
      return verdict
    })
  }

  /** A kernel or a disk that refuses is code 66. @throws what is another error */
  #lackOfResources(nai: string, error: unknown): Denial {
    if (!(error instanceof DatapathError || error instanceof StateError)) throw error
    const reason = `the ${error instanceof StateError ? 'disk' : 'kernel'} refused`
    this.#parts.log.error({ event: 'visitor', nai, reason: describeError(error) }, `${reason} a visitor`)
    return { code: 66, reason }
  }

  /** What this agent has to say to the home agent, behind what the node says. */
  #additions({ flags, lifetimeSeconds }: RegistrationRequest, isProven: boolean): Extension[] {
    const { offer, revocation, clock } = this.#parts
    if (lifetimeSeconds === 0 || flags.decapsulationByMobileNode) return []
    return [
      ...(revocation && isProven ? [revocationSupport(clock.now(), true)] : []),
      // 0: the home agent assigns one key for both directions (RFC 6245, section 4.1).
      ...(flags.gre && offer.gre === 'keyed' ? [{ kind: 'gre-key', key: 0 } as const] : []),
    ]
  }

  /** RFC 5944, section 3.5.4: not in a deregistration, and only for a care-of address of this agent. */
  #homeAgentAssociation(
    nai: string,
    { homeAgent, careOfAddress, lifetimeSeconds }: RegistrationRequest,
  ): AgentAssociation | undefined {
    const { offer, homeAgentKeys } = this.#parts
    if (lifetimeSeconds === 0 || careOfAddress !== offer.careOfAddress) return undefined
    return homeAgentKeys.ofRealm(homeAgent, realmOf(nai))
  }

  #takeHomeAgentKey(nai: string, ownSpi: number, { grant, reply }: Accepted): AgentAssociation | undefined {
    const { homeAgentKeys, clock, log } = this.#parts
    const association = foreignHomeAssociation(grant.keys, ownSpi, clock.now())
    if (!association) return undefined
    const { homeAgent } = reply
    if (homeAgentKeys.accept(homeAgent, realmOf(nai), association)) return association
    log.warn({ event: 'home-agent-key', nai, homeAgent }, 'another realm speaks for this home agent')
    return undefined
  }

  /** By the association of now: what comes next may end the visit, and that with it. */
  #forward(nai: string, { reply, bytes }: HomeAgentReply) {
    return { forward: { reply, bytes }, association: this.association(nai) }
  }

  /** A binding with another care-of address may be taken back from here as well; it is none of this agent's visits. */
  async #endVisit(nai: string, request: RegistrationRequest): Promise<void> {
    const { offer, visits } = this.#parts
    const { careOfAddress, homeAddress } = request
    const isAboutVisit = careOfAddress === offer.careOfAddress || careOfAddress === homeAddress
    if (isAboutVisit && isOf(visits.visitors.of(nai), request)) await visits.release(nai, 'DIAMETER_LOGOUT')
  }

  /** Ends a session that the home server believes in and this agent does not serve. */
  #undo({ nai }: PendingRegistration, sessionId: string, server = { realm: realmOf(nai) }): void {
    void terminateSession(this.#parts, { sessionId, server }, nai, 'DIAMETER_SERVICE_NOT_PROVIDED')
  }
}

/** Whoever answers as another home agent has no say in a visit. */
function isOf(
  visitor: VisitorEntry | undefined,
  { homeAgent, homeAddress }: RegistrationRequest,
): visitor is VisitorEntry {
  return visitor?.homeAgent === homeAgent && visitor.homeAddress === homeAddress
}
