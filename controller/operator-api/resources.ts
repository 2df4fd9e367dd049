/**
 * What the operator API takes and answers: JSON, one schema per resource, from which the types, the client's
 * check and the documentation come. Resources only grow. Times are ISO 8601.
 */
import { z } from 'zod'
import { layerNames } from '../profile/layers.ts'
import type { ChangeBackend } from './change-resources.ts'
import type { Gauges } from './metrics.ts'
import { type PageRequest, pageEnd } from './page.ts'

/**
 * - `applied`: all agents hold the revision;
 * - `stored`: there is no session, it takes effect at the next registration;
 * - `pending`: an agent has not answered or confirmed yet;
 * - `rolled-back`: an agent refused it, all hold what was in force before, as the next revision;
 * - `split`: some agents hold it and some could not be brought to;
 * - `failed`: no agent holds it, what was in force before still is.
 */
export const profileState = z.enum(['applied', 'stored', 'pending', 'rolled-back', 'split', 'failed'])

const nodeState = z.object({
  role: z.enum(['home-agent', 'foreign-agent']),
  /** Read back from the agent's kernel; null while it has not said yet. */
  revision: z.number().nullable(),
  /** From the order to the arrival of the read-back; null when the agent confirmed it otherwise. */
  milliseconds: z.number().nullable(),
  /** Why the newest revision is not in force there. */
  failure: z.string().nullable(),
})

/** By Diameter identity. */
export const nodes = z.record(z.string(), nodeState)

const summary = z.object({
  nai: z.string(),
  homeAddress: z.string(),
  profile: z.string(),
  revision: z.number(),
  decidedBy: z.enum(layerNames),
  /** Identity of the foreign agent that is visited; null without a session. */
  foreignAgent: z.string().nullable(),
})

/** GET /v1/subscribers, in the order of the NAIs. */
export const subscriberList = z.object({ subscribers: z.array(summary), next: pageEnd })

const session = z.object({
  sessionId: z.string(),
  startedAt: z.string(),
  authorizedUntil: z.string(),
  homeAgent: z.object({ identity: z.string(), address: z.string() }),
  foreignAgent: z.object({ identity: z.string(), careOfAddress: z.string() }).nullable(),
  usage: z.object({
    downlinkBytes: z.number(),
    downlinkPackets: z.number(),
    uplinkBytes: z.number(),
    uplinkPackets: z.number(),
  }),
})

/** GET /v1/subscribers/:nai */
export const subscriberDetail = z.object({
  nai: z.string(),
  homeAddress: z.string(),
  profile: z.object({
    name: z.string(),
    downlink: z.object({
      rateBitsPerSecond: z.number(),
      ceilBitsPerSecond: z.number(),
      priority: z.number(),
    }),
    /** The layer that decides, with its reason, author and time. */
    decidedBy: z.object({
      layer: z.enum(layerNames),
      profile: z.string(),
      reason: z.string(),
      author: z.string(),
      since: z.string(),
    }),
    /** The revision that should be in force. */
    revision: z.number(),
    since: z.string(),
  }),
  state: profileState,
  nodes,
  session: session.nullable(),
})

/** PUT /v1/subscribers/:nai/profile takes this ... */
export const profileChangeRequest = z.strictObject({
  profile: z.string().min(1),
  reason: z.string().min(1).max(500).optional(),
})

/**
 * ... and answers, when the distribution is done, with this. The effective profile may be another than the
 * one set: see `decidedBy`.
 */
export const profileChange = z.object({
  nai: z.string(),
  profile: z.string(),
  decidedBy: z.enum(layerNames),
  revision: z.number(),
  state: profileState,
  nodes,
})

/** GET /v1/sessions: those that are open, one per agent and subscriber, in the order of the NAIs. */
export const sessionList = z.object({
  sessions: z.array(
    z.object({
      sessionId: z.string(),
      nai: z.string(),
      role: z.enum(['home-agent', 'foreign-agent']),
      /** Diameter identity of the agent, and the home agent's or the care-of address. */
      node: z.string(),
      address: z.string(),
      startedAt: z.string(),
      authorizedUntil: z.string(),
      /** Read back from the agent's kernel; null while it has not said yet. */
      revision: z.number().nullable(),
      failure: z.string().nullable(),
    }),
  ),
  next: pageEnd,
})

export const naiParameter = z.strictObject({ nai: z.string().min(1).max(253) })

export type ProfileState = z.output<typeof profileState>
export type NodeState = z.output<typeof nodeState>
export type SubscriberSummary = z.output<typeof summary>
export type SubscriberDetail = z.output<typeof subscriberDetail>
export type SessionState = z.output<typeof session>
export type ProfileChange = z.output<typeof profileChange>

export type SessionList = z.output<typeof sessionList>

/** What the API asks of the home server. */
export interface OperatorBackend extends ChangeBackend {
  subscribers(page: PageRequest): Promise<z.output<typeof subscriberList>>
  subscriber(nai: string): Promise<SubscriberDetail | undefined>
  /**
   * Commits the edit, then distributes it. Undefined: no such subscriber. `ifRevision`: only if that is in force.
   * @throws database/not-found: no such profile; api/stale, with the subscriber as it is now
   */
  setProfile(
    nai: string,
    change: { profile: string; reason: string; author: string; ifRevision: number | undefined },
  ): Promise<ProfileChange | undefined>
  sessions(page: PageRequest): Promise<SessionList>
  /** Why the home server cannot do its work now; empty: it can. */
  faults(): Promise<string[]>
  gauges(): Promise<Gauges>
}
