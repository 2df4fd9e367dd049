import { randomBytes } from 'node:crypto'
import type { RequestBody } from '#diameter/handler.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { deriveKey, keyAlgorithms, nonceBytes, replayMethods } from '#wire/mobile-ip/key-distribution.ts'
import type { RevisedProfile } from '../database/service-control-database.ts'
import type { AuthenticRequest } from './authentication.ts'
import type { HomeAgent } from './home-agent-choice.ts'
import { profileAvps } from './profile-transfer.ts'

/**
 * Home-Agent-MIP-Request (RFC 4004, section 5.3): the registration as the node made it, the profile, and the
 * key between node and home agent if the node asked for one.
 */
export function homeAgentRequest(
  { subscriber, request, key }: AuthenticRequest,
  avps: Avps<'AA-Mobile-Node', 'request'>,
  homeAgent: HomeAgent & { realm: string; sessionId: string },
  authorizationLifetimeSeconds: number,
  effective: RevisedProfile,
): RequestBody<'Home-Agent-MIP'> {
  const wantsKey = findExtension(request.extensions, 'mn-ha-key-generation-request') !== undefined
  return {
    'Session-Id': homeAgent.sessionId,
    'Destination-Realm': homeAgent.realm,
    'Destination-Host': homeAgent.identity,
    'User-Name': subscriber.nai,
    'MIP-Reg-Request': avps['MIP-Reg-Request'],
    'MIP-Feature-Vector': avps['MIP-Feature-Vector'] ?? 0,
    'MIP-Mobile-Node-Address': subscriber.homeAddress,
    'MIP-Home-Agent-Address': homeAgent.address,
    'Authorization-Lifetime': authorizationLifetimeSeconds,
    'Auth-Session-State': dictionary['Auth-Session-State'].values.STATE_MAINTAINED,
    ...profileAvps(effective),
    ...(wantsKey && {
      ...mobileNodeHomeAgentKey(key, subscriber.nai),
      'MIP-MSA-Lifetime': authorizationLifetimeSeconds,
    }),
  }
}

/**
 * The home agent gets the key itself, and for the node the nonce from which the node derives it (RFC 3957;
 * RFC 4004, section 9).
 */
function mobileNodeHomeAgentKey(aaaKey: Buffer, nai: string) {
  const nonce = randomBytes(nonceBytes)
  const association = {
    'MIP-Algorithm-Type': keyAlgorithms.hmacSha1,
    'MIP-Replay-Mode': replayMethods.timestamps,
  }
  return {
    'MIP-MN-to-HA-MSA': { ...association, 'MIP-Nonce': nonce },
    'MIP-HA-to-MN-MSA': { ...association, 'MIP-Session-Key': deriveKey(aaaKey, nonce, nai) },
  }
}
