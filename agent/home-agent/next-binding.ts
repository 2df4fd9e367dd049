/** What an accepted registration makes of a node's row (RFC 5944, section 3.8.2.2). Pure, but for a GRE key that is drawn. */
import type { Ipv4Address } from '#core/ipv4.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { withCareOf } from './care-of-bindings.ts'
import type { BindingGrant, MobilityBinding } from './mobility-binding.ts'
import type { RequestOrigin } from './registration-outcome.ts'
import { revocationTerms } from './revocation-terms.ts'
import { tunnelTerms } from './tunnel-terms.ts'

export function nextBinding(
  request: RegistrationRequest,
  grant: BindingGrant,
  current: MobilityBinding | undefined,
  { foreignAgent, nodeSource }: RequestOrigin,
  { homeAgent, expiresAtMilliseconds }: { homeAgent: Ipv4Address; expiresAtMilliseconds: number },
): MobilityBinding {
  const { careOfAddress, identification, flags } = request
  const held = current?.careOf ?? []
  const former = held.find((binding) => binding.careOfAddress === careOfAddress)
  const revocation = revocationTerms(request, grant.association, foreignAgent, nodeSource !== undefined)
  const added = {
    careOfAddress,
    tunnel: tunnelTerms(homeAgent, request, former?.tunnel),
    reverseTunnel: flags.reverseTunnelling,
    expiresAtMilliseconds,
    ...(revocation && { revocation }),
  }
  return {
    ...grant,
    profile: newer(grant.profile, current?.profile),
    identification,
    careOf: withCareOf(held, added, flags.simultaneousBindings),
  }
}

/** A profile change that overtook the registration stays in force. */
function newer(granted: ServiceProfile, held: ServiceProfile | undefined): ServiceProfile {
  return held !== undefined && held.revision > granted.revision ? held : granted
}
