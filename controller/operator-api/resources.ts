/**
 * What the operator API takes and answers: JSON, one schema per resource, from which the types, the client's
 * check and the documentation come. Resources only grow. Times are ISO 8601.
 */
import { z } from 'zod'
import { layerNames } from '../profile/effective.ts'

/**
 * - `applied`: all agents hold the revision;
 * - `stored`: there is no session, it takes effect at the next registration;
 * - `pending`: an agent has not answered or confirmed yet;
 * - `split`: some agents hold it and some could not be brought to;
 * - `failed`: no agent holds it, what was in force before still is.
 */
const profileState = z.enum(['applied', 'stored', 'pending', 'split', 'failed'])

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
const nodes = z.record(z.string(), nodeState)

const summary = z.object({
  nai: z.string(),
  homeAddress: z.string(),
  profile: z.string(),
  revision: z.number(),
  decidedBy: z.enum(layerNames),
  /** Identity of the foreign agent that is visited; null without a session. */
  foreignAgent: z.string().nullable(),
})

/** GET /v1/subscribers */
export const subscriberList = z.object({ subscribers: z.array(summary) })

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

/** Problem details (RFC 9457) of every answer that is not 2xx; `code` is one of `core/error-codes.ts`. */
export const problemDetails = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string().optional(),
})

export type ProfileState = z.output<typeof profileState>
export type NodeState = z.output<typeof nodeState>
export type SubscriberSummary = z.output<typeof summary>
export type SubscriberDetail = z.output<typeof subscriberDetail>
export type SessionState = z.output<typeof session>
export type ProfileChange = z.output<typeof profileChange>

/** What the API asks of the home server. */
export interface OperatorBackend {
  subscribers(): Promise<SubscriberSummary[]>
  subscriber(nai: string): Promise<SubscriberDetail | undefined>
  /**
   * Commits the edit, then distributes it. Undefined: no such subscriber. @throws database/not-found: no such
   * profile
   */
  setProfile(
    nai: string,
    change: { profile: string; reason: string; author: string },
  ): Promise<ProfileChange | undefined>
}
