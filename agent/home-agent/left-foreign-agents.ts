import type { Ipv4Address } from '#core/ipv4.ts'
import type { Revocations } from '../revocation/revocations.ts'
import type { CareOfBinding, MobilityBinding } from './mobility-binding.ts'

/** Tells the foreign agents that the node has left them, where that was agreed on (RFC 3543, section 4). */
export function revokeAt(
  left: readonly CareOfBinding[],
  { homeAddress }: Pick<MobilityBinding, 'homeAddress'>,
  { address, revocations }: { address: Ipv4Address; revocations: Pick<Revocations, 'revoke'> },
): void {
  for (const { careOfAddress, expiresAtMilliseconds, revocation } of left)
    if (revocation)
      revocations.revoke({
        homeAddress,
        homeDomainAddress: address,
        foreignDomainAddress: careOfAddress,
        inform: revocation.inform,
        association: revocation.association,
        authentication: revocation.authentication,
        expiresAtMilliseconds,
      })
}
