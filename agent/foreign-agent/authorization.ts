/** AA-Mobile-Node-Request and -Answer as a foreign agent makes and reads them (RFC 4004, sections 5.1 and 5.2). Pure. */
import { describeError } from '#core/error.ts'
import { unspecifiedAddress } from '#core/ipv4.ts'
import type { DiameterError } from '#diameter/diameter-error.ts'
import { isSuccess, type RequestBody } from '#diameter/handler.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { AnswerMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { decodeServiceProfile, type ServiceProfile } from '#wire/diameter/service-profile.ts'
import { authenticatedBytes } from '#wire/mobile-ip/authentication.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { isAccepted, type ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { decodeReply, isReplyTo, refuseReply } from './reply-checks.ts'
import { realmOf } from './request-checks.ts'

const features = dictionary['MIP-Feature-Vector'].values
/** The agent sets no limit of its own to an authorization (RFC 6733, section 8.9). */
const withoutEnd = 0xffff_ffff

/** The AMR for a request that carries a NAI and a mobile-AAA authentication. */
export function authorizationRequest(
  sessionId: string,
  nai: string,
  bytes: Buffer,
  request: RegistrationRequest,
): RequestBody<'AA-Mobile-Node'> {
  const { homeAddress, homeAgent, extensions } = request
  const asksForKey = findExtension(extensions, 'mn-ha-key-generation-request') !== undefined
  return {
    'Session-Id': sessionId,
    'User-Name': nai,
    'Destination-Realm': realmOf(nai),
    'MIP-Reg-Request': bytes,
    'MIP-MN-AAA-Auth': mobileAaaAuthentication(bytes, request),
    ...(homeAddress === unspecifiedAddress ? {} : { 'MIP-Mobile-Node-Address': homeAddress }),
    ...(homeAgent === unspecifiedAddress ? {} : { 'MIP-Home-Agent-Address': homeAgent }),
    'MIP-Feature-Vector': asksForKey ? features['MN-HA-Key-Request'] : 0,
    'Authorization-Lifetime': withoutEnd,
    'Auth-Session-State': dictionary['Auth-Session-State'].values.STATE_MAINTAINED,
  }
}

/** Where in the request the home server finds the authenticator, and what it covers (RFC 4004, section 7.6). */
function mobileAaaAuthentication(
  bytes: Buffer,
  { extensions }: RegistrationRequest,
): RequestBody<'AA-Mobile-Node'>['MIP-MN-AAA-Auth'] {
  const proof = findExtension(extensions, 'mobile-aaa-authentication')
  if (!proof) throw new TypeError('only a request with a mobile-AAA authentication can be authorized')
  const covered = authenticatedBytes(bytes, proof).length
  return {
    'MIP-MN-AAA-SPI': proof.spi,
    'MIP-Auth-Input-Data-Length': covered,
    'MIP-Authenticator-Length': proof.authenticator.length,
    'MIP-Authenticator-Offset': covered,
  }
}

export type AuthorizationOutcome =
  /** Accepted everywhere: serve the node, then hand it `reply`. */
  | { verdict: 'accepted'; reply: RegistrationReply; replyBytes: Buffer; grant: VisitGrant }
  /** The home agent's own denial, for the node to read. `undo`: the home server may believe in a session that it has to be told of. */
  | { verdict: 'denied'; replyBytes: Buffer; code: number; undo: boolean }
  /** No usable reply: the foreign agent makes one up with this code. */
  | { verdict: 'failed'; code: ReplyCode; reason: string; undo: boolean }

export interface VisitGrant {
  profile: ServiceProfile
  acctMultiSessionId: string | undefined
  server: { host: string; realm: string }
  authorizationLifetimeSeconds: number | undefined
  /** How often usage is to be reported; undefined or 0: only at the end. */
  interimIntervalSeconds: number | undefined
}

/** No RFC names these; RFC 4004 asks for "an appropriate error code". Others: 64. */
const replyCodeOfResult: ReadonlyMap<number, ReplyCode> = new Map([
  [resultCode.authenticationRejected, 67],
  [resultCode.authorizationRejected, 65],
  [resultCode.homeAgentNotAvailable, 66],
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
  if (!isAccepted(reply.code)) return { verdict: 'denied', replyBytes, code: reply.code, undo }
  if (!isSuccess(answer))
    return failed(64, `an accepted registration with Result-Code ${avps['Result-Code']}`)
  const lack = refuseReply(reply, request)
  if (lack !== undefined) return failed(lack, 'the reply lacks what the request had')

  const profile = readProfile(answer.avps)
  if (profile === undefined) return failed(65, 'the answer holds no usable Service-Profile')
  return {
    verdict: 'accepted',
    reply,
    replyBytes,
    grant: {
      profile,
      acctMultiSessionId: answer.avps['Acct-Multi-Session-Id'],
      server: { host: answer.avps['Origin-Host'], realm: answer.avps['Origin-Realm'] },
      authorizationLifetimeSeconds: answer.avps['Authorization-Lifetime'],
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

function readProfile(avps: Parameters<typeof decodeServiceProfile>[0]): ServiceProfile | undefined {
  try {
    return decodeServiceProfile(avps)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return undefined
  }
}
