import type { AdvertisedAgent } from '../advertisement/advertiser.ts'
import type { ForeignAgentOffer } from './request-checks.ts'

/** A foreign agent as its advertisements describe it: each flag is what the agent offers or asks for (RFC 5944, section 2.1.1). */
export function advertisedForeignAgent(
  { address, careOfAddress, registrationLifetimeSeconds, gre, reverseTunnelling }: ForeignAgentOffer,
  {
    revocation,
    ...more
  }: Pick<AdvertisedAgent, 'intervalSeconds' | 'prefixLength'> & { revocation: boolean },
): AdvertisedAgent {
  return {
    address,
    careOfAddresses: [careOfAddress],
    flags: {
      registrationRequired: true,
      foreignAgent: true,
      gre: gre !== undefined,
      reverseTunnelling: reverseTunnelling !== undefined,
      registrationRevocation: revocation,
    },
    registrationLifetimeSeconds,
    ...more,
  }
}
