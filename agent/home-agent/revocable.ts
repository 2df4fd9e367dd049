import type { Ipv4Address } from '#core/ipv4.ts'
import type { Revocation, RevokedRegistration } from '../revocation/revocations.ts'
import type { BindingRegistration } from './binding-registration.ts'

/** The binding that a foreign agent ends, if both had agreed that it may (RFC 3543, section 4). */
export function findRevocable(
  registration: Pick<BindingRegistration, 'bindings' | 'turns' | 'releaseCareOf'>,
  homeAgent: Ipv4Address,
  { homeAddress, homeDomainAddress, foreignDomainAddress, flags }: Revocation,
): RevokedRegistration | undefined {
  const { bindings, turns } = registration
  const nai = homeDomainAddress === homeAgent ? bindings.withHomeAddress(homeAddress)?.nai : undefined
  if (nai === undefined) return undefined
  const terms = () =>
    bindings.of(nai)?.careOf.find(({ careOfAddress }) => careOfAddress === foreignDomainAddress)?.revocation
  const agreed = terms()
  if (!agreed) return undefined
  return {
    timestampSeconds: agreed.timestampSeconds,
    end: () =>
      turns.take(nai, async () => {
        if (terms() === agreed)
          await registration.releaseCareOf(nai, foreignDomainAddress, 'DIAMETER_ADMINISTRATIVE')
        // The foreign agent tells the node, if it may.
        return { inform: agreed.inform && flags.inform }
      }),
  }
}
