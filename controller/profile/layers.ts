/**
 * Who decides what: base (what the subscriber bought) < condition (what events set) < override (what an operator
 * imposes), field by field.
 */
import { type Decided, type EffectiveFlow, fitCeil, fitFlows } from './consistency.ts'
import { type FieldPath, type Fields, type FieldValue, fieldPaths, fieldsOf, formatField } from './field.ts'
import { defaultPriority } from './service-class.ts'
import type { ServiceProfile } from './service-profile.ts'

/** The weakest first. */
export const layerNames = ['base', 'condition', 'override'] as const
export type LayerName = (typeof layerNames)[number]

export interface LayerEntry {
  layer: LayerName
  /** For people: the profile, condition or override that says so. */
  source: string
  fields: Fields
  reason: string
  author: string
  /** Milliseconds since 1970; an entry of the future does not count yet. */
  since: number
  /** Milliseconds since 1970; from then on it counts no more. */
  until?: number | undefined
}

/** Which entry decides a field. `note` says why the value is not the one that this entry has for the field. */
export interface Decision extends Omit<LayerEntry, 'fields'> {
  note?: string
}

/** What the agents are to enforce: complete, and consistent in itself. Units as in `ServiceProfile`. */
export interface EffectiveProfile extends Omit<ServiceProfile, 'conditions' | 'tariff' | 'class' | 'flows'> {
  class: {
    downlink: { rate: number; ceil: number; priority: number }
    uplink?: { rate: number; ceil: number }
    dscp?: number
  }
  flows: EffectiveFlow[]
}

export interface Effective {
  profile: EffectiveProfile
  /** By path; of a field that no entry mentions, nothing. */
  decidedBy: { [Path in FieldPath]?: Decision }
  /** When an entry begins or runs out next: resolve again then. */
  changesAt?: number
}

/**
 * The profile in force at `now`. Per field the first of these decides that mentions it: overrides from the newest
 * to the oldest, conditions in the order given, base entries from the newest. Undefined when no entry has a name
 * and a downlink rate.
 */
export function resolve(entries: readonly LayerEntry[], now: number): Effective | undefined {
  const ranked = rank(entries.filter(({ since, until = Infinity }) => since <= now && now < until))
  const decide = <Path extends FieldPath>(path: Path): Decided<FieldValue<Path> | undefined> => {
    const found = ranked.findIndex(({ fields }) => fields[path] !== undefined)
    const value: FieldValue<Path> | null | undefined = ranked[found]?.fields[path]
    return { value: value ?? undefined, rank: found < 0 ? ranked.length : found }
  }
  const name = decide('name')
  const rate = decide('class.downlink.rate')
  if (name.value === undefined || rate.value === undefined) return undefined

  const downlink = fitCeil({ ...rate, value: rate.value }, decide('class.downlink.ceil'))
  const priority = decide('class.downlink.priority')
  const uplinkRate = decide('class.uplink.rate')
  const uplink =
    uplinkRate.value === undefined
      ? undefined
      : fitCeil({ ...uplinkRate, value: uplinkRate.value }, decide('class.uplink.ceil'))
  const dscp = decide('class.dscp')
  const shaping = {
    rate: downlink.rate.value,
    ceil: downlink.ceil.value,
    priority: priority.value ?? defaultPriority,
  }
  const written = decide('flows')
  const flows = fitFlows({ ...written, value: written.value ?? [] }, shaping)
  const filters = decide('filters')
  const onFailure = decide('distribution.onFailure')

  const decided: Record<FieldPath, Decided<unknown>> = {
    name,
    'class.downlink.rate': downlink.rate,
    'class.downlink.ceil': downlink.ceil,
    'class.downlink.priority': priority,
    'class.uplink.rate': uplink?.rate ?? uplinkRate,
    'class.uplink.ceil': uplink?.ceil ?? uplinkRate,
    'class.dscp': dscp,
    filters,
    flows,
    'distribution.onFailure': onFailure,
  }
  const changesAt = nextChange(entries, now)
  return {
    profile: {
      name: name.value,
      class: {
        downlink: shaping,
        ...(uplink && { uplink: { rate: uplink.rate.value, ceil: uplink.ceil.value } }),
        ...(dscp.value !== undefined && { dscp: dscp.value }),
      },
      filters: filters.value ?? [],
      flows: flows.value,
      distribution: { onFailure: onFailure.value ?? 'roll-back' },
    },
    decidedBy: decisions(decided, ranked),
    ...(changesAt !== undefined && { changesAt }),
  }
}

/** The strongest first. */
function rank(entries: readonly LayerEntry[]): LayerEntry[] {
  return layerNames.toReversed().flatMap((name) => {
    const layer = entries.filter((entry) => entry.layer === name)
    if (name === 'condition') return layer
    return layer.toSorted((a, b) => b.since - a.since || (a.source < b.source ? -1 : 1))
  })
}

function decisions(
  decided: Record<FieldPath, Decided<unknown>>,
  ranked: readonly LayerEntry[],
): Effective['decidedBy'] {
  const result: Effective['decidedBy'] = {}
  for (const path of fieldPaths) {
    const { rank, note } = decided[path]
    const entry = ranked[rank]
    if (!entry) continue
    const { fields: _, ...decision } = entry
    result[path] = note === undefined ? decision : { ...decision, note }
  }
  return result
}

function nextChange(entries: readonly LayerEntry[], now: number): number | undefined {
  const times = entries.flatMap(({ since, until = Infinity }) => [since, until])
  const next = Math.min(...times.filter((time) => time > now))
  return next === Infinity ? undefined : next
}

/** For people: the value, which layer decides it, who, why and for how long. Times are ISO 8601. */
export function explainField(effective: Effective, path: FieldPath): string {
  const value = formatField(path, fieldsOf(effective.profile)[path])
  const decision = effective.decidedBy[path]
  if (!decision) return `${path} is ${value}: the default`
  const { layer, source, reason, author, since, until, note } = decision
  const end = until === undefined ? '' : ` until ${new Date(until).toISOString()}`
  const period = `since ${new Date(since).toISOString()}${end}`
  return `${path} is ${value}${note ? ` (${note})` : ''}: ${layer} "${source}", ${reason} (${author}, ${period})`
}

/** Of those who decide a field, the one of the strongest layer. There is one: somebody decides the name. */
export function strongest(decidedBy: Effective['decidedBy']): Decision {
  const rank = ({ layer }: Decision): number => layerNames.indexOf(layer)
  return Object.values(decidedBy).reduce((found, other) => (rank(other) > rank(found) ? other : found))
}
