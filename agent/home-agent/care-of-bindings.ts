/** The care-of addresses of one node, and how a registration changes them (RFC 5944, section 3.8.2.2). Pure. */
import type { Ipv4Address } from '#core/ipv4.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import { homeProfileTerms } from '../authorized-session/profile-footprint.ts'
import { footprintLimits, type SubscriberFootprint } from '../datapath/footprint.ts'
import type { CareOfBinding, CareOfBindings, MobilityBinding } from './mobility-binding.ts'

/** With further ones a request is denied with code 135. */
export const maximumSimultaneousBindings = footprintLimits.copies

/** The new one comes first, in place of a former one of its address; the others stay only if the node asked for that. */
export function withCareOf(
  held: readonly CareOfBinding[],
  added: CareOfBinding,
  simultaneous: boolean,
): CareOfBindings {
  return [added, ...(simultaneous ? withoutCareOf(held, added.careOfAddress) : [])]
}

/** Lets all but the last registered end then, if not before. */
export function endOthersAt([current, ...others]: CareOfBindings, atMilliseconds: number): CareOfBindings {
  const ending = others.map((other) => ({
    ...other,
    expiresAtMilliseconds: Math.min(other.expiresAtMilliseconds, atMilliseconds),
  }))
  return [current, ...ending]
}

export function withoutCareOf(held: readonly CareOfBinding[], careOfAddress: Ipv4Address): CareOfBinding[] {
  return held.filter((binding) => binding.careOfAddress !== careOfAddress)
}

export function isNotEmpty(careOf: readonly CareOfBinding[]): careOf is CareOfBindings {
  return careOf.length > 0
}

/** When the first of them ends. */
export function firstEnd(careOf: CareOfBindings): number {
  return Math.min(...careOf.map(({ expiresAtMilliseconds }) => expiresAtMilliseconds))
}

/** When the last of them ends, and the binding with it. */
export function lastEnd(careOf: CareOfBindings): number {
  return Math.max(...careOf.map(({ expiresAtMilliseconds }) => expiresAtMilliseconds))
}

/** What a binding asks of the kernel: packets for the home address go into the tunnels, in the class of the profile. */
export function bindingFootprint(
  { homeAddress, careOf: [current, ...others] }: Pick<MobilityBinding, 'homeAddress' | 'careOf'>,
  profile: ServiceProfile,
): SubscriberFootprint {
  const accepts = [current, ...others].some(({ reverseTunnel }) => reverseTunnel)
  return {
    homeAddress,
    tunnel: current.tunnel,
    ...homeProfileTerms(profile),
    delivery: { via: 'tunnel' },
    ...(others.length > 0 && { alsoDeliverTo: others.map(({ tunnel }) => tunnel) }),
    ...(accepts && { reverseTunnel: { style: 'direct' } }),
  }
}
