import { STATUS_CODES } from 'node:http'
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify'
import { describeIssues } from '#core/config.ts'
import { describeError, SojournError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { type OperatorBackend, profileChangeRequest } from './resources.ts'
import { isAuthorized } from './token.ts'

const longestNai = 253

/**
 * The operators' REST interface (docs: `resources.ts`). Errors are problem details (RFC 9457). The caller
 * listens and closes.
 */
export function createOperatorApi(options: {
  backend: OperatorBackend
  token: string
  log: Log
}): FastifyInstance {
  const { backend, token, log } = options
  const api = fastify({
    bodyLimit: 64 * 1024,
    routerOptions: { maxParamLength: longestNai },
    forceCloseConnections: true,
  })

  api.setNotFoundHandler((_request, reply) => problem(reply, 404, 'there is no such resource'))
  api.setErrorHandler((error, request, reply) => {
    if (error instanceof SojournError && error.code === 'database/not-found')
      return problem(reply, 422, error.message, error.code)
    const status = statusOf(error)
    if (status < 500) return problem(reply, status, describeError(error))
    log.error(
      { event: 'api-failed', url: request.url, error: describeError(error) },
      'a request to the operator API failed',
    )
    return problem(reply, 500, 'the home server could not do this; its log says why')
  })
  api.addHook('onRequest', async (request, reply) => {
    if (request.url === '/healthz' || isAuthorized(request.headers.authorization, token)) return
    reply.header('www-authenticate', 'Bearer')
    await problem(reply, 401, 'a bearer token is needed')
  })

  api.get('/healthz', () => ({ status: 'ok' }))
  api.get('/v1/subscribers', async () => ({ subscribers: await backend.subscribers() }))
  api.get<{ Params: { nai: string } }>('/v1/subscribers/:nai', async ({ params }, reply) => {
    return (
      (await backend.subscriber(params.nai)) ?? problem(reply, 404, `there is no subscriber "${params.nai}"`)
    )
  })
  api.put<{ Params: { nai: string } }>('/v1/subscribers/:nai/profile', async ({ params, body }, reply) => {
    const change = profileChangeRequest.safeParse(body)
    if (!change.success)
      return problem(reply, 400, `the body is not a profile change:\n${describeIssues(change.error)}`)
    const { profile, reason = 'set by an operator' } = change.data
    const done = await backend.setProfile(params.nai, { profile, reason, author: 'operator' })
    return done ?? problem(reply, 404, `there is no subscriber "${params.nai}"`)
  })
  return api
}

/** Problem details (RFC 9457). */
function problem(reply: FastifyReply, status: number, detail: string, code?: string): FastifyReply {
  return reply
    .code(status)
    .type('application/problem+json')
    .send({
      type: 'about:blank',
      title: STATUS_CODES[status] ?? 'Error',
      status,
      detail,
      ...(code && { code }),
    })
}

function statusOf(error: unknown): number {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : 500
}
