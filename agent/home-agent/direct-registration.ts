/** Registrations that come to the agent itself, from a foreign agent or from a node (RFC 5944, section 3.8.2). */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import type { SenderLimit } from '#core/sender-limit.ts'
import {
  type MobilitySecurityAssociation,
  sealExtension,
  verifyExtension,
} from '#wire/mobile-ip/authentication.ts'
import { findExtension, type PlacedExtension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration, encodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { WireError } from '#wire/wire-error.ts'
import type { AgentAssociation, AgentAssociations } from '../revocation/agent-association.ts'
import type { Endpoint } from '../revocation/revocations.ts'
import type { BindingRegistration } from './binding-registration.ts'
import type { CoLocatedAuthorization } from './co-located-authorization.ts'
import type { MobilityBinding } from './mobility-binding.ts'
import { encodeRegistrationReply } from './registration-reply.ts'

export interface DirectRegistrationParts {
  address: Ipv4Address
  registration: BindingRegistration
  associations: AgentAssociations
  coLocated: Pick<CoLocatedAuthorization, 'authorize'>
  limit: SenderLimit
  clock: Clock
}

export interface ReceivedRequest {
  bytes: Buffer
  from: Endpoint
  /** It came to the broadcast address of the home network: the node looks for a home agent. */
  isBroadcast?: boolean
}

/** The reply to a request, or the reason why it gets none: "silently discarded". */
export async function answerRegistration(
  parts: DirectRegistrationParts,
  { bytes, from, isBroadcast = false }: ReceivedRequest,
): Promise<Buffer | string> {
  const { registration, limit, coLocated, address } = parts
  const request = decode(bytes)
  if (typeof request === 'string') return request
  const proofs = request.extensions.filter(({ kind }) => kind === 'mobile-home-authentication')
  const [proof] = proofs
  if (proofs.length > 1) return `${proofs.length} mobile-home authentications where one is due`
  const binding = boundTo(registration, request)

  if (proof?.kind !== 'mobile-home-authentication') {
    if (!limit.admits(from.address)) return 'too many requests without a proof'
    if (isBroadcast) return deny(request, 136, address)
    if (!findExtension(request.extensions, 'mobile-aaa-authentication'))
      return 'nobody vouches for the request'
    if (!request.flags.decapsulationByMobileNode && request.lifetimeSeconds > 0)
      return 'the node is not co-located, and no foreign agent has had it authorized'
    const outcome = await coLocated.authorize(bytes, request, from.address)
    return 'reply' in outcome ? outcome.reply : deny(request, outcome.code, address)
  }
  if (!binding) {
    if (!isBroadcast) return `no association with ${request.homeAddress}`
    return limit.admits(from.address) ? deny(request, 136, address) : 'too many requests without a proof'
  }
  const named = findExtension(request.extensions, 'mobile-node-nai')
  if (named && named.nai !== binding.nai) return `${named.nai} is not the owner of ${request.homeAddress}`
  const { association } = binding
  if (!verifyExtension(bytes, proof, association.fromMobileNode))
    return limit.admits(from.address)
      ? deny(request, 131, address, association.toMobileNode)
      : 'too many requests with a wrong proof'
  if (isBroadcast) return deny(request, 136, address, association.toMobileNode)
  return registration.turns.take(binding.nai, async () =>
    boundTo(registration, request)?.association === association
      ? answerBound(parts, { bytes, from }, request, binding, proof.end)
      : `the association with ${binding.nai} has just changed`,
  )
}

/** The row of the node that has sent a request; for a deregistration that comes again, the one that has just ended. */
function boundTo(
  { bindings, former }: BindingRegistration,
  { homeAddress, lifetimeSeconds, extensions }: RegistrationRequest,
): MobilityBinding | undefined {
  const nai = findExtension(extensions, 'mobile-node-nai')?.nai
  if (homeAddress === unspecifiedAddress) return nai === undefined ? undefined : bindings.of(nai)
  const binding = bindings.withHomeAddress(homeAddress)
  if (binding || nai === undefined || lifetimeSeconds > 0) return binding
  const ended = former.of(nai)
  return ended?.homeAddress === homeAddress ? ended : undefined
}

/** The node is who it says; now the foreign agent that has relayed the request. */
async function answerBound(
  { address, registration, associations, clock }: DirectRegistrationParts,
  { bytes, from }: ReceivedRequest,
  request: RegistrationRequest,
  binding: MobilityBinding,
  provenUpTo: number,
): Promise<Buffer | string> {
  const relay = relayingAgent(associations, bytes, request.extensions, from.address)
  if (relay === 'stranger') return `no association with the foreign agent ${from.address}`
  const foreignAgent = relay === 'failed' || relay === 'silent' ? undefined : relay
  // Behind the node's proof stands what only a foreign agent can vouch for.
  const extensions = foreignAgent
    ? request.extensions
    : request.extensions.filter(({ end }) => end <= provenUpTo)
  const proven = { ...request, extensions }
  const sentByNode = !foreignAgent && request.flags.decapsulationByMobileNode
  const outcome = await registration.register(proven, binding, {
    foreignAgent,
    foreignAgentFailed: relay === 'failed',
    nodeSource: sentByNode ? from.address : undefined,
    isAtHome: from.address === binding.homeAddress,
  })
  return encodeRegistrationReply(proven, outcome, {
    homeAgent: address,
    nowMilliseconds: clock.now(),
    association: binding.association,
    homeAddress: binding.homeAddress,
    foreignAgent,
  })
}

/**
 * Who has relayed a request, as its Foreign-Home authentication says: `silent` without one where none is due, `stranger` with one that
 * nobody here can verify.
 */
function relayingAgent(
  associations: AgentAssociations,
  bytes: Buffer,
  extensions: readonly PlacedExtension[],
  source: Ipv4Address,
): AgentAssociation | 'silent' | 'stranger' | 'failed' {
  const [proof, ...more] = extensions.filter((extension) => extension.kind === 'foreign-home-authentication')
  if (!proof) return associations.demands(source) ? 'failed' : 'silent'
  if (!associations.of(source)) return 'stranger'
  const association = associations.withIncomingSpi(source, proof.spi)
  const isLast = more.length === 0 && proof.end === bytes.length
  if (!association || !isLast || !verifyExtension(bytes, proof, association.incoming)) return 'failed'
  associations.prove(association)
  return association
}

/** A denial that needs no binding; where there is an association, sealed with it. */
function deny(
  request: RegistrationRequest,
  code: ReplyCode,
  homeAgent: Ipv4Address,
  association?: MobilitySecurityAssociation,
): Buffer {
  const { homeAddress, identification, extensions } = request
  const name = findExtension(extensions, 'mobile-node-nai')
  const reply = encodeRegistration({
    type: 'registration-reply',
    code,
    lifetimeSeconds: 0,
    homeAddress,
    homeAgent,
    identification,
    extensions: name ? [{ kind: name.kind, nai: name.nai }] : [],
  })
  return association ? sealExtension(reply, 'mobile-home-authentication', association) : reply
}

function decode(bytes: Buffer): RegistrationRequest | string {
  try {
    const message = decodeRegistration(bytes)
    return message.type === 'registration-request' ? message : 'a reply, sent to a home agent'
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return describeError(error)
  }
}
