/** What a visitor asks of the kernel. Pure. */
import type { Ipv4Address } from '#core/ipv4.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import { profileTerms } from '../authorized-session/profile-footprint.ts'
import type { SubscriberFootprint, Tunnel } from '../datapath/footprint.ts'
import type { VisitorEntry } from './visitor-list.ts'

/** The ways of a visitor's packets. */
export type Passage = Pick<
  VisitorEntry,
  'homeAddress' | 'homeAgent' | 'linkAddress' | 'tunnel' | 'previous' | 'next'
>

/** Where this agent serves its visitors. */
export interface VisitPlace {
  careOfAddress: Ipv4Address
  accessInterface: string
  /** They may send to visitors without the home agent in between. */
  correspondentAgents?: readonly Ipv4Address[]
}

/**
 * Out of the tunnel, onto the access link, in the class of the profile; and back, if so settled. During a move also what another agent
 * still sends here, or has to be sent there.
 */
export function visitFootprint(
  { careOfAddress, accessInterface, correspondentAgents = [] }: VisitPlace,
  { homeAddress, homeAgent, linkAddress, tunnel: { reverseTunnel, ...tunnel }, previous, next }: Passage,
  profile: ServiceProfile,
): SubscriberFootprint {
  const tunnelWith = (remote: Ipv4Address): Tunnel => ({
    encapsulation: 'ipip',
    local: careOfAddress,
    remote,
  })
  const furtherSenders = [...(previous ? [previous.careOfAddress] : []), ...correspondentAgents]
  return {
    homeAddress,
    tunnel: { ...tunnel, local: careOfAddress, remote: homeAgent },
    ...profileTerms(profile),
    delivery: { via: 'access', interface: accessInterface, linkAddress },
    ...(reverseTunnel && { reverseTunnel }),
    ...(furtherSenders.length > 0 && { alsoAcceptFrom: furtherSenders.map(tunnelWith) }),
    ...(next && { forwardTo: tunnelWith(next.careOfAddress) }),
  }
}
