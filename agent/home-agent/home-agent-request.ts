/** Home-Agent-MIP-Request: the home server has authenticated a node and says what to bind (RFC 4004, sections 5.3 and 5.4). */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import type { AnswerBody } from '#diameter/handler.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { encodeDatapathReport } from '#wire/diameter/datapath-report.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { decodeServiceProfile, encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { WireError } from '#wire/wire-error.ts'
import { sessionTerms } from '../authorized-session/session-terms.ts'
import type { Datapath } from '../datapath/datapath.ts'
import type { AgentAssociation, AgentAssociations } from '../revocation/agent-association.ts'
import type { BindingRegistration } from './binding-registration.ts'
import type { HomeAddressPool } from './home-address-pool.ts'
import type { BindingGrant, MobilityBinding } from './mobility-binding.ts'
import type { RegistrationOutcome } from './registration-outcome.ts'
import { encodeRegistrationReply } from './registration-reply.ts'
import {
  type KeyGenerationReply,
  mobileNodeKey,
  readForeignAgentKey,
  readForeignAgentNonce,
} from './session-keys.ts'

type HarAvps = Avps<'Home-Agent-MIP', 'request'>
type HaaBody = AnswerBody<'Home-Agent-MIP'>

export interface HomeAgentRequestParts {
  address: Ipv4Address
  registration: BindingRegistration
  associations: AgentAssociations
  datapath: Pick<Datapath, 'report'>
  /** For nodes that have no home address. */
  homeAddresses?: HomeAddressPool | undefined
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
    return 'Result-Code' in order ? order : carryOut(parts, order)
  })
}

async function carryOut(parts: HomeAgentRequestParts, order: BindingOrder): Promise<HaaBody> {
  const { registration, associations, homeAddresses } = parts
  const { request, foreignAgent } = order
  const { bindings } = registration
  const assigned =
    order.grant.homeAddress === unspecifiedAddress
      ? homeAddresses?.take((address) => bindings.withHomeAddress(address) !== undefined)
      : undefined
  const grant = assigned === undefined ? order.grant : { ...order.grant, homeAddress: assigned }
  try {
    const outcome = await registration.register(request, grant, {
      foreignAgent: foreignAgent ?? knownForeignAgent(associations, request),
      isNewForeignAgent: foreignAgent !== undefined,
    })
    return answer(parts, { ...order, grant }, outcome)
  } finally {
    if (assigned !== undefined) homeAddresses?.giveBack(assigned)
  }
}

interface BindingOrder {
  request: RegistrationRequest
  grant: BindingGrant
  keyGenerationReplies: readonly KeyGenerationReply[]
  /** Absent too for a co-located node: its care-of address is not the foreign agent's. */
  foreignAgent: AgentAssociation | undefined
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
  const keyLifetimeSeconds = avps['MIP-MSA-Lifetime'] ?? avps['Authorization-Lifetime']
  const key = mobileNodeKey(avps, keyLifetimeSeconds, request, current?.association)
  if ('fault' in key) return refusal(key.fault, key.reason)
  const nonce = readForeignAgentNonce(avps, keyLifetimeSeconds, request)
  if (nonce && 'fault' in nonce) return refusal(nonce.fault, nonce.reason)
  const terms = sessionTerms(avps)
  return {
    request,
    grant: {
      nai: avps['User-Name'],
      homeAddress: avps['MIP-Mobile-Node-Address'] ?? askedAddress(request, current),
      association: key.association,
      session: {
        sessionId: avps['Session-Id'],
        acctMultiSessionId: current?.session.acctMultiSessionId ?? newSessionId(),
        server: { host: avps['Origin-Host'], realm: avps['Origin-Realm'] },
        authorizedUntilMilliseconds: clock.now() + terms.authorizedSeconds * 1000,
        isStateless: terms.isStateless,
      },
      profile,
    },
    keyGenerationReplies: [...key.replies, ...(nonce ? [nonce] : [])],
    foreignAgent: request.flags.decapsulationByMobileNode
      ? undefined
      : readForeignAgentKey(avps, endOfKey(clock, keyLifetimeSeconds)),
  }
}

/** Open only for a node that is not bound yet. */
function askedAddress(
  { homeAddress }: RegistrationRequest,
  current: MobilityBinding | undefined,
): Ipv4Address {
  return homeAddress === unspecifiedAddress ? (current?.homeAddress ?? unspecifiedAddress) : homeAddress
}

/** What came with the HAR is vouched for; the key is for a revocation later on. */
function knownForeignAgent(
  associations: AgentAssociations,
  { flags, careOfAddress }: RegistrationRequest,
): AgentAssociation | undefined {
  return flags.decapsulationByMobileNode ? undefined : associations.of(careOfAddress)
}

/** 0 is without end (RFC 4004, section 9.13). */
function endOfKey(clock: Clock, lifetimeSeconds: number): number {
  return lifetimeSeconds === 0 ? Number.POSITIVE_INFINITY : clock.now() + lifetimeSeconds * 1000
}

function answer(
  { address, datapath, clock }: HomeAgentRequestParts,
  { request, grant, keyGenerationReplies, foreignAgent }: BindingOrder,
  outcome: RegistrationOutcome,
): HaaBody {
  const { decision, binding, kernelReason } = outcome
  const { association, homeAddress } = grant
  const reply = encodeRegistrationReply(request, outcome, {
    homeAgent: address,
    nowMilliseconds: clock.now(),
    association,
    keyGenerationReplies,
    homeAddress,
  })
  const about = {
    'User-Name': grant.nai,
    'MIP-Reg-Reply': reply,
    'MIP-Home-Agent-Address': address,
    'MIP-Mobile-Node-Address': homeAddress,
  }
  if (decision.verdict === 'denied')
    return {
      'Result-Code': resultCode.mipReplyFailure,
      ...about,
      ...(kernelReason === undefined ? {} : { 'Error-Message': kernelReason }),
    }
  const report = datapath.report(grant.nai)
  const forNode = findExtension(request.extensions, 'mn-fa-key-generation-request')
  return {
    'Result-Code': resultCode.success,
    ...about,
    ...(binding && {
      'Acct-Multi-Session-Id': binding.session.acctMultiSessionId,
      ...encodeServiceProfile(binding.profile),
      ...(report && { 'Datapath-Report': encodeDatapathReport(report) }),
      ...(foreignAgent && { 'MIP-FA-to-HA-SPI': foreignAgent.incoming.spi }),
      ...(forNode && { 'MIP-FA-to-MN-SPI': forNode.mobileNodeSpi }),
    }),
  }
}

function refusal(code: keyof typeof resultCode, message: string) {
  return { 'Result-Code': resultCode[code], 'Error-Message': message }
}
