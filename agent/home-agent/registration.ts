/**
 * Whether a home agent accepts a registration (RFC 5944, section 3.8.2). The request is authentic: that was seen to before. Pure.
 */
import { type Ipv4Address, isHostAddress, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import { isAuthentication } from '#wire/mobile-ip/authentication.ts'
import { findExtension, type PlacedExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import { tunnelDataNextHeaders } from '#wire/mobile-ip/tunnel-data.ts'
import { maximumSimultaneousBindings } from './care-of-bindings.ts'
import { checkIdentification, type ReplayProtection } from './replay-protection.ts'

/** What the agent's configuration leaves to the nodes. */
export interface RegistrationPolicy {
  reverseTunnelling: 'optional' | 'required' | 'off'
  gre: boolean
}

export interface RegistrationCircumstances {
  homeAgent: Ipv4Address
  policy: RegistrationPolicy
  nowMilliseconds: number
  replay: ReplayProtection
  /** The relaying foreign agent shares a key with this agent, and has not proven that. */
  foreignAgentFailed: boolean
  /** The address from which the node itself has sent, when it did: another than its care-of address is that of a translator. */
  nodeSource: Ipv4Address | undefined
  heldCareOfAddresses: readonly Ipv4Address[]
  /** The home server has spoken: without its word only a held care-of address can be registered again. */
  authorizesMove: boolean
  /** Of the node, also where the request leaves it open. */
  homeAddress: Ipv4Address
  /** Nobody else holds the home address, and it is the one that the home server has given to the node. */
  homeAddressIsFree: boolean
  /** What the agent's own limit and the home server's authorization leave; below 1 nothing can be granted. */
  maximumLifetimeSeconds: number
}

/** `identification` goes into the reply; after a mismatch it tells the node the agent's clock or nonce. */
export type RegistrationDecision = { identification: bigint } & (
  | { verdict: 'registered'; code: 0; lifetimeSeconds: number }
  /** `all`: every binding of the home address, else only the one of the request's care-of address. */
  | { verdict: 'deregistered'; code: 0; scope: 'all' | 'care-of-address' }
  | { verdict: 'denied'; code: ReplyCode }
)

interface Refusal {
  code: ReplyCode
  applies(request: RegistrationRequest, circumstances: RegistrationCircumstances): boolean
}

const encapsulationsOverUdp: readonly number[] = [0, ...Object.values(tunnelDataNextHeaders)]

/** In this order, after the identification; RFC 5944 fixes only that the foreign agent's authentication comes next. */
const refusals: readonly Refusal[] = [
  {
    code: 132,
    applies: ({ lifetimeSeconds }, { foreignAgentFailed }) => foreignAgentFailed && lifetimeSeconds > 0,
  },
  { code: 136, applies: (request, { homeAgent }) => !isFor(request, homeAgent) },
  { code: 140, applies: ({ extensions }) => criticalVendorSender(extensions) === 'mobile-node' },
  { code: 141, applies: ({ extensions }) => criticalVendorSender(extensions) === 'foreign-agent' },
  { code: 134, applies: isPoorlyFormed },
]

/** Of a request that binds. */
const bindingRefusals: readonly Refusal[] = [
  {
    code: 139,
    applies: ({ flags, extensions }, { policy }) =>
      flags.minimalEncapsulation ||
      (flags.gre && !policy.gre) ||
      (!flags.gre && findExtension(extensions, 'gre-key') !== undefined),
  },
  {
    code: 137,
    applies: ({ flags }, { policy }) => flags.reverseTunnelling && policy.reverseTunnelling === 'off',
  },
  {
    code: 138,
    applies: ({ flags }, { policy }) => !flags.reverseTunnelling && policy.reverseTunnelling === 'required',
  },
  {
    code: 142,
    applies: ({ extensions }) => {
      const asked = findExtension(extensions, 'udp-tunnel-request')
      return asked !== undefined && !encapsulationsOverUdp.includes(asked.encapsulation)
    },
  },
  {
    // No kernel speaks the header of RFC 3519, so a node that cannot do without it cannot be served.
    code: 129,
    applies: ({ careOfAddress, extensions }, { nodeSource }) => {
      const asked = findExtension(extensions, 'udp-tunnel-request')
      return asked !== undefined && (asked.flags.forced || (nodeSource ?? careOfAddress) !== careOfAddress)
    },
  },
  { code: 129, applies: (_, { homeAddressIsFree }) => !homeAddressIsFree },
  { code: 129, applies: (_, { maximumLifetimeSeconds }) => maximumLifetimeSeconds < 1 },
  {
    code: 129,
    applies: ({ careOfAddress }, { authorizesMove, heldCareOfAddresses }) =>
      !authorizesMove && !heldCareOfAddresses.includes(careOfAddress),
  },
  {
    code: 135,
    applies: ({ flags, careOfAddress }, { heldCareOfAddresses }) =>
      flags.simultaneousBindings &&
      heldCareOfAddresses.filter((held) => held !== careOfAddress).length >= maximumSimultaneousBindings,
  },
]

export function decideRegistration(
  request: RegistrationRequest,
  circumstances: RegistrationCircumstances,
): RegistrationDecision {
  const { lifetimeSeconds } = request
  const { fresh, reply: identification } = checkIdentification(
    request.identification,
    circumstances.replay,
    circumstances.nowMilliseconds,
  )
  if (!fresh) return { verdict: 'denied', code: 133, identification }
  const rows = lifetimeSeconds === 0 ? refusals : [...refusals, ...bindingRefusals]
  const refusal = rows.find(({ applies }) => applies(request, circumstances))
  if (refusal) return { verdict: 'denied', code: refusal.code, identification }
  if (lifetimeSeconds === 0) {
    const scope = request.careOfAddress === circumstances.homeAddress ? 'all' : 'care-of-address'
    return { verdict: 'deregistered', code: 0, scope, identification }
  }
  return {
    verdict: 'registered',
    code: 0,
    lifetimeSeconds: Math.floor(Math.min(lifetimeSeconds, circumstances.maximumLifetimeSeconds)),
    identification,
  }
}

/**
 * A node that asks for any home agent (RFC 4433, section 3) has been given this one, by its home server or by the address to which it
 * sent the request.
 */
function isFor({ homeAgent, extensions }: RegistrationRequest, own: Ipv4Address): boolean {
  if (homeAgent === own) return true
  if (homeAgent !== unspecifiedAddress && homeAgent !== limitedBroadcast) return false
  return (findExtension(extensions, 'requested-home-agent')?.homeAgent ?? own) === own
}

/** Who has sent a critical vendor extension; none is known here (RFC 3115, section 2). */
function criticalVendorSender(
  extensions: readonly PlacedExtension[],
): 'mobile-node' | 'foreign-agent' | undefined {
  const critical = findExtension(extensions, 'critical-vendor')
  return critical && (isFromNode(critical, extensions) ? 'mobile-node' : 'foreign-agent')
}

/** What stands behind the node's own proof is the foreign agent's. */
function isFromNode({ offset }: PlacedExtension, extensions: readonly PlacedExtension[]): boolean {
  const proof = extensions.find(isAuthentication)
  return !proof || offset < proof.offset
}

/**
 * Reserved bits (RFC 5944, section 3.8.2.3), no name where the address of the node or its home agent is open (RFC 2794 and 4433), a
 * care-of address to which no tunnel can lead, a request for a tunnel over UDP by the wrong one (RFC 3519, section 4.6).
 */
function isPoorlyFormed(
  { flags, homeAddress, homeAgent, careOfAddress, lifetimeSeconds, extensions }: RegistrationRequest,
  { homeAgent: own, homeAddress: nodeAddress }: RegistrationCircumstances,
): boolean {
  if (flags.reservedR || flags.reservedX) return true
  const named = findExtension(extensions, 'mobile-node-nai') !== undefined
  if (!named && (homeAddress === unspecifiedAddress || homeAgent !== own)) return true
  if (lifetimeSeconds === 0) return false
  if (!isHostAddress(careOfAddress) || careOfAddress === nodeAddress || careOfAddress === own) return true
  const udp = findExtension(extensions, 'udp-tunnel-request')
  return udp !== undefined && flags.decapsulationByMobileNode !== isFromNode(udp, extensions)
}
