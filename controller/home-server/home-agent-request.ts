import type { RequestBody } from '#diameter/handler.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { Admission } from './admission.ts'
import type { AuthenticRequest } from './authentication.ts'
import { profileAvps } from './profile-transfer.ts'

const features = dictionary['MIP-Feature-Vector'].values

/**
 * Home-Agent-MIP-Request (RFC 4004, section 5.3): the registration as the node made it, the profile, and the keys that were asked for.
 * Without a home address the home agent, which is in another network then, has to assign one.
 */
export function homeAgentRequest(
  { subscriber }: AuthenticRequest,
  avps: Avps<'AA-Mobile-Node', 'request'>,
  { homeAgent, homeSessionId, homeAddress, authorizationLifetimeSeconds, effective, keys }: Admission,
): RequestBody<'Home-Agent-MIP'> {
  const {
    'MIP-Originating-Foreign-AAA': originatingForeignServer,
    'MIP-Candidate-Home-Agent-Host': candidate,
    'MIP-Home-Agent-Host': named,
  } = avps
  const asked = avps['MIP-Feature-Vector'] ?? 0
  return {
    'Session-Id': homeSessionId,
    'Destination-Realm': homeAgent.realm,
    'Destination-Host': homeAgent.identity,
    'User-Name': subscriber.nai,
    'MIP-Reg-Request': avps['MIP-Reg-Request'],
    'MIP-Feature-Vector': homeAgent.isForeign
      ? (asked & ~features['Foreign-Home-Agent-Available']) | features['Home-Agent-In-Foreign-Network']
      : asked,
    ...(homeAddress !== undefined && { 'MIP-Mobile-Node-Address': homeAddress }),
    ...(homeAgent.address !== undefined && { 'MIP-Home-Agent-Address': homeAgent.address }),
    ...(homeAgent.isForeign && {
      ...(originatingForeignServer && { 'MIP-Originating-Foreign-AAA': originatingForeignServer }),
      ...(candidate !== undefined && { 'MIP-Candidate-Home-Agent-Host': candidate }),
      ...(named && { 'MIP-Home-Agent-Host': named }),
    }),
    'Authorization-Lifetime': authorizationLifetimeSeconds,
    'Auth-Session-State': dictionary['Auth-Session-State'].values.STATE_MAINTAINED,
    ...profileAvps(effective),
    ...keys.forMobileNodeAndHomeAgent,
    ...keys.forHomeAgent,
  }
}
