import { z } from 'zod'
import {
  auditList,
  type ChangeBackend,
  cancelled,
  commitRequest,
  committed,
  editList,
  editRequest,
  eventList,
  explanation,
  openedEdit,
  overrideRequest,
  paid,
  paymentRequest,
  preview,
  profileDocument,
  profileList,
  removed,
  storedProfile,
} from './change-resources.ts'
import { OperatorApiError } from './problem.ts'
import { naiParameter } from './resources.ts'
import { type Route, route } from './route.ts'

const id = z.strictObject({ id: z.string().min(1).max(100) })
const name = z.strictObject({ name: z.string().min(1).max(100) })
const newest = z.coerce.number().int().min(1).max(1000).default(100).describe('how many at most, the newest')

const why = z.strictObject({ reason: z.string().min(1).max(500).default('removed by an admin') })

/** Edits, profiles, overrides, and what was changed by whom. */
export function changeRoutes(backend: ChangeBackend): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/edits',
      summary: 'Open edits, in the order in which they expire',
      role: 'viewer',
      answer: editList,
      handle: async () => ({ edits: await backend.edits() }),
    }),
    route({
      method: 'POST',
      path: '/v1/edits',
      summary: 'Opens an edit: until it ends the event signals of the subject wait',
      role: 'operator',
      body: editRequest,
      answer: openedEdit,
      version: ({ edit }) => edit.version,
      refusals: [404],
      handle: ({ body, operator }) => backend.openEdit(body, operator),
    }),
    route({
      method: 'POST',
      path: '/v1/edits/{id}/commit',
      summary: 'Stores the document, brings it to the agents and lets the event signals go on',
      role: 'operator',
      params: id,
      body: commitRequest,
      answer: committed,
      version: ({ version }) => version,
      refusals: [404, 409, 412, 422],
      handle: ({ params, body, operator, ifMatch: version }) =>
        backend.commitEdit(params.id, body, { operator, version }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/edits/{id}',
      summary: 'Cancels an edit: the event signals go on with what was',
      role: 'operator',
      params: id,
      answer: cancelled,
      refusals: [404, 409],
      handle: async ({ params, operator }) => ({
        distributed: await backend.cancelEdit(params.id, operator),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/profiles',
      summary: 'All profiles that subscribers can have',
      role: 'viewer',
      answer: profileList,
      handle: async () => ({ profiles: await backend.profiles() }),
    }),
    route({
      method: 'GET',
      path: '/v1/profiles/{name}',
      summary: 'One profile, as it is written',
      role: 'viewer',
      params: name,
      answer: storedProfile,
      version: ({ version }) => version,
      refusals: [404],
      handle: async ({ params }) => {
        const found = await backend.profile(params.name)
        if (found) return found
        throw new OperatorApiError('api/not-found', `there is no profile "${params.name}"`)
      },
    }),
    route({
      method: 'PUT',
      path: '/v1/profiles/{name}',
      summary: 'Adds or replaces a profile, and brings it to the agents of all who have it',
      role: 'operator',
      params: name,
      body: commitRequest,
      answer: committed,
      version: ({ version }) => version,
      refusals: [412, 422],
      handle: ({ params, body, operator, ifMatch: version }) =>
        backend.putProfile(params.name, body, { operator, version }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/profiles/{name}',
      summary: 'Removes a profile that nobody has, or can get by a condition',
      role: 'admin',
      params: name,
      query: why,
      answer: removed,
      refusals: [404, 409],
      handle: async ({ params, query, operator }) => {
        await backend.removeProfile(params.name, query.reason, operator)
        return { removed: params.name }
      },
    }),
    route({
      method: 'DELETE',
      path: '/v1/subscribers/{nai}',
      summary: 'Removes a subscriber who is not in session, with all that is known of him',
      role: 'admin',
      params: naiParameter,
      query: why,
      answer: removed,
      refusals: [404, 409],
      handle: async ({ params, query, operator }) => {
        await backend.removeSubscriber(params.nai, query.reason, operator)
        return { removed: params.nai }
      },
    }),
    route({
      method: 'PUT',
      path: '/v1/subscribers/{nai}/payments/{id}',
      summary: 'Adds to the prepaid balance, once for each id, however often it is sent',
      role: 'operator',
      params: naiParameter.extend(id.shape),
      body: paymentRequest,
      answer: paid,
      refusals: [404, 409],
      handle: ({ params, body, operator }) => backend.pay(params.nai, params.id, body, operator),
    }),
    route({
      method: 'POST',
      path: '/v1/subscribers/{nai}/preview',
      summary: 'What a profile would change for the subscriber; nothing is changed',
      role: 'viewer',
      params: naiParameter,
      body: profileDocument,
      answer: preview,
      refusals: [404, 422],
      handle: ({ params, body }) => backend.preview(params.nai, body),
    }),
    route({
      method: 'PUT',
      path: '/v1/subscribers/{nai}/overrides/{name}',
      summary: 'Imposes fields on the subscriber, above what was bought and what conditions say',
      role: 'operator',
      params: naiParameter.extend(name.shape),
      body: overrideRequest,
      answer: cancelled,
      refusals: [404, 422],
      handle: async ({ params, body, operator }) => ({
        distributed: await backend.putOverride(params.nai, params.name, body, operator),
      }),
    }),
    route({
      method: 'DELETE',
      path: '/v1/subscribers/{nai}/overrides/{name}',
      summary: 'Takes an override back',
      role: 'operator',
      params: naiParameter.extend(name.shape),
      answer: cancelled,
      refusals: [404],
      handle: async ({ params, operator }) => ({
        distributed: await backend.removeOverride(params.nai, params.name, operator),
      }),
    }),
    route({
      method: 'GET',
      path: '/v1/subscribers/{nai}/events',
      summary: 'Event signals of the subscriber and what became of them, the newest first',
      role: 'viewer',
      params: naiParameter,
      query: z.strictObject({ limit: newest }),
      answer: eventList,
      refusals: [404],
      handle: async ({ params, query }) => ({ events: await backend.events(params.nai, query.limit) }),
    }),
    route({
      method: 'GET',
      path: '/v1/subscribers/{nai}/explain',
      summary: 'Every field of what is, or was, in force, with who decides it and why',
      role: 'viewer',
      params: naiParameter,
      query: z.strictObject({ at: z.iso.datetime({ offset: true }).optional() }),
      answer: explanation,
      refusals: [404],
      handle: ({ params, query: { at } }) =>
        backend.explain(params.nai, at === undefined ? undefined : Date.parse(at)),
    }),
    route({
      method: 'GET',
      path: '/v1/audit',
      summary: 'What was changed by whom, the newest first',
      role: 'viewer',
      query: z.strictObject({
        limit: newest,
        subject: z.string().max(253).optional().describe('a NAI or the name of a profile'),
      }),
      answer: auditList,
      handle: async ({ query: { limit, subject } }) => ({ entries: await backend.audit({ limit, subject }) }),
    }),
  ]
}
