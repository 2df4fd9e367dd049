import { describeError } from '#core/error.ts'
import {
  decodeServiceProfile,
  encodeServiceProfile,
  type ServiceProfileAvps,
} from '#wire/diameter/service-profile.ts'
import type { RevisedProfile } from '../database/service-control-database.ts'
import type { Shaping } from '../profile/schema.ts'

/** The AVPs by which a profile goes to an agent. */
export function profileAvps({ name, revision, downlink }: RevisedProfile): ServiceProfileAvps {
  return encodeServiceProfile({ name, revision, downlink })
}

/** Rates travel as Float32, and a kernel may round: a difference below one in a thousand is none. */
const tolerance = 1e-3

/**
 * What an agent read back from its kernel, held against what it was told: why that is not in force there, or
 * undefined when it is.
 */
export function mismatch(
  told: RevisedProfile,
  answered: Parameters<typeof decodeServiceProfile>[0],
): string | undefined {
  try {
    const held = decodeServiceProfile(answered)
    if (held === undefined) return 'the agent did not say what it holds'
    if (held.revision < told.revision) return `the agent still holds revision ${held.revision}`
    if (held.revision > told.revision)
      return `the agent holds revision ${held.revision}, which is newer than the database`
    return difference(told.downlink, held.downlink)
  } catch (error) {
    return describeError(error)
  }
}

function difference(told: Shaping, held: Shaping): string | undefined {
  const field = (['rateBitsPerSecond', 'ceilBitsPerSecond', 'priority'] as const).find(
    (name) => Math.abs(held[name] - told[name]) > told[name] * tolerance,
  )
  return field && `the agent's kernel holds downlink ${field} ${held[field]} instead of ${told[field]}`
}
