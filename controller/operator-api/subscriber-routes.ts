import { z } from 'zod'
import { pageOf, pageQuery } from './page.ts'
import { OperatorApiError } from './problem.ts'
import {
  naiParameter,
  type OperatorBackend,
  profileChange,
  profileChangeRequest,
  sessionList,
  subscriberDetail,
  subscriberList,
} from './resources.ts'
import { type Route, route } from './route.ts'

/** Subscribers, what is in force for them, and their sessions. */
export function subscriberRoutes(backend: OperatorBackend): Route[] {
  return [
    route({
      method: 'GET',
      path: '/v1/subscribers',
      summary: 'All subscribers with the profile in force',
      role: 'viewer',
      query: pageQuery,
      answer: subscriberList,
      handle: ({ query }) => backend.subscribers(pageOf(query)),
    }),
    route({
      method: 'GET',
      path: '/v1/subscribers/{nai}',
      summary: 'One subscriber: what decides the profile, which agent holds which revision, the session',
      role: 'viewer',
      params: naiParameter,
      answer: subscriberDetail,
      version: ({ profile }) => String(profile.revision),
      refusals: [404],
      handle: async ({ params: { nai } }) => found(nai, await backend.subscriber(nai)),
    }),
    route({
      method: 'PUT',
      path: '/v1/subscribers/{nai}/profile',
      summary: 'Sets the profile that the subscriber bought, and answers when the agents have',
      role: 'operator',
      params: naiParameter,
      body: profileChangeRequest,
      answer: profileChange,
      version: ({ revision }) => String(revision),
      refusals: [404, 412, 422],
      handle: async ({ params: { nai }, body, operator, ifMatch }) => {
        const { profile, reason = 'set by an operator' } = body
        const ifRevision = revisionOf(ifMatch)
        const change = { profile, reason, author: operator.name, ifRevision }
        return found(nai, await backend.setProfile(nai, change))
      },
    }),
    route({
      method: 'GET',
      path: '/v1/sessions',
      summary: 'Open sessions, one per agent and subscriber',
      role: 'viewer',
      query: pageQuery,
      answer: sessionList,
      handle: ({ query }) => backend.sessions(pageOf(query)),
    }),
  ]
}

function found<Value>(nai: string, value: Value | undefined): Value {
  if (value !== undefined) return value
  throw new OperatorApiError('api/not-found', `there is no subscriber "${nai}"`)
}

function revisionOf(entityTag: string | undefined): number | undefined {
  const revision = z.coerce.number().int().optional().safeParse(entityTag)
  if (revision.success) return revision.data
  throw new OperatorApiError('api/invalid', `If-Match must be a revision such as "17", got "${entityTag}"`)
}
