/** Home-Agent-MIP-Request: the home server has authenticated a node and says what to bind (RFC 4004, sections 5.3 and 5.4). */
import { randomInt } from 'node:crypto'
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { AnswerBody } from '#diameter/handler.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { decodeServiceProfile, encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { WireError } from '#wire/wire-error.ts'
import { authorizationEnd } from '../authorized-session/authorized-session.ts'
import type { BindingRegistration, RegistrationOutcome } from './binding-registration.ts'
import type { BindingGrant, MobileHomeAssociation, MobilityBinding } from './mobility-binding.ts'
import { encodeRegistrationReply, type KeyGenerationReply } from './registration-reply.ts'

type HarAvps = Avps<'Home-Agent-MIP', 'request'>
type HaaBody = AnswerBody<'Home-Agent-MIP'>

/** SPIs up to 255 are reserved (RFC 5944, section 1.6). */
const smallestSpi = 256

export interface HomeAgentRequestParts {
  registration: BindingRegistration
  /** Makes the Acct-Multi-Session-Id of a new binding. */
  newSessionId: () => string
  clock: Clock
}

/** Answers a HAR: 2001 only after the kernel was read back, 4005 with the agent's reply code in MIP-Reg-Reply when it denies. */
export async function answerHomeAgentRequest(parts: HomeAgentRequestParts, avps: HarAvps): Promise<HaaBody> {
  const { registration } = parts
  return registration.turns.take(avps['User-Name'], async () => {
    const current = registration.bindings.of(avps['User-Name'])
    let order: BindingOrder | Refusal
    try {
      order = readOrder(parts, avps, current)
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return refusal('invalidAvpValue', describeError(error))
    }
    if ('Result-Code' in order) return order
    const outcome = await registration.register(order.request, order.grant)
    return answer(order, outcome)
  })
}

interface BindingOrder {
  request: RegistrationRequest
  grant: BindingGrant
  keyGenerationReply: KeyGenerationReply | undefined
}

type Refusal = ReturnType<typeof refusal>

/** @throws WireError when the registration request or the profile cannot be read */
function readOrder(
  { newSessionId, clock }: HomeAgentRequestParts,
  avps: HarAvps,
  current: MobilityBinding | undefined,
): BindingOrder | Refusal {
  const request = decodeRegistration(avps['MIP-Reg-Request'])
  if (request.type !== 'registration-request')
    return refusal('invalidAvpValue', 'MIP-Reg-Request is no Registration Request')
  const profile = decodeServiceProfile(avps)
  if (!profile) return refusal('missingAvp', 'Service-Profile is missing')
  const keys = readKeys(avps, request)
  if ('Result-Code' in keys) return keys
  return {
    request,
    grant: {
      nai: avps['User-Name'],
      homeAddress: avps['MIP-Mobile-Node-Address'] ?? request.homeAddress,
      association: keys.association,
      session: {
        sessionId: avps['Session-Id'],
        acctMultiSessionId: current?.session.acctMultiSessionId ?? newSessionId(),
        server: { host: avps['Origin-Host'], realm: avps['Origin-Realm'] },
        authorizedUntilMilliseconds: authorizationEnd(clock.now(), avps['Authorization-Lifetime']),
      },
      profile,
    },
    keyGenerationReply: keys.reply,
  }
}

/**
 * The association made of the key from the home server. The node learns the key from the nonce, the home agent's SPI from the same
 * extension; its own SPI it has put into the request (RFC 3957, section 6).
 */
function readKeys(
  avps: HarAvps,
  request: RegistrationRequest,
): { association: MobileHomeAssociation; reply: KeyGenerationReply } | Refusal {
  const toHomeAgent = avps['MIP-MN-to-HA-MSA']
  const toMobileNode = avps['MIP-HA-to-MN-MSA']
  if (!toHomeAgent || !toMobileNode)
    return refusal('missingAvp', 'MIP-MN-to-HA-MSA and MIP-HA-to-MN-MSA are needed')
  const asked = findExtension(request.extensions, 'mn-ha-key-generation-request')
  const proof = findExtension(request.extensions, 'mobile-aaa-authentication')
  if (!asked || !proof)
    return refusal('invalidAvpValue', 'MIP-Reg-Request does not ask for the key that came with it')
  if (toMobileNode['MIP-Algorithm-Type'] !== dictionary['MIP-Algorithm-Type'].values['HMAC-SHA-1'])
    return refusal('invalidAvpValue', 'the MIP-Algorithm-Type is not HMAC-SHA-1')
  const key = toMobileNode['MIP-Session-Key']
  const homeAgentSpi = randomInt(smallestSpi, 2 ** 32)
  return {
    association: {
      fromMobileNode: { spi: homeAgentSpi, key, algorithm: 'hmac-sha1' },
      toMobileNode: { spi: asked.mobileNodeSpi, key, algorithm: 'hmac-sha1' },
    },
    reply: {
      kind: 'mn-ha-key-generation-reply',
      lifetimeSeconds: avps['MIP-MSA-Lifetime'] ?? avps['Authorization-Lifetime'],
      aaaSpi: proof.spi,
      homeAgentSpi,
      algorithm: toHomeAgent['MIP-Algorithm-Type'],
      replayMethod: toHomeAgent['MIP-Replay-Mode'],
      nonce: toHomeAgent['MIP-Nonce'],
    },
  }
}

function answer({ request, grant, keyGenerationReply }: BindingOrder, outcome: RegistrationOutcome): HaaBody {
  const { decision, binding, kernelReason } = outcome
  const reply = encodeRegistrationReply(request, decision, grant.association, keyGenerationReply)
  const about = {
    'User-Name': grant.nai,
    'MIP-Reg-Reply': reply,
    'MIP-Home-Agent-Address': request.homeAgent,
    'MIP-Mobile-Node-Address': grant.homeAddress,
  }
  if (decision.verdict === 'denied')
    return {
      'Result-Code': resultCode.mipReplyFailure,
      ...about,
      ...(kernelReason === undefined ? {} : { 'Error-Message': kernelReason }),
    }
  return {
    'Result-Code': resultCode.success,
    ...about,
    ...(binding && {
      'Acct-Multi-Session-Id': binding.session.acctMultiSessionId,
      ...encodeServiceProfile(binding.profile),
    }),
  }
}

function refusal(code: keyof typeof resultCode, message: string) {
  return { 'Result-Code': resultCode[code], 'Error-Message': message }
}
