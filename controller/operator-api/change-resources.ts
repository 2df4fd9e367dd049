/**
 * What operators change and how they look back on it: edits, profiles, overrides, event signals and the audit log.
 * As in `resources.ts`, one schema per resource.
 */
import { z } from 'zod'
import { editPaths } from '../profile/difference.ts'
import { layerNames } from '../profile/layers.ts'
import type { Operator } from './operators.ts'
import { nodes, profileState } from './resources.ts'

export const profileDocument = z
  .record(z.string(), z.unknown())
  .describe('a service profile as it is written, with units: see docs/profiles.md')

const reason = z.string().min(1).max(500).describe('why, for those who come after')

/** What the agents hold after a change, of every subscriber whose profile it changed. */
const distributed = z.array(z.object({ nai: z.string(), revision: z.number(), state: profileState, nodes }))

const edit = z.object({
  id: z.string(),
  /** The name of a profile, or a NAI. */
  subject: z.string(),
  editor: z.string(),
  openedAt: z.string(),
  /** If it is not committed before, it is over then, and the event signals go on. */
  expiresAt: z.string(),
  /** What the editor has before him. */
  version: z.string(),
})
export const editList = z.object({ edits: z.array(edit) })

/** POST /v1/edits: from now on the event signals of the subject wait. */
export const editRequest = z.strictObject({
  subject: z.string().min(1).max(253).describe('the name of a profile, or a NAI'),
  leaseSeconds: z.number().int().min(1).max(86_400).default(600),
})
export const openedEdit = z.object({ edit, document: profileDocument, others: z.array(edit) })

export const commitRequest = z.strictObject({ document: profileDocument, reason })
export const committed = z.object({ version: z.string(), distributed })
export const cancelled = z.object({ distributed })

export const storedProfile = z.object({
  name: z.string(),
  version: z.string(),
  document: profileDocument,
  reason: z.string(),
  author: z.string(),
  since: z.string(),
})
export const profileList = z.object({ profiles: z.array(storedProfile) })

/** PUT /v1/subscribers/{nai}/overrides/{name} */
export const overrideRequest = z.strictObject({
  set: z.record(z.string(), z.unknown()).describe('fields of a service profile, nested as there'),
  reason,
  until: z.iso.datetime({ offset: true }).optional().describe('from then on it counts no more'),
})

/** PUT /v1/subscribers/{nai}/payments/{id} */
export const paymentRequest = z.strictObject({
  amount: z.number().min(-1e12).max(1e12).describe("in the operator's unit; below 0: a correction"),
  reason,
})
export const paid = z.object({
  balance: z.number(),
  duplicate: z.boolean().describe('it was paid in before, and changed nothing now'),
  distributed,
})

export const removed = z.object({ removed: z.string() })

/** Who decides, with the reason. */
const decision = z.object({
  layer: z.enum(layerNames),
  source: z.string(),
  reason: z.string(),
  author: z.string(),
  since: z.string(),
  until: z.string().nullable(),
})

/** POST /v1/subscribers/{nai}/preview: what the profile would change, field by field. Nothing is changed. */
export const preview = z.object({
  differences: z.array(
    z.object({
      path: z.enum(editPaths),
      /** As people write it. */
      before: z.string(),
      after: z.string(),
      /** Null: what is in force stays as it is, since `decidedBy` decides. */
      inForce: z.object({ before: z.string(), after: z.string() }).nullable(),
      decidedBy: z.enum(layerNames).nullable(),
      /** What changes for it in the kernels of the agents. */
      kernelObjects: z.array(z.string()),
    }),
  ),
})

const signal = z.object({
  id: z.string(),
  at: z.string(),
  kind: z.string(),
  /** `held`: it waits until no edit is open. */
  state: z.enum(['held', 'pending', 'applied', 'ignored']),
  settledAt: z.string().nullable(),
})
export const eventList = z.object({ events: z.array(signal) })

const auditEntry = z.object({
  at: z.string(),
  author: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.string(),
})
export const auditList = z.object({ entries: z.array(auditEntry) })

/** Where an agent's kernel has the subscriber, as `ip` and `tc` show it. */
const agentDatapath = z.object({
  /** Diameter identity of the agent. */
  node: z.string(),
  tunnels: z.array(
    z.object({
      interface: z.string(),
      encapsulation: z.enum(['ipip', 'gre']),
      remote: z.string(),
      /** Of gre. */
      key: z.number().nullable(),
    }),
  ),
  classes: z.array(
    z.object({
      name: z
        .string()
        .describe(
          'downlink, rest (what belongs to no flow), flow/NAME, uplink; copy/1 to another care-of address',
        ),
      interface: z.string(),
      classId: z.string().describe('such as 4400:1'),
      mark: z.string().nullable().describe('of the packets that the class is for, such as 0x44000001'),
    }),
  ),
})

/** GET /v1/subscribers/{nai}/explain: every field with who decides it, and every layer entry there is. */
export const explanation = z.object({
  nai: z.string(),
  revision: z.number(),
  since: z.string(),
  fields: z.array(
    z.object({
      path: z.string(),
      value: z.string(),
      /** Null: it is the default. */
      decidedBy: decision.nullable(),
      /** Why the value is not the one that this layer has for the field. */
      note: z.string().nullable(),
    }),
  ),
  layers: z.array(decision.extend({ fields: z.record(z.string(), z.string()) })),
  /** Of the agents that have said so, as things are now. */
  datapath: z.array(agentDatapath),
  /** Those that are open hold the event signals. */
  edits: z.array(edit),
  events: z.array(signal),
  audit: z.array(auditEntry),
})

export type EditState = z.output<typeof edit>
export type Distributed = z.output<typeof distributed>
export type StoredProfile = z.output<typeof storedProfile>
export type Preview = z.output<typeof preview>
export type AgentDatapath = z.output<typeof agentDatapath>
export type Explanation = z.output<typeof explanation>
export type AuditList = z.output<typeof auditList>
export type EventList = z.output<typeof eventList>
export type OpenedEdit = z.output<typeof openedEdit>
export type Paid = z.output<typeof paid>
export type Committed = z.output<typeof committed>

type Document = z.output<typeof profileDocument>

/** What the API asks of the home server. Whoever names a subscriber that there is not gets api/not-found. */
export interface ChangeBackend {
  edits(): Promise<EditState[]>
  /** @throws api/not-found */
  openEdit(request: z.output<typeof editRequest>, operator: Operator): Promise<OpenedEdit>
  /**
   * `version`: from which the document was made, if not from that of the edit. @throws api/stale with both versions and
   * their merge; api/closed, api/forbidden, profile/invalid, database/not-found
   */
  commitEdit(
    id: string,
    request: z.output<typeof commitRequest>,
    by: { operator: Operator; version: string | undefined },
  ): Promise<Committed>
  /** @throws api/closed, api/forbidden */
  cancelEdit(id: string, operator: Operator): Promise<Distributed>
  profiles(): Promise<StoredProfile[]>
  profile(name: string): Promise<StoredProfile | undefined>
  /** As an edit of its own. @throws as commitEdit */
  putProfile(
    name: string,
    request: z.output<typeof commitRequest>,
    by: { operator: Operator; version: string | undefined },
  ): Promise<Committed>
  /** @throws profile/invalid */
  preview(nai: string, document: Document): Promise<Preview>
  /** Once for each `id`. @throws database/in-use: it is that of another payment */
  pay(nai: string, id: string, request: z.output<typeof paymentRequest>, operator: Operator): Promise<Paid>
  /** @throws database/in-use */
  removeSubscriber(nai: string, reason: string, operator: Operator): Promise<void>
  /** @throws api/not-found, database/in-use */
  removeProfile(name: string, reason: string, operator: Operator): Promise<void>
  /** @throws profile/invalid */
  putOverride(
    nai: string,
    name: string,
    request: z.output<typeof overrideRequest>,
    operator: Operator,
  ): Promise<Distributed>
  /** @throws api/not-found */
  removeOverride(nai: string, name: string, operator: Operator): Promise<Distributed>
  events(nai: string, limit: number): Promise<EventList['events']>
  audit(range: { subject: string | undefined; limit: number }): Promise<AuditList['entries']>
  /** `at`: milliseconds since 1970; undefined: now. */
  explain(nai: string, at: number | undefined): Promise<Explanation>
}
