/** What a foreign agent refuses by itself, before anybody is asked (RFC 5944, section 3.7.2.2; other documents by row). Pure. */
import { type Ipv4Address, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'

/** What the agent offers on its link. */
export interface ForeignAgentOffer {
  /** Its own on the link: registrations are sent to it, and replies come from it. */
  address: Ipv4Address
  careOfAddress: Ipv4Address
  registrationLifetimeSeconds: number
  /** With or without keys (RFC 6245); absent: GRE is refused. */
  gre?: 'plain' | 'keyed'
  /** Absent: it is refused. */
  reverseTunnelling?: 'offered' | 'required'
  /** Nodes may tunnel to the agent what is to be tunnelled back (RFC 3024, section 5.2). */
  encapsulatingDelivery?: boolean
  /** Requests of nodes with a care-of address of their own are relayed. */
  coLocatedNodes?: boolean
}

/** The time to live of a request that was sent on this link, if its sender follows RFC 3024, section 3.1. */
const sentOnThisLink = 255

interface Refusal {
  code: ReplyCode
  applies(request: RegistrationRequest, offer: ForeignAgentOffer, timeToLive: number): boolean
}

const refusals: readonly Refusal[] = [
  { code: 70, applies: ({ flags }) => flags.reservedR || flags.reservedX },
  // The home server knows a node by its NAI, and believes nothing without one of the two proofs.
  {
    code: 70,
    applies: (request) => realmOf(nodeName(request) ?? '') === '' || proofOf(request) === undefined,
  },
  // Only this agent itself may say what it says to the home agent.
  { code: 70, applies: ({ extensions }) => !!findExtension(extensions, 'foreign-home-authentication') },
  // RFC 3024, section 3.3.
  { code: 70, applies: (request) => wantsEncapsulatingDelivery(request) && !request.flags.reverseTunnelling },
  {
    code: 65,
    applies: ({ flags }, { coLocatedNodes }) => flags.decapsulationByMobileNode && !coLocatedNodes,
  },
  // Only a home server can allocate an address or an agent (RFC 2794, section 4; RFC 4433, section 3.2).
  {
    code: 96,
    applies: (request) => request.homeAddress === unspecifiedAddress && decidesAt(request) === 'home-agent',
  },
  { code: 90, applies: (request) => !namesHomeAgent(request) && decidesAt(request) === 'home-agent' },
  {
    code: 194, // RFC 4433, section 3.2
    applies: ({ homeAgent }, { address, careOfAddress }) =>
      homeAgent === address || homeAgent === careOfAddress,
  },
  {
    code: 77,
    applies: ({ flags, lifetimeSeconds, careOfAddress }, offer) =>
      !flags.decapsulationByMobileNode && lifetimeSeconds > 0 && careOfAddress !== offer.careOfAddress,
  },
  {
    code: 69,
    applies: ({ lifetimeSeconds }, offer) => lifetimeSeconds > offer.registrationLifetimeSeconds,
  },
  { code: 72, applies: ({ flags }, { gre }) => flags.minimalEncapsulation || (flags.gre && !gre) },
  // RFC 3024, sections 4.2 and 3.4.
  {
    code: 74,
    applies: ({ flags }, { reverseTunnelling }) => flags.reverseTunnelling && !reverseTunnelling,
  },
  {
    code: 75,
    applies: ({ flags, lifetimeSeconds }, { reverseTunnelling }) =>
      reverseTunnelling === 'required' && !flags.reverseTunnelling && lifetimeSeconds > 0,
  },
  {
    code: 76,
    applies: ({ flags }, _, timeToLive) => flags.reverseTunnelling && timeToLive !== sentOnThisLink,
  },
  {
    code: 79,
    applies: (request, { encapsulatingDelivery }) =>
      wantsEncapsulatingDelivery(request) && !encapsulatingDelivery,
  },
]

/** The reply code of the first check that the request fails, or undefined. */
export function refuseRequest(
  request: RegistrationRequest,
  offer: ForeignAgentOffer,
  timeToLive: number,
): ReplyCode | undefined {
  return refusals.find(({ applies }) => applies(request, offer, timeToLive))?.code
}

/** A node that shares its link with the agent says nothing of revocation: this agent does (RFC 3543, section 3.2). */
export function claimsRevocation({ flags, extensions }: RegistrationRequest): boolean {
  return !flags.decapsulationByMobileNode && findExtension(extensions, 'revocation-support') !== undefined
}

export function wantsEncapsulatingDelivery({ extensions }: RegistrationRequest): boolean {
  return findExtension(extensions, 'encapsulating-delivery-style') !== undefined
}

/** Whether the node says which home agent it wants (RFC 4433, section 3.1). */
export function namesHomeAgent({ homeAgent }: RegistrationRequest): boolean {
  return homeAgent !== unspecifiedAddress && homeAgent !== limitedBroadcast
}

export function nodeName({ extensions }: RegistrationRequest): string | undefined {
  return findExtension(extensions, 'mobile-node-nai')?.nai
}

/** What follows the `@` of a NAI; empty when there is none. */
export function realmOf(nai: string): string {
  return /@(?<realm>[^@]*)$/.exec(nai)?.groups?.realm ?? ''
}

/**
 * Who can tell that the request is authentic: the home agent by the key that the node already shares with it, or else the home
 * server. A request with both goes to the home agent: the key exists, so the session does.
 */
export function proofOf({ extensions }: RegistrationRequest): 'home-agent' | 'home-server' | undefined {
  if (findExtension(extensions, 'mobile-home-authentication')) return 'home-agent'
  return findExtension(extensions, 'mobile-aaa-authentication') ? 'home-server' : undefined
}

/** Who is asked. Of a co-located node this agent keeps nothing, so its home agent asks the home server itself where it has to. */
export function decidesAt(request: RegistrationRequest): 'home-agent' | 'home-server' {
  if (request.flags.decapsulationByMobileNode) return 'home-agent'
  return proofOf(request) === 'home-agent' ? 'home-agent' : 'home-server'
}
