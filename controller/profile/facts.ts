import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { repetitionSeconds } from '#wire/diameter/network-report.ts'
import type { TranslatedAddress, TranslationMapping } from '#wire/diameter/translation-report.ts'
import { type Fields, fieldsOf } from './field.ts'
import type { EffectiveProfile } from './layers.ts'

/** What a period has seen so far. */
export interface PeriodUsage {
  downlinkBytes: number
  uplinkBytes: number
  connectedMilliseconds: number
}

/** A link on the subscriber's way, as its agent last read it from the kernel. */
export interface LinkState {
  /** When it was read, by the agent's clock: milliseconds since 1970. */
  at: number
  /** When the home server heard it, by its own; as `at` when absent. */
  heardAt?: number
  up: boolean
  /** 0 to 1. */
  utilization: number
  dropsPerSecond: number
}

/** Who has not repeated a report for that long serves the subscriber no more, or cannot say so: two of them are missing. */
const staleMilliseconds = 2.5 * repetitionSeconds * 1000

/** From then on nothing is known of the link. Milliseconds since 1970 */
export function staleAt({ at, heardAt = at }: LinkState): number {
  return heardAt + staleMilliseconds
}

/** How addresses are translated for a subscriber, between the agents (inside) and his correspondents (outside). */
export interface Translation {
  /** How many mappings of his live. */
  mappings: number
  /** Of the pool from which he gets new ones: 0 to 1. */
  poolUsed: number
  /** What hosts are called on either side. */
  addresses?: readonly TranslatedAddress[]
  /** What his ports are outside: of the mappings. */
  ports?: readonly TranslationMapping[]
}

/** Everything known of the subscriber at one moment. Times are milliseconds since 1970. */
export interface Facts {
  /** Of the home domain (IANA): where a day and a month begin. */
  timeZone: string
  session?:
    | {
        id: string
        startedAt: number
        /** The end of the grant, unless the node authenticates again before. */
        authenticatedUntil: number
        domain: string
        /** Absent with a co-located care-of address. */
        foreignAgent?: string | undefined
      }
    | undefined
  /** As of `at`: of the session, and of the day and the month then current. */
  usage?: { at: number; session: PeriodUsage; day: PeriodUsage; month: PeriodUsage } | undefined
  /** Prepaid, in the operator's unit. */
  balance?: number | undefined
  /** What a millisecond of the open session takes from the balance. */
  balancePerMillisecond?: number | undefined
  /** By NODE/INTERFACE; only links that carry this subscriber. */
  links?: Readonly<Record<string, LinkState>> | undefined
  /** As the address translator last reported it. */
  translation?: Translation | undefined
  /** Not yet passed, in any order; one that was passed before changes nothing. */
  events: readonly SignalEvent[]
}

/** Something that happened once. Ids are unique and never used again. */
export type SignalEvent = { id: string; at: number } & (
  | { kind: 'authentication-failure' }
  | { kind: 'second-location'; foreignAgent: string }
  /** The node asks for resources; what for is in a layer's terms. */
  | { kind: 'authorization-request'; requested: Fields; beyondGrant: boolean }
  | { kind: 'mapping-created' | 'mapping-removed' | 'rule-changed' }
)
export type SignalKind = SignalEvent['kind']

const times = z.record(z.string(), z.number())
const met = z.object({
  since: z.number(),
  until: z.number().optional(),
  /** The session that it ends with, where one was open. */
  session: z.string().optional(),
  /** The newest event that met it. */
  event: z.object({ id: z.string(), at: z.number() }).optional(),
  /** What was asked for by the request that met it, if one did. */
  requested: z.custom<Fields>((value) => typeof value === 'object').optional(),
  reason: z.string(),
})
export type Met = z.output<typeof met>
const conditionState = z.object({
  met: met.optional(),
  /** By place in `when`. */
  bands: z.record(z.string(), z.object({ over: z.boolean(), crossedAt: z.number().optional() })),
  /** By place in `when`: events that are not over yet, with the session in which they came (or ''). */
  standing: z.record(z.string(), z.string()),
})

/** What evaluation remembers from one time to the next; survives JSON. */
export const evaluationState = z.object({
  /** Ids of the events of the last hour that were applied, with their time. */
  applied: times,
  /** Failed authentications that still count. */
  failures: times,
  conditions: z.record(z.string(), conditionState),
})
export type EvaluationState = z.output<typeof evaluationState>
export type ConditionState = z.output<typeof conditionState>

export const initialState: EvaluationState = { applied: {}, failures: {}, conditions: {} }

/**
 * Whether a request asks for more than the profile has: a higher rate or ceil, a better priority, or another value of
 * what has no more and less.
 */
export function isBeyondGrant(granted: EffectiveProfile, requested: Fields): boolean {
  const grant: Readonly<Record<string, unknown>> = fieldsOf(granted)
  return Object.entries(requested).some(([path, wanted]) => isBeyond(path, wanted, grant[path]))
}

function isBeyond(path: string, wanted: unknown, has: unknown): boolean {
  const isRate = path.endsWith('.rate') || path.endsWith('.ceil')
  if (isRate && has === null) return false
  if (typeof wanted === 'number' && typeof has === 'number') {
    if (isRate) return wanted > has
    if (path.endsWith('.priority')) return wanted < has
  }
  return !isDeepStrictEqual(wanted, has)
}
