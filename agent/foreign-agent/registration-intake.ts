/** What a foreign agent does with a Registration Request from its link (RFC 5944, section 3.7). */

import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { DiameterError } from '#diameter/diameter-error.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { decodeRegistration, encodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { describeReplyCode, isAccepted, type ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { WireError } from '#wire/wire-error.ts'
import type { AccessLink, ReceivedRegistration } from '../access-link/access-link.ts'
import { authorizationEnd, terminateSession } from '../authorized-session/authorized-session.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import {
  type AuthorizationOutcome,
  authorizationRequest,
  readAuthorizationAnswer,
  readAuthorizationFailure,
} from './authorization.ts'
import type { HomeAgentRelay } from './home-agent-relay.ts'
import { refuseReply } from './reply-checks.ts'
import { type ForeignAgentOffer, nodeName, proofOf, realmOf, refuseRequest } from './request-checks.ts'
import type { PendingRegistration } from './visitor-list.ts'
import type { Visits } from './visits.ts'

export interface IntakeParts {
  /** Of this agent on the link: replies come from it. */
  address: Ipv4Address
  offer: ForeignAgentOffer
  maximumPending: number
  timeoutMilliseconds: number
  link: Pick<AccessLink, 'sendRegistration'>
  diameter: Pick<DiameterNode, 'request' | 'sessionId'>
  relay: Pick<HomeAgentRelay, 'relay'>
  visits: Visits
  clock: Clock
  log: Log
}

/** What the node gets: a reply of its home agent as it came, or a denial of this agent. */
type Verdict = { reply: Buffer; afterwards?: () => void } | { deny: ReplyCode; reason: string }

export class RegistrationIntake {
  readonly #parts: IntakeParts
  readonly #pending = new Map<string, PendingRegistration>()

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** Whether further requests would be refused for want of room. */
  get isFull(): boolean {
    return this.#pending.size >= this.#parts.maximumPending
  }

  /** The home server has ended a session: if its node still waits for the answer, that answer must not begin a visit. */
  abort(sessionId: string): boolean {
    const pending = this.#pending.values().find((candidate) => candidate.sessionId === sessionId)
    if (pending) pending.aborted = true
    return pending !== undefined
  }

  /** Takes what came from the link. Resolves when it is dealt with; never rejects. */
  async receive(from: ReceivedRegistration): Promise<void> {
    const request = this.#read(from)
    if (!request) return
    const nai = nodeName(request) ?? ''
    const refusal = refuseRequest(request, this.#parts.offer)
    if (refusal !== undefined) return this.#deny(from, request, refusal, 'refused by this agent')
    const under = this.#pending.get(nai)
    if (under) {
      under.again = from
      this.#parts.log.debug(
        { event: 'registration', nai },
        'asked again while the first request is under way',
      )
      return
    }
    if (this.isFull) return this.#deny(from, request, 66, 'too many registrations are under way')

    const pending: PendingRegistration = { nai, bytes: from.payload, request, from, aborted: false }
    this.#pending.set(nai, pending)
    try {
      const verdict =
        proofOf(request) === 'home-agent' ? await this.#relay(pending) : await this.#authorize(pending)
      if (verdict && 'reply' in verdict) {
        this.#reply(from, verdict.reply, request)
        verdict.afterwards?.()
      } else if (verdict) this.#deny(from, request, verdict.deny, verdict.reason)
    } catch (error) {
      this.#parts.log.error(
        { event: 'registration', nai, reason: describeError(error) },
        'registration failed',
      )
      this.#deny(from, request, 64, 'an error of this agent')
    } finally {
      this.#pending.delete(nai)
    }
    if (pending.again) await this.receive(pending.again)
  }

  /** Asks the home server, and serves the node if it may. Undefined: the node has left and gets nothing. */
  async #authorize(pending: PendingRegistration): Promise<Verdict | undefined> {
    const { diameter, visits, timeoutMilliseconds } = this.#parts
    const { nai, bytes, request } = pending
    const sessionId = diameter.sessionId()
    pending.sessionId = sessionId
    const outcome = await diameter
      .request('AA-Mobile-Node', authorizationRequest(sessionId, nai, bytes, request), {
        timeoutMilliseconds,
      })
      .then(
        (answer) => readAuthorizationAnswer(answer, request),
        (error: unknown) => {
          if (error instanceof DiameterError) return readAuthorizationFailure(error)
          throw error
        },
      )
    if (outcome.verdict !== 'accepted') {
      if (outcome.undo) this.#undo(pending, sessionId)
      return outcome.verdict === 'denied'
        ? { reply: outcome.replyBytes }
        : { deny: outcome.code, reason: outcome.reason }
    }
    return visits.turns.take(nai, () => this.#serve(pending, sessionId, outcome))
  }

  async #serve(
    pending: PendingRegistration,
    sessionId: string,
    { grant, reply, replyBytes }: AuthorizationOutcome & { verdict: 'accepted' },
  ): Promise<Verdict | undefined> {
    const { visits, clock, log } = this.#parts
    const { nai, from } = pending
    if (pending.aborted) {
      log.info({ event: 'visitor', nai, sessionId }, 'the node has left before its registration was accepted')
      this.#undo(pending, sessionId, grant.server)
      return undefined
    }
    if (reply.lifetimeSeconds === 0) {
      await visits.release(nai, 'DIAMETER_LOGOUT')
      this.#undo(pending, sessionId, grant.server)
      return { reply: replyBytes }
    }
    try {
      const { accounting } = await visits.admit({
        nai,
        homeAddress: reply.homeAddress,
        homeAgent: reply.homeAgent,
        linkAddress: from.sourceLinkAddress,
        session: {
          sessionId,
          acctMultiSessionId: grant.acctMultiSessionId ?? sessionId,
          server: grant.server,
          authorizedUntilMilliseconds: authorizationEnd(clock.now(), grant.authorizationLifetimeSeconds),
        },
        profile: grant.profile,
        lifetimeSeconds: reply.lifetimeSeconds,
        interimIntervalSeconds: grant.interimIntervalSeconds ?? 0,
      })
      return { reply: replyBytes, afterwards: () => accounting.start() }
    } catch (error) {
      if (!(error instanceof DatapathError)) throw error
      log.error({ event: 'visitor', nai, reason: describeError(error) }, 'the kernel refused a visitor')
      this.#undo(pending, sessionId, grant.server)
      return { deny: 66, reason: 'the kernel refused' }
    }
  }

  /** Lets the home agent decide. Only visitors may stay by its word alone, for others no profile is known. */
  async #relay({ nai, bytes, request, from }: PendingRegistration): Promise<Verdict> {
    const { relay, visits } = this.#parts
    if (request.lifetimeSeconds > 0 && !visits.visitors.of(nai))
      return { deny: 65, reason: 'no session: the home server has to authorize first' }
    const answer = await relay.relay(bytes, request)
    if (!answer) return { deny: 78, reason: 'the home agent did not answer' }
    const { reply } = answer
    if (!isAccepted(reply.code)) return { reply: answer.bytes }
    const lack = refuseReply(reply, request)
    if (lack !== undefined) return { deny: lack, reason: 'the reply lacks what the request had' }
    return visits.turns.take(nai, async () => {
      const visitor = visits.visitors.of(nai)
      if (reply.lifetimeSeconds === 0) await visits.release(nai, 'DIAMETER_LOGOUT')
      else if (visitor) await visits.prolong(visitor, reply.lifetimeSeconds, from.sourceLinkAddress)
      else return { deny: 65, reason: 'the visit has ended meanwhile' }
      return { reply: answer.bytes }
    })
  }

  /** Ends a session that the home server believes in and this agent does not serve. */
  #undo({ nai }: PendingRegistration, sessionId: string, server = { realm: realmOf(nai) }): void {
    void terminateSession(this.#parts, { sessionId, server }, nai, 'DIAMETER_SERVICE_NOT_PROVIDED')
  }

  #read(from: ReceivedRegistration): RegistrationRequest | undefined {
    try {
      const message = decodeRegistration(from.payload)
      if (message.type === 'registration-request') return message
      this.#discard(from, 'a reply where requests are due')
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.#discard(from, describeError(error))
    }
    return undefined
  }

  #discard({ sourceLinkAddress }: ReceivedRegistration, reason: string): void {
    this.#parts.log.debug(
      { event: 'registration-discarded', sourceLinkAddress, reason },
      'registration discarded',
    )
  }

  #deny(from: ReceivedRegistration, request: RegistrationRequest, code: ReplyCode, reason: string): void {
    const { homeAddress, homeAgent, identification } = request
    this.#parts.log.warn(
      { event: 'registration', nai: nodeName(request), homeAddress, replyCode: code, reason },
      `registration denied: ${describeReplyCode(code)}`,
    )
    const lifetimeSeconds = code === 69 ? this.#parts.offer.registrationLifetimeSeconds : 0
    const reply = { code, lifetimeSeconds, homeAddress, homeAgent, identification, extensions: [] }
    this.#reply(from, encodeRegistration({ type: 'registration-reply', ...reply }), request)
  }

  /** To the link address that the request came from: no neighbour entry is needed (RFC 5944, section 3.7.3.2). */
  #reply(from: ReceivedRegistration, bytes: Buffer, { homeAddress }: RegistrationRequest): void {
    this.#parts.link.sendRegistration(bytes, {
      to: from.sourceLinkAddress,
      source: this.#parts.address,
      destination: homeAddress,
      destinationPort: from.sourcePort,
    })
  }
}
