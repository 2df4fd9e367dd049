/** A co-located node registers by itself: the home agent is the Diameter client (RFC 4004, sections 3.4 and 5.1). */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { type Ipv4Address, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { DiameterError } from '#diameter/diameter-error.ts'
import { isSuccess, type RequestBody } from '#diameter/handler.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { AnswerMessage, SuccessAnswer } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { decodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { type AuthorizedSession, terminateSession } from '../authorized-session/authorized-session.ts'
import { mobileAaaProof } from '../authorized-session/mobile-aaa-proof.ts'
import { sessionTerms } from '../authorized-session/session-terms.ts'
import type { BindingRegistration } from './binding-registration.ts'
import type { BindingGrant, MobileHomeAssociation } from './mobility-binding.ts'
import { encodeRegistrationReply } from './registration-reply.ts'
import { type KeyGenerationReply, mobileNodeKey } from './session-keys.ts'

const features = dictionary['MIP-Feature-Vector'].values
/** The agent sets no limit of its own to an authorization (RFC 6733, section 8.9). */
const withoutEnd = 0xffff_ffff
/** Requests that wait for the home server at once: everybody may send them. */
const maximumPending = 64

export interface CoLocatedParts {
  address: Ipv4Address
  registration: BindingRegistration
  diameter: Pick<DiameterNode, 'request' | 'sessionId'>
  clock: Clock
  log: Log
}

/** A sealed reply, or the code of a denial that cannot be sealed for want of a key. */
export type CoLocatedOutcome = { reply: Buffer } | { code: ReplyCode }

/** No RFC names these but the first (RFC 4721, section 6). Others: 128. */
const replyCodeOfResult: ReadonlyMap<number, ReplyCode> = new Map([
  [resultCode.authenticationRejected, 144],
  [resultCode.authorizationRejected, 129],
  [resultCode.homeAgentNotAvailable, 136],
  [resultCode.tooBusy, 130],
  [resultCode.resourcesExceeded, 130],
])

type Answer = AnswerMessage<'AA-Mobile-Node'>
type Grant = { grant: BindingGrant; keyGenerationReplies: KeyGenerationReply[] }

export class CoLocatedAuthorization {
  readonly #parts: CoLocatedParts
  readonly #pending = new Set<string>()

  constructor(parts: CoLocatedParts) {
    this.#parts = parts
  }

  /** Has the home server authenticate a request with a mobile-AAA authentication, and carries it out. */
  async authorize(
    bytes: Buffer,
    request: RegistrationRequest,
    source: Ipv4Address,
  ): Promise<CoLocatedOutcome> {
    const nai = findExtension(request.extensions, 'mobile-node-nai')?.nai
    const [, realm = ''] = nai?.split('@') ?? []
    if (nai === undefined || realm === '') return { code: 134 }
    if (this.#pending.has(nai) || this.#pending.size >= maximumPending) return { code: 130 }
    this.#pending.add(nai)
    try {
      return await this.#authorize(bytes, provenPart(request), source, { nai, realm })
    } finally {
      this.#pending.delete(nai)
    }
  }

  async #authorize(
    bytes: Buffer,
    request: RegistrationRequest,
    source: Ipv4Address,
    { nai, realm }: { nai: string; realm: string },
  ): Promise<CoLocatedOutcome> {
    const { diameter, registration, address, clock, log } = this.#parts
    const current = registration.bindings.of(nai)
    const session = {
      sessionId: current?.isCoLocated ? current.session.sessionId : diameter.sessionId(),
      acctMultiSessionId: current?.session.acctMultiSessionId ?? diameter.sessionId('multi'),
    }
    const answer = await diameter
      .request('AA-Mobile-Node', authorizationRequest(bytes, request, { nai, realm, ...session }))
      .catch((error: unknown) => {
        if (!(error instanceof DiameterError)) throw error
        return describeError(error)
      })
    if (typeof answer === 'string' || !isSuccess(answer)) {
      const reason = typeof answer === 'string' ? answer : `Result-Code ${answer.avps['Result-Code']}`
      log.warn({ event: 'registration', nai, from: source, reason }, 'a co-located node was not authorized')
      return { code: typeof answer === 'string' ? 128 : refusalOf(answer) }
    }
    return registration.turns.take(nai, async () => {
      const granted = readGrant(
        answer,
        request,
        nai,
        session,
        registration.bindings.of(nai)?.association,
        clock,
      )
      if (typeof granted === 'string') {
        log.error({ event: 'registration', nai, reason: granted }, 'the authorization cannot be used')
        this.#end(session, realm, nai)
        return { code: 128 }
      }
      const { grant, keyGenerationReplies } = granted
      const outcome = await registration.register(request, grant, {
        nodeSource: source,
        isAtHome: source === grant.homeAddress,
      })
      if (outcome.decision.verdict !== 'registered') this.#end(grant.session, realm, nai)
      return {
        reply: encodeRegistrationReply(request, outcome, {
          homeAgent: address,
          nowMilliseconds: clock.now(),
          association: grant.association,
          keyGenerationReplies,
          homeAddress: grant.homeAddress,
        }),
      }
    })
  }

  /** The home server believes in a session that has not begun here. */
  #end(session: Pick<AuthorizedSession, 'sessionId'>, realm: string, nai: string): void {
    const { diameter, registration, log } = this.#parts
    if (registration.bindings.withSession(session.sessionId)) return
    void terminateSession({ diameter, log }, { server: { realm }, ...session }, nai, 'DIAMETER_LOGOUT')
  }
}

/** What stands behind the proof, nobody vouches for. */
function provenPart(request: RegistrationRequest): RegistrationRequest {
  const proof = findExtension(request.extensions, 'mobile-aaa-authentication')
  const extensions = request.extensions.filter(({ end }) => proof !== undefined && end <= proof.end)
  return { ...request, extensions }
}

function refusalOf(answer: Answer): ReplyCode {
  return replyCodeOfResult.get(answer.avps['Result-Code'] ?? 0) ?? 128
}

function authorizationRequest(
  bytes: Buffer,
  request: RegistrationRequest,
  {
    nai,
    realm,
    sessionId,
    acctMultiSessionId,
  }: { nai: string; realm: string; sessionId: string; acctMultiSessionId: string },
): RequestBody<'AA-Mobile-Node'> {
  const { homeAddress, homeAgent, extensions } = request
  const challenge = findExtension(extensions, 'challenge')?.challenge
  const wishes = [
    features['Co-Located-Mobile-Node'],
    homeAddress === unspecifiedAddress ? features['Mobile-Node-Home-Address-Requested'] : 0,
    findExtension(extensions, 'mn-ha-key-generation-request') ? features['MN-HA-Key-Request'] : 0,
  ]
  return {
    'Session-Id': sessionId,
    'User-Name': nai,
    'Destination-Realm': realm,
    'MIP-Reg-Request': bytes,
    'MIP-MN-AAA-Auth': mobileAaaProof(bytes, request),
    'Acct-Multi-Session-Id': acctMultiSessionId,
    ...(homeAddress === unspecifiedAddress ? {} : { 'MIP-Mobile-Node-Address': homeAddress }),
    ...([unspecifiedAddress, limitedBroadcast].includes(homeAgent)
      ? {}
      : { 'MIP-Home-Agent-Address': homeAgent }),
    ...(challenge && { 'MIP-FA-Challenge': challenge }),
    'MIP-Feature-Vector': wishes.reduce((sum, bit) => sum | bit, 0),
    'Authorization-Lifetime': withoutEnd,
    'Auth-Session-State': dictionary['Auth-Session-State'].values.STATE_MAINTAINED,
  }
}

/** What a successful answer grants, or why it cannot be used. */
function readGrant(
  { avps }: SuccessAnswer<'AA-Mobile-Node'>,
  request: RegistrationRequest,
  nai: string,
  session: Pick<AuthorizedSession, 'sessionId' | 'acctMultiSessionId'>,
  held: MobileHomeAssociation | undefined,
  clock: Clock,
): Grant | string {
  try {
    const profile = decodeServiceProfile(avps)
    if (!profile) return 'Service-Profile is missing'
    const terms = sessionTerms(avps)
    const lifetimeSeconds = avps['MIP-MSA-Lifetime'] ?? avps['Authorization-Lifetime'] ?? withoutEnd
    const key = mobileNodeKey(avps, lifetimeSeconds, request, held)
    if ('fault' in key) return key.reason
    return {
      grant: {
        nai,
        homeAddress: avps['MIP-Mobile-Node-Address'] ?? request.homeAddress,
        association: key.association,
        isCoLocated: true,
        session: {
          ...session,
          server: { host: avps['Origin-Host'], realm: avps['Origin-Realm'] },
          authorizedUntilMilliseconds: clock.now() + terms.authorizedSeconds * 1000,
          isStateless: terms.isStateless,
          binding: terms.binding,
        },
        profile,
      },
      keyGenerationReplies: key.replies,
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return describeError(error)
  }
}
