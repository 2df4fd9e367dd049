/** A service profile in the terms of the datapath, and what the kernel holds of it in the terms of the profile. Pure. */
import type { Rates } from '#wire/diameter/qos-parameters.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { Applied, SubscriberFootprint } from '../datapath/footprint.ts'

type ProfileTerms = Pick<SubscriberFootprint, 'downlink' | 'uplink' | 'dscp' | 'filters' | 'flows'>

/** What a foreign agent does for a profile: all that it says. */
export function profileTerms({ downlink, uplink, dscp, filters, flows }: ServiceProfile): ProfileTerms {
  return {
    downlink,
    ...(uplink && { uplink: { ...uplink, priority: downlink.priority } }),
    ...(dscp !== undefined && { dscp }),
    ...(filters && { filters }),
    ...(flows && { flows }),
  }
}

/** What a home agent does for a profile: all but the uplink, which is limited where the node sends. */
export function homeProfileTerms(profile: ServiceProfile): ProfileTerms {
  const { uplink: _, ...terms } = profileTerms(profile)
  return terms
}

/**
 * The profile as it is in force at this agent: with the rates that the kernel told, and without what was not asked of it. What has no
 * class (filters, code points, a policer) was compared with the kernel's answer by the datapath.
 */
export function heldProfile(
  { name, revision }: ServiceProfile,
  { uplink: policed, dscp, filters, flows }: SubscriberFootprint,
  applied: Applied,
): ServiceProfile {
  const uplink = applied.uplink ?? policed
  return {
    name,
    revision,
    downlink: applied.downlink,
    ...(uplink && { uplink: ratesOf(uplink) }),
    ...(dscp !== undefined && { dscp }),
    ...(filters && filters.length > 0 && { filters }),
    ...(flows &&
      flows.length > 0 && {
        flows: flows.map((flow) => ({ ...flow, shaping: applied.flows?.[flow.name] ?? flow.shaping })),
      }),
  }
}

function ratesOf({ rateBitsPerSecond, ceilBitsPerSecond }: Rates): Rates {
  return { rateBitsPerSecond, ceilBitsPerSecond }
}
