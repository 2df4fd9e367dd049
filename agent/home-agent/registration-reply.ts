import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import { isAuthentication, sealExtension } from '#wire/mobile-ip/authentication.ts'
import {
  type Extension,
  findExtension,
  type PlacedExtension,
  registrationExtensions,
} from '#wire/mobile-ip/extension.ts'
import { encodeExtension } from '#wire/mobile-ip/extension-format.ts'
import { encodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { AgentAssociation } from '../revocation/agent-association.ts'
import { revocationSupport } from '../revocation/revocation-support.ts'
import type { MobileHomeAssociation } from './mobility-binding.ts'
import type { RegistrationOutcome } from './registration-outcome.ts'
import type { KeyGenerationReply } from './session-keys.ts'

/** UDP Tunnel Reply: the tunnel is declined, the registration stands without it (RFC 3519, section 3.2). */
const declined = 64

export interface ReplyCircumstances {
  homeAgent: Ipv4Address
  nowMilliseconds: number
  association: MobileHomeAssociation
  /** Nonces of new keys; a denial carries them as well, or a node without a key could not believe it. */
  keyGenerationReplies?: readonly KeyGenerationReply[]
  /** The home address that the node gets when it has asked for one. */
  homeAddress?: Ipv4Address
  /** Seals the reply for the foreign agent that has sealed the request. */
  foreignAgent?: AgentAssociation | undefined
}

/**
 * The Registration Reply to a request, sealed for the mobile node, and behind that what is for the foreign agent; extensions in the
 * order of RFC 5944, section 3.8.3.3.
 */
export function encodeRegistrationReply(
  request: RegistrationRequest,
  outcome: RegistrationOutcome,
  {
    homeAgent,
    nowMilliseconds,
    association,
    keyGenerationReplies = [],
    homeAddress,
    foreignAgent,
  }: ReplyCircumstances,
): Buffer {
  const { decision } = outcome
  const name = findExtension(request.extensions, 'mobile-node-nai')
  const proofAt = request.extensions.find(isAuthentication)?.offset ?? Number.POSITIVE_INFINITY
  const answers = request.extensions.flatMap((extension) => {
    const answer = answerTo(extension, outcome, nowMilliseconds)
    return answer ? [{ answer, isForNode: extension.offset < proofAt }] : []
  })
  const unsealed = encodeRegistration({
    type: 'registration-reply',
    code: decision.code,
    lifetimeSeconds: decision.verdict === 'registered' ? decision.lifetimeSeconds : 0,
    homeAddress:
      request.homeAddress === unspecifiedAddress ? (homeAddress ?? unspecifiedAddress) : request.homeAddress,
    homeAgent,
    identification: decision.identification,
    extensions: [
      ...(name ? [{ kind: name.kind, nai: name.nai }] : []),
      ...keyGenerationReplies,
      ...answers.filter(({ isForNode }) => isForNode).map(({ answer }) => answer),
    ],
  })
  const forNode = sealExtension(unsealed, 'mobile-home-authentication', association.toMobileNode)
  const forForeignAgent = answers.filter(({ isForNode }) => !isForNode)
  const reply = Buffer.concat([
    forNode,
    ...forForeignAgent.map(({ answer }) => encodeExtension(registrationExtensions, answer)),
  ])
  return foreignAgent ? sealExtension(reply, 'foreign-home-authentication', foreignAgent.outgoing) : reply
}

/** What an accepted request gets in answer to one of its extensions. */
function answerTo(
  { kind }: PlacedExtension,
  { binding }: RegistrationOutcome,
  nowMilliseconds: number,
): Extension | undefined {
  const [current] = binding?.careOf ?? []
  if (!current) return undefined
  switch (kind) {
    case 'gre-key':
      return current.tunnel.key === undefined ? undefined : { kind, key: current.tunnel.key }
    case 'udp-tunnel-request':
      return {
        kind: 'udp-tunnel-reply',
        replyCode: declined,
        flags: { forced: false },
        keepaliveSeconds: 0,
      }
    case 'revocation-support':
      return current.revocation && revocationSupport(nowMilliseconds, current.revocation.inform)
    default:
      return undefined
  }
}
