/** AA-Mobile-Node-Request and -Answer as a foreign agent makes and reads them (RFC 4004, sections 5.1 and 5.2). Pure. */
import { describeError } from '#core/error.ts'
import { limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import type { DiameterError } from '#diameter/diameter-error.ts'
import { isSuccess, type RequestBody } from '#diameter/handler.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { AnswerMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { decodeServiceProfile, type ServiceProfile } from '#wire/diameter/service-profile.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { isAccepted, type ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { mobileAaaProof } from '../authorized-session/mobile-aaa-proof.ts'
import { type SessionTerms, sessionTerms } from '../authorized-session/session-terms.ts'
import { asksForForeignAgentKey } from './node-authentication.ts'
import { decodeReply, isReplyTo, refuseReply } from './reply-checks.ts'
import { namesHomeAgent, realmOf } from './request-checks.ts'
import { type GrantedKeys, grantedKeys } from './session-keys.ts'

const features = dictionary['MIP-Feature-Vector'].values
/** The agent sets no limit of its own to an authorization (RFC 6733, section 8.9). */
const withoutEnd = 0xffff_ffff

/** What the foreign agent wants to know of a home server about one request. */
export interface AuthorizationQuestion {
  sessionId: string
  nai: string
  /** The request with what this agent adds for the home agent. */
  bytes: Buffer
  request: RegistrationRequest
  /** Of this agent, for what it receives under the keys that it asks for. */
  ownSpi: number
  /** Whether a key with the home agent is wanted. */
  asksForHomeAgentKey: boolean
}

/** The AMR for a request that carries a NAI and a mobile-AAA authentication. */
export function authorizationRequest(question: AuthorizationQuestion): RequestBody<'AA-Mobile-Node'> {
  const { sessionId, nai, bytes, request, ownSpi, asksForHomeAgentKey } = question
  const { homeAddress, homeAgent } = request
  const challenge = findExtension(request.extensions, 'challenge')?.challenge
  const asksForKey = asksForHomeAgentKey || asksForForeignAgentKey(request)
  return {
    'Session-Id': sessionId,
    'User-Name': nai,
    'Destination-Realm': realmOf(nai),
    'MIP-Reg-Request': bytes,
    'MIP-MN-AAA-Auth': mobileAaaProof(bytes, request),
    ...(homeAddress === unspecifiedAddress ? {} : { 'MIP-Mobile-Node-Address': homeAddress }),
    ...(namesHomeAgent(request) ? { 'MIP-Home-Agent-Address': homeAgent } : {}),
    'MIP-Feature-Vector': featureVector(request, asksForHomeAgentKey),
    'Authorization-Lifetime': withoutEnd,
    'Auth-Session-State': dictionary['Auth-Session-State'].values.STATE_MAINTAINED,
    ...(challenge && { 'MIP-FA-Challenge': challenge }),
    ...(asksForKey && { 'MIP-HA-to-FA-SPI': ownSpi }),
  }
}

/** What is to be allocated, and the keys that are asked for (RFC 4004, section 7.5). */
function featureVector(request: RegistrationRequest, asksForHomeAgentKey: boolean): number {
  const { homeAddress, homeAgent, extensions } = request
  const asked: Partial<Record<keyof typeof features, boolean>> = {
    'Mobile-Node-Home-Address-Requested': homeAddress === unspecifiedAddress,
    'Home-Address-Allocatable-Only-in-Home-Realm': homeAgent === limitedBroadcast,
    'Home-Agent-Requested': !namesHomeAgent(request),
    'MN-HA-Key-Request': findExtension(extensions, 'mn-ha-key-generation-request') !== undefined,
    'MN-FA-Key-Request': asksForForeignAgentKey(request),
    'FA-HA-Key-Request': asksForHomeAgentKey,
  }
  return Object.entries(features).reduce(
    (vector, [name, bit]) => (asked[name as keyof typeof features] ? vector | bit : vector),
    0,
  )
}

export type AuthorizationOutcome =
  /** Accepted everywhere: serve the node, then hand it `reply`. */
  | { verdict: 'accepted'; reply: RegistrationReply; bytes: Buffer; grant: VisitGrant }
  /** The home agent's own denial, for the node to read. `undo`: the home server may believe in a session that it has to be told of. */
  | { verdict: 'denied'; reply: RegistrationReply; bytes: Buffer; undo: boolean }
  /** No usable reply: the foreign agent makes one up with this code. */
  | { verdict: 'failed'; code: ReplyCode; reason: string; undo: boolean }

export interface VisitGrant {
  profile: ServiceProfile
  acctMultiSessionId: string | undefined
  server: { host: string; realm: string }
  terms: SessionTerms
  keys: GrantedKeys
  /** How often usage is to be reported; undefined or 0: only at the end. */
  interimIntervalSeconds: number | undefined
}

/** No RFC names these; RFC 4004 asks for "an appropriate error code". Others: 64. */
const replyCodeOfResult: ReadonlyMap<number, ReplyCode> = new Map([
  [resultCode.authenticationRejected, 67],
  [resultCode.authorizationRejected, 65],
  [resultCode.homeAgentNotAvailable, 66],
  [resultCode.noForeignHomeAgentService, 66],
  [resultCode.tooBusy, 66],
  [resultCode.resourcesExceeded, 66],
  [resultCode.unableToDeliver, 80],
  [resultCode.realmNotServed, 80],
])

/** What an AMA means for a request. */
export function readAuthorizationAnswer(
  answer: AnswerMessage<'AA-Mobile-Node'>,
  request: RegistrationRequest,
): AuthorizationOutcome {
  const { avps } = answer
  const undo = isSuccess(answer)
  const failed = (code: ReplyCode, reason: string): AuthorizationOutcome => ({
    verdict: 'failed',
    code,
    reason,
    undo,
  })

  const replyBytes = avps['MIP-Reg-Reply']
  if (replyBytes === undefined) {
    const result = avps['Result-Code']
    if (undo) return failed(71, 'the answer holds no Registration Reply')
    return failed(
      replyCodeOfResult.get(result ?? 0) ?? 64,
      `Result-Code ${result} ${avps['Error-Message'] ?? ''}`,
    )
  }
  const reply = decodeReply(replyBytes)
  if ('unreadable' in reply) return failed(71, reply.unreadable)
  if (!isReplyTo(reply, request)) return failed(71, 'the reply belongs to another request')
  if (!isAccepted(reply.code)) return { verdict: 'denied', reply, bytes: replyBytes, undo }
  if (!isSuccess(answer))
    return failed(64, `an accepted registration with Result-Code ${avps['Result-Code']}`)
  const lack = refuseReply(reply, request)
  if (lack !== undefined) return failed(lack, 'the reply lacks what the request had')

  const [profile, terms] = [
    readable(() => decodeServiceProfile(answer.avps)),
    readable(() => sessionTerms(answer.avps)),
  ]
  if (profile === undefined) return failed(65, 'the answer holds no usable Service-Profile')
  if (terms === undefined) return failed(65, 'the answer holds terms of the session that cannot be read')
  const keys = grantedKeys(answer.avps)
  // RFC 3957, section 5.
  if (asksForForeignAgentKey(request) && reply.lifetimeSeconds > 0 && !hasNodeKey(reply, keys))
    return failed(107, 'the node asked for a key with this agent, and there is none')
  return {
    verdict: 'accepted',
    reply,
    bytes: replyBytes,
    grant: {
      profile,
      acctMultiSessionId: answer.avps['Acct-Multi-Session-Id'],
      server: { host: answer.avps['Origin-Host'], realm: answer.avps['Origin-Realm'] },
      terms,
      keys,
      interimIntervalSeconds: answer.avps['Acct-Interim-Interval'],
    },
  }
}

/** The same for a request that nobody answered. */
export function readAuthorizationFailure(error: DiameterError): AuthorizationOutcome {
  const late = error.code === 'diameter/timeout'
  return {
    verdict: 'failed',
    code: late ? 78 : 80,
    reason: describeError(error),
    undo: error.code !== 'diameter/no-route',
  }
}

/** The node learns its half from the reply, this agent from the answer. */
function hasNodeKey({ extensions }: RegistrationReply, { withMobileNode }: GrantedKeys): boolean {
  return withMobileNode !== undefined && findExtension(extensions, 'mn-fa-key-generation-reply') !== undefined
}

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return undefined
  }
}
