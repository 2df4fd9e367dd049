/** What nodes are told: replies of their home agents, and denials of this agent (RFC 5944, sections 3.7.2.3 and 3.7.3.2). */
import type { Clock } from '#core/clock.ts'
import { limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { SenderLimit } from '#core/sender-limit.ts'
import { type Extension, findExtension } from '#wire/mobile-ip/extension.ts'
import { encodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { describeReplyCode, isAccepted, type ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import type { AccessLink, ReceivedRegistration } from '../access-link/access-link.ts'
import type { ChallengeWindow } from './challenge-window.ts'
import { type MobileForeignAssociation, provenChallenge } from './node-authentication.ts'
import { relayedReply } from './relayed-message.ts'
import { type ForeignAgentOffer, nodeName } from './request-checks.ts'

export interface NodeRepliesParts {
  offer: ForeignAgentOffer
  link: Pick<AccessLink, 'sendRegistration'>
  /** Absent: no challenges are given out. */
  challenges?: ChallengeWindow
  /** Where this agent denies what the home agent has said, it sends that along with its own code (RFC 4636). */
  errorExtension: boolean
  clock: Clock
  log: Log
}

export interface HomeAgentReply {
  reply: RegistrationReply
  bytes: Buffer
}

export interface Denial {
  code: ReplyCode
  reason: string
  /** The home agent's reply that the node does not get. */
  instead?: HomeAgentReply
}

type Association = Pick<MobileForeignAssociation, 'toMobileNode'> | undefined

const denialIntervalMilliseconds = 1000

export class NodeReplies {
  readonly #parts: NodeRepliesParts
  readonly #denials: SenderLimit

  constructor(parts: NodeRepliesParts) {
    this.#parts = parts
    this.#denials = new SenderLimit(parts.clock, denialIntervalMilliseconds)
  }

  /** Hands on what the home agent has said. */
  forward(
    from: ReceivedRegistration,
    request: RegistrationRequest,
    { reply, bytes }: HomeAgentReply,
    association: Association,
  ): void {
    const { challenges } = this.#parts
    const nai = nodeName(request) ?? ''
    // Of others anybody can pretend to be the home agent that accepts them: they leave no trace.
    const isVisitor = !request.flags.decapsulationByMobileNode && reply.lifetimeSeconds > 0
    const isVisit = isVisitor && isAccepted(reply.code)
    const used = provenChallenge(request)
    if (isVisit && used) challenges?.use(nai, used)
    const challenge = isVisit ? challenges?.offer(nai) : challenges?.unusedBy(nai)
    this.#send(from, request, relayedReply(bytes, reply, asExtension(challenge), association?.toMobileNode))
  }

  /** Denies, once in a second for a sender. */
  deny(
    from: ReceivedRegistration,
    request: RegistrationRequest,
    { code, reason, instead }: Denial,
    association: Association,
  ): void {
    const { log, challenges, errorExtension } = this.#parts
    if (!this.#denials.admits(from.sourceLinkAddress)) {
      log.debug({ event: 'registration', replyCode: code, reason }, 'denied once too often in a second')
      return
    }
    const nai = nodeName(request)
    log.warn(
      { event: 'registration', nai, homeAddress: request.homeAddress, replyCode: code, reason },
      `registration denied: ${describeReplyCode(code)}`,
    )
    const additions = asExtension(challenges?.unusedBy(nai ?? ''))
    const vouched = instead && findExtension(instead.reply.extensions, 'mobile-home-authentication')
    const bytes =
      errorExtension && vouched
        ? relayedReply(
            instead.bytes,
            instead.reply,
            [{ kind: 'foreign-agent-error', status: code }, ...additions],
            association?.toMobileNode,
          )
        : this.#denial(request, code, additions, association)
    this.#send(from, request, bytes)
  }

  #denial(
    { homeAddress, homeAgent, identification }: RegistrationRequest,
    code: ReplyCode,
    extensions: Extension[],
    association: Association,
  ): Buffer {
    const lifetimeSeconds = code === 69 ? this.#parts.offer.registrationLifetimeSeconds : 0
    const reply = { code, lifetimeSeconds, homeAddress, homeAgent, identification, extensions: [] }
    const message = { type: 'registration-reply', ...reply } as const
    return relayedReply(encodeRegistration(message), message, extensions, association?.toMobileNode)
  }

  /** To the link address that the request came from: no neighbour entry is needed. */
  #send(
    { sourceLinkAddress, source, sourcePort }: ReceivedRegistration,
    { homeAddress, flags }: RegistrationRequest,
    bytes: Buffer,
  ): void {
    const address = flags.decapsulationByMobileNode ? source : homeAddress
    this.#parts.link.sendRegistration(bytes, {
      to: sourceLinkAddress,
      source: this.#parts.offer.address,
      destination: address === unspecifiedAddress ? limitedBroadcast : address,
      destinationPort: sourcePort,
    })
  }
}

function asExtension(challenge: Buffer | undefined): Extension[] {
  return challenge ? [{ kind: 'challenge', challenge }] : []
}
