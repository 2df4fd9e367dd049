/** Visits that end by revocation (RFC 3543): by this agent, which tells the home agent, or the other way. */
import type { Ipv4Address } from '#core/ipv4.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { TerminationCause } from '../authorized-session/authorized-session.ts'
import type { Revocation, Revocations, RevokedRegistration } from '../revocation/revocations.ts'
import type { HomeAgentKeys } from './home-agent-keys.ts'
import { realmOf } from './request-checks.ts'
import type { AgreedRevocation, VisitorEntry } from './visitor-list.ts'
import type { Visits } from './visits.ts'

/** Ends that this agent decides on. The home domain knows of all others, and so does the node of what it has asked for. */
const ownDecisions: readonly TerminationCause[] = ['DIAMETER_SERVICE_NOT_PROVIDED', 'DIAMETER_AUTH_EXPIRED']

export interface VisitRevocationParts {
  careOfAddress: Ipv4Address
  homeAgentKeys: HomeAgentKeys
}

/** What the home agent agrees to; only of a reply that is proven to be its own. */
export function agreedRevocation({ extensions }: RegistrationReply): AgreedRevocation | undefined {
  const support = findExtension(extensions, 'revocation-support')
  return support && { timestampSeconds: support.timestampSeconds, inform: support.flags.inform }
}

/** Tells the home agent that a visit has ended, where it does not know. */
export function revokeAtHome(
  {
    careOfAddress,
    homeAgentKeys,
    revocations,
  }: VisitRevocationParts & {
    revocations: Pick<Revocations, 'revoke'>
  },
  { nai, homeAddress, homeAgent, revocation, registeredUntilMilliseconds }: VisitorEntry,
  cause: TerminationCause,
): void {
  const association = homeAgentKeys.ofRealm(homeAgent, realmOf(nai))
  if (!revocation || !association || !ownDecisions.includes(cause)) return
  revocations.revoke({
    homeAddress,
    homeDomainAddress: homeAgent,
    foreignDomainAddress: careOfAddress,
    inform: revocation.inform,
    association,
    expiresAtMilliseconds: registeredUntilMilliseconds,
  })
}

/**
 * The visit that an authentic revocation of a home agent names; undefined for none. A home agent of another realm than the visitor's
 * has no say in it.
 */
export function revokedVisit(
  {
    careOfAddress,
    homeAgentKeys,
    visits,
    inform,
  }: VisitRevocationParts & {
    visits: Visits
    /** Tells the node that it has to register anew. */
    inform(visitor: VisitorEntry): void
  },
  { homeAddress, homeDomainAddress, foreignDomainAddress, flags }: Revocation,
): RevokedRegistration | undefined {
  const visitor = visits.visitors.withHomeAddress(homeAddress)
  if (!visitor?.revocation || visitor.homeAgent !== homeDomainAddress) return undefined
  if (foreignDomainAddress !== careOfAddress) return undefined
  const { nai, session, revocation } = visitor
  if (!homeAgentKeys.ofRealm(homeDomainAddress, realmOf(nai))) return undefined
  return {
    timestampSeconds: revocation.timestampSeconds,
    end: () =>
      visits.turns.take(nai, async () => {
        // A later registration of the same node is not what was revoked.
        if (visits.visitors.of(nai)?.session.sessionId !== session.sessionId) return { inform: false }
        await visits.release(nai, 'DIAMETER_ADMINISTRATIVE')
        if (flags.inform) inform(visitor)
        return { inform: flags.inform }
      }),
  }
}
