/** Takes Registration Requests from the link, as many as there is room for (RFC 5944, section 3.7.2). */
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { WireError } from '#wire/wire-error.ts'
import type { ReceivedRegistration } from '../access-link/access-link.ts'
import type { ChallengeWindow } from './challenge-window.ts'
import { refuseAuthentication, refuseChallenge } from './node-authentication.ts'
import type { Denial, NodeReplies } from './node-replies.ts'
import type { RegistrationDecision } from './registration-decision.ts'
import { claimsRevocation, type ForeignAgentOffer, nodeName, refuseRequest } from './request-checks.ts'
import type { PendingRegistration, VisitorList } from './visitor-list.ts'

/** More are refused with code 66. */
export interface IntakeLimits {
  visitors: number
  /** Registrations under way. */
  pending: number
  /** Of these, from one link address (RFC 5944, section 3.7.1: typically 5). */
  pendingPerNode: number
}

export interface IntakeParts {
  offer: ForeignAgentOffer
  limits: IntakeLimits
  /** Absent: none is asked for. */
  challenges?: ChallengeWindow
  visitors: Pick<VisitorList, 'of' | 'size'>
  decision: Pick<RegistrationDecision, 'decide' | 'association'>
  replies: Pick<NodeReplies, 'forward' | 'deny'>
  log: Log
}

export class RegistrationIntake {
  readonly #parts: IntakeParts
  /** By link address and name, so that nobody can hold up another node's registration by its name. */
  readonly #pending = new Map<string, PendingRegistration>()

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  /** Whether further nodes would be refused for want of room. */
  get isFull(): boolean {
    const { limits, visitors } = this.#parts
    return this.#pending.size >= limits.pending || visitors.size >= limits.visitors
  }

  /** The home server has ended a session: if its node still waits for the answer, that answer must not begin a visit. */
  abort(sessionId: string): boolean {
    const pending = this.#pending.values().find((candidate) => candidate.sessionId === sessionId)
    if (pending) pending.aborted = true
    return pending !== undefined
  }

  /** The registration that waits for the home server's word in this session. */
  awaiting(sessionId: string): PendingRegistration | undefined {
    return this.#pending.values().find((pending) => pending.sessionId === sessionId && !pending.decided)
  }

  /** Takes what came from the link. Resolves when it is dealt with; never rejects. */
  async receive(from: ReceivedRegistration): Promise<void> {
    const request = this.#read(from)
    if (!request) return
    const nai = nodeName(request) ?? ''
    const refusal = this.#refuse(from, request, nai)
    if (refusal) return this.#deny(from, request, refusal)
    const key = `${from.sourceLinkAddress} ${nai}`
    const under = this.#pending.get(key)
    if (under) {
      under.again = { from, request }
      this.#parts.log.debug(
        { event: 'registration', nai },
        'asked again while the first request is under way',
      )
      return
    }
    const lack = this.#lackOfRoom(from, request, nai)
    if (lack !== undefined) return this.#deny(from, request, { code: 66, reason: lack })
    await this.#settle(key, { nai, request, from, aborted: false })
  }

  async #settle(key: string, pending: PendingRegistration): Promise<void> {
    const { decision, replies, log } = this.#parts
    const { nai, request, from } = pending
    this.#pending.set(key, pending)
    try {
      const verdict = await decision.decide(pending)
      if (verdict && 'forward' in verdict) {
        replies.forward(from, request, verdict.forward, verdict.association)
        verdict.afterwards?.()
      } else if (verdict) this.#deny(from, request, verdict)
    } catch (error) {
      log.error({ event: 'registration', nai, reason: describeError(error) }, 'registration failed')
      this.#deny(from, request, { code: 64, reason: 'an error of this agent' })
    } finally {
      this.#pending.delete(key)
    }
    const { again } = pending
    if (again) await this.#settle(key, { nai, ...again, aborted: false })
  }

  #refuse(from: ReceivedRegistration, request: RegistrationRequest, nai: string): Denial | undefined {
    const { offer, challenges, decision } = this.#parts
    const asked = refuseRequest(request, offer, from.timeToLive)
    if (asked !== undefined) return { code: asked, reason: 'refused by this agent' }
    const proof = refuseAuthentication(from.payload, request, decision.association(nai))
    if (proof !== undefined) return { code: proof, reason: 'no genuine mobile-foreign authentication' }
    const challenge = challenges && refuseChallenge(nai, request, challenges)
    if (challenge !== undefined) return { code: challenge, reason: 'no challenge that counts' }
    return undefined
  }

  #lackOfRoom(
    { sourceLinkAddress }: ReceivedRegistration,
    { lifetimeSeconds }: RegistrationRequest,
    nai: string,
  ): string | undefined {
    const { limits, visitors } = this.#parts
    if (this.#pending.size >= limits.pending) return 'too many registrations are under way'
    const ofNode = this.#pending.values().filter(({ from }) => from.sourceLinkAddress === sourceLinkAddress)
    if (ofNode.toArray().length >= limits.pendingPerNode)
      return 'too many registrations of this node are under way'
    const isNew = lifetimeSeconds > 0 && !visitors.of(nai)
    return isNew && visitors.size >= limits.visitors ? 'too many visitors' : undefined
  }

  #read(from: ReceivedRegistration): RegistrationRequest | undefined {
    try {
      const message = decodeRegistration(from.payload)
      if (message.type !== 'registration-request') this.#discard(from, 'a reply where requests are due')
      else if (claimsRevocation(message)) this.#discard(from, 'a visiting node claims to support revocation')
      else return message
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

  #deny(from: ReceivedRegistration, request: RegistrationRequest, denial: Denial): void {
    const { replies, decision } = this.#parts
    replies.deny(from, request, denial, decision.association(nodeName(request) ?? ''))
  }
}
