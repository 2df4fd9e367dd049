/** What a foreign agent refuses by itself, before anybody is asked (RFC 5944, section 3.7.2.2). Pure. */
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'

/** What the agent offers on its link. */
export interface ForeignAgentOffer {
  careOfAddress: Ipv4Address
  registrationLifetimeSeconds: number
}

interface Refusal {
  code: ReplyCode
  applies(request: RegistrationRequest, offer: ForeignAgentOffer): boolean
}

const refusals: readonly Refusal[] = [
  { code: 70, applies: ({ flags }) => flags.reservedR || flags.reservedX },
  // The home server knows a node by its NAI, and believes nothing without one of the two proofs.
  {
    code: 70,
    applies: (request) => realmOf(nodeName(request) ?? '') === '' || proofOf(request) === undefined,
  },
  // A node with a care-of address of its own gets no delivery by this agent, so its profile could not be kept here.
  { code: 65, applies: ({ flags }) => flags.decapsulationByMobileNode },
  { code: 96, applies: ({ homeAddress }) => homeAddress === unspecifiedAddress },
  { code: 90, applies: ({ homeAgent }) => homeAgent === unspecifiedAddress },
  {
    code: 77,
    applies: ({ lifetimeSeconds, careOfAddress }, offer) =>
      lifetimeSeconds > 0 && careOfAddress !== offer.careOfAddress,
  },
  {
    code: 69,
    applies: ({ lifetimeSeconds }, offer) => lifetimeSeconds > offer.registrationLifetimeSeconds,
  },
  { code: 72, applies: ({ flags }) => flags.minimalEncapsulation || flags.gre },
  { code: 74, applies: ({ flags }) => flags.reverseTunnelling },
]

/** The reply code of the first check that the request fails, or undefined. */
export function refuseRequest(request: RegistrationRequest, offer: ForeignAgentOffer): ReplyCode | undefined {
  return refusals.find(({ applies }) => applies(request, offer))?.code
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
