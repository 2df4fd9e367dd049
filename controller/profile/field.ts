/**
 * A profile as fields, each under the path by which layers, edits and people name it. Lists are one field each.
 */
import { formatDuration, formatRate } from '#core/units.ts'
import type { PartialProfile } from './control-condition.ts'
import { formatDscp } from './dscp.ts'
import type { Flow, PacketFilter } from './flow.ts'
import { formatMatch } from './packet-match.ts'
import type { ServiceProfile } from './service-profile.ts'

export const fieldPaths = [
  'name',
  'class.downlink.rate',
  'class.downlink.ceil',
  'class.downlink.priority',
  'class.uplink.rate',
  'class.uplink.ceil',
  'class.dscp',
  'filters',
  'flows',
  'distribution.onFailure',
] as const
export type FieldPath = (typeof fieldPaths)[number]

type At<Value, Path extends string> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof Value
    ? At<NonNullable<Value[Head]>, Rest>
    : never
  : Path extends keyof Value
    ? NonNullable<Value[Path]>
    : never

export type FieldValue<Path extends FieldPath> = At<ServiceProfile, Path>

/**
 * What one layer says. Absent: nothing, a lower layer decides. `null`: none (no DSCP, no class for the uplink, a
 * ceil as the rate). Units as in `ServiceProfile`; survives JSON.
 */
export type Fields = { [Path in FieldPath]?: FieldValue<Path> | null }

/** A profile without its conditions and its tariff: what all of it says, `null` where it says none. */
export function fieldsOf(profile: Omit<ServiceProfile, 'conditions' | 'tariff'>): Fields {
  const { name, class: service, filters, flows, distribution } = profile
  return {
    name,
    'class.downlink.rate': service.downlink.rate,
    'class.downlink.ceil': service.downlink.ceil ?? null,
    'class.downlink.priority': service.downlink.priority,
    'class.uplink.rate': service.uplink?.rate ?? null,
    'class.uplink.ceil': service.uplink?.ceil ?? null,
    'class.dscp': service.dscp ?? null,
    filters,
    flows,
    'distribution.onFailure': distribution.onFailure,
  }
}

/** What a `set` says, and nothing else. */
export function fieldsOfSet({ class: service = {}, filters, flows, distribution }: PartialProfile): Fields {
  const uplink = service.uplink === null ? { rate: null, ceil: null } : service.uplink
  return present({
    'class.downlink.rate': service.downlink?.rate,
    'class.downlink.ceil': service.downlink?.ceil,
    'class.downlink.priority': service.downlink?.priority,
    'class.uplink.rate': uplink?.rate,
    'class.uplink.ceil': uplink?.ceil,
    'class.dscp': service.dscp,
    filters,
    flows,
    'distribution.onFailure': distribution?.onFailure,
  })
}

function present(fields: { [Path in FieldPath]?: Fields[Path] | undefined }): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

type Formats = { [Path in FieldPath]: (value: FieldValue<Path>) => unknown }

/** Each field as a person writes it. */
const formats: Formats = {
  name: String,
  'class.downlink.rate': formatRate,
  'class.downlink.ceil': formatRate,
  'class.downlink.priority': Number,
  'class.uplink.rate': formatRate,
  'class.uplink.ceil': formatRate,
  'class.dscp': formatDscp,
  filters: (filters) => filters.map(formatFilter),
  flows: (flows) => flows.map(formatFlow),
  'distribution.onFailure': String,
}

function formatFilter({ match, ...rest }: PacketFilter) {
  return { ...rest, match: formatMatch(match) }
}

function formatFlow({ match, rate, ceil, dscp, lifetime, ...rest }: Flow) {
  return {
    ...rest,
    match: formatMatch(match),
    rate: formatRate(rate),
    ...(ceil !== undefined && { ceil: formatRate(ceil) }),
    ...(dscp !== undefined && { dscp: formatDscp(dscp) }),
    ...(lifetime !== undefined && { lifetime: formatDuration(lifetime) }),
  }
}

/** A value as it stands in a document: with units and names. */
export function documentValue<Path extends FieldPath>(path: Path, value: FieldValue<Path>): unknown {
  const format: (value: FieldValue<Path>) => unknown = formats[path]
  return format(value)
}

/** A value on one line: `20mbit`, `AF41`, `none`, a list as JSON. */
export function formatField<Path extends FieldPath>(
  path: Path,
  value: FieldValue<Path> | null | undefined,
): string {
  if (value === null || value === undefined) return 'none'
  const written = documentValue(path, value)
  return typeof written === 'object' ? JSON.stringify(written) : String(written)
}
