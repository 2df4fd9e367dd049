/** Whether it is the node itself that asks, as far as a foreign agent can tell (RFC 5944, section 3.7.2.1; RFC 4721, section 3.2). */
import {
  isAuthentication,
  type MobilitySecurityAssociation,
  verifyExtension,
} from '#wire/mobile-ip/authentication.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import type { ChallengeWindow } from './challenge-window.ts'
import { decidesAt } from './request-checks.ts'

/** What a node and this agent share: one key of the home server's, and per direction the SPI that the receiver chose. */
export interface MobileForeignAssociation {
  fromMobileNode: MobilitySecurityAssociation
  toMobileNode: MobilitySecurityAssociation
  expiresAtMilliseconds: number
}

/** Code 67 where an association exists and the request does not have exactly one authenticator made with it. */
export function refuseAuthentication(
  bytes: Buffer,
  request: RegistrationRequest,
  association: MobileForeignAssociation | undefined,
): ReplyCode | undefined {
  // A node that has lost the key asks the home server for another one, which vouches for it.
  const isAnew = asksForForeignAgentKey(request) && decidesAt(request) === 'home-server'
  if (!association || isAnew) return undefined
  const [proof, ...more] = request.extensions.filter(({ kind }) => kind === 'mobile-foreign-authentication')
  const isGenuine =
    proof?.kind === 'mobile-foreign-authentication' &&
    more.length === 0 &&
    verifyExtension(bytes, proof, association.fromMobileNode)
  return isGenuine ? undefined : 67
}

/** Codes 104 to 106. */
export function refuseChallenge(
  nai: string,
  request: RegistrationRequest,
  challenges: ChallengeWindow,
): ReplyCode | undefined {
  const challenge = provenChallenge(request)
  if (!challenge) return 105
  const verdict = challenges.check(nai, challenge)
  if (verdict === 'valid') return undefined
  return verdict === 'stale' ? 106 : 104
}

/** The challenge that an authenticator of the request covers: one behind them proves nothing. */
export function provenChallenge({ extensions }: RegistrationRequest): Buffer | undefined {
  const last = extensions.findLast((extension) => isAuthentication(extension))
  const challenge = findExtension(extensions, 'challenge')
  return challenge && last && challenge.offset < last.offset ? challenge.challenge : undefined
}

/** RFC 3957, section 4. */
export function asksForForeignAgentKey({ extensions }: RegistrationRequest): boolean {
  return findExtension(extensions, 'mn-fa-key-generation-request') !== undefined
}
