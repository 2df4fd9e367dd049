import type { ProfileTemplate, Shaping } from './schema.ts'

/**
 * Later layers win: what the subscriber bought, what a condition set, what an operator imposes for a while.
 */
export const layerNames = ['base', 'condition', 'override'] as const
export type LayerName = (typeof layerNames)[number]

export interface Layer {
  layer: LayerName
  /** Name of the profile that this layer asks for. */
  profile: string
  reason: string
  author: string
  /** Milliseconds since 1970. */
  since: number
}

/** What the agents are to enforce, with the layer that decided it. */
export interface EffectiveProfile {
  name: string
  downlink: Shaping
  decidedBy: Layer
}

/**
 * The profile in force. A layer that names a profile which no longer exists is passed over, so that the lower
 * one decides. Undefined when no layer names a profile that exists.
 */
export function resolve(
  layers: readonly Layer[],
  profiles: ReadonlyMap<string, ProfileTemplate>,
): EffectiveProfile | undefined {
  for (const name of layerNames.toReversed()) {
    const decidedBy = layers.find(({ layer }) => layer === name)
    const profile = decidedBy && profiles.get(decidedBy.profile)
    if (profile) return { name: profile.name, downlink: profile.downlink, decidedBy }
  }
  return undefined
}

/** Whether the agents and the operator would see any difference; a mere repetition makes no new revision. */
export function isSameEffect(a: EffectiveProfile, b: EffectiveProfile): boolean {
  return (
    a.name === b.name &&
    a.decidedBy.layer === b.decidedBy.layer &&
    a.downlink.rateBitsPerSecond === b.downlink.rateBitsPerSecond &&
    a.downlink.ceilBitsPerSecond === b.downlink.ceilBitsPerSecond &&
    a.downlink.priority === b.downlink.priority
  )
}
