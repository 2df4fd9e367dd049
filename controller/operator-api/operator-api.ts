import rateLimit from '@fastify/rate-limit'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { changeRoutes } from './change-routes.ts'
import type { LiveEvents } from './live-events.ts'
import { Metrics } from './metrics.ts'
import { openApiDocument } from './openapi.ts'
import { identify, isAllowed, type Operator, type Operators } from './operators.ts'
import { OperatorApiError, type ProblemDetails, problemOf } from './problem.ts'
import { readJsonBodies, refuseBytes } from './request-bytes.ts'
import type { OperatorBackend } from './resources.ts'
import { type Route, route } from './route.ts'
import { subscriberRoutes } from './subscriber-routes.ts'
import { systemRoutes } from './system-routes.ts'
import { createTransport, type TlsFiles } from './transport.ts'

const longestNai = 253
/** A character can be four bytes, each written as %XX. */
const longestParameter = longestNai * 12
const longestBodyBytes = 1 << 20
const nobody: Operator = { name: 'nobody', role: 'viewer' }

export interface OperatorApiOptions {
  backend: OperatorBackend
  /** Asked for every request, so that a token that was taken away counts no more. */
  operators: () => Operators
  /** Of each token, and of each address that has none. */
  requestsPerMinute: number
  tls: TlsFiles | undefined
  live: LiveEvents
  clock: Clock
  log: Log
}

/**
 * The operators' REST interface (docs/operator-api.md). Errors are problem details (RFC 9457). The caller listens and
 * closes. @throws config/secret when the TLS files cannot be used
 */
export function createOperatorApi(options: OperatorApiOptions): FastifyInstance {
  const { backend, operators, requestsPerMinute, tls, live, clock, log } = options
  const api = fastify({
    bodyLimit: longestBodyBytes,
    routerOptions: { maxParamLength: longestParameter },
    forceCloseConnections: true,
    serverFactory: (listener) => createTransport(tls, listener, log),
    frameworkErrors: (error, _, reply) => void sendProblem(reply, problemOf(error)),
    clientErrorHandler: refuseBytes,
  })
  readJsonBodies(api)
  const metrics = new Metrics(live, () => backend.gauges())
  api.addHook('onClose', () => metrics.stop())
  const routes = [
    ...systemRoutes(backend, metrics, live, clock),
    ...subscriberRoutes(backend),
    ...changeRoutes(backend),
  ]
  routes.push(documentRoute(routes))

  const askers = new WeakMap<FastifyRequest, Operator>()
  api.addHook('onRequest', async (request) => {
    const operator = identify(request.headers.authorization, operators())
    if (operator) askers.set(request, operator)
  })
  api.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (problem.code === 'api/failed')
      log.error(
        { event: 'api-failed', url: request.url, error: describeError(error) },
        'a request to the operator API failed',
      )
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
    return sendProblem(reply, problem)
  })
  api.register(rateLimit, {
    max: requestsPerMinute,
    timeWindow: '1 minute',
    keyGenerator: (request) => askers.get(request)?.name ?? `address ${request.ip}`,
    errorResponseBuilder: (_, { after }) =>
      new OperatorApiError(
        'api/rate-limited',
        `more than ${requestsPerMinute} requests a minute: wait ${after}`,
      ),
  })
  api.register(async (limited) => {
    limited.setNotFoundHandler({ preHandler: limited.rateLimit() }, (request, reply) => {
      admit(askers.get(request), 'viewer')
      const allowed = methodsOf(request.url)
      if (allowed.length === 0) throw new OperatorApiError('api/not-found', 'there is no such resource')
      reply.header('allow', allowed.join(', '))
      throw new OperatorApiError(
        'api/method',
        `this resource takes ${allowed.join(', ')}, not ${request.method}`,
      )
    })
    for (const row of routes)
      limited.route({
        method: row.method,
        url: row.path.replace(/{(\w+)}/g, ':$1'),
        // The head of a stream would be a stream that nobody reads.
        exposeHeadRoute: row.type !== 'text/event-stream',
        preParsing: async (request) => {
          if (row.role !== 'anyone') admit(askers.get(request), row.role)
        },
        handler: (request, reply) => answer(row, request, reply),
      })
  })
  return api

  /** The path of a URL can be that of other methods than the one that was asked for. */
  function methodsOf(url: string): string[] {
    const [path = ''] = url.split('?')
    const isPath = ({ path: template }: Route): boolean =>
      new RegExp(`^${template.replaceAll('.', '\\.').replace(/{\w+}/g, '[^/]+')}$`).test(path)
    return routes.filter(isPath).map(({ method }) => method)
  }

  async function answer(row: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const { params, query, body, headers } = request
    const operator = askers.get(request) ?? nobody
    const isStillAllowed = (): boolean => {
      const now = identify(headers.authorization, operators())
      return row.role === 'anyone' || (now !== undefined && isAllowed(now, row.role))
    }
    const { body: answered, entityTag } = await row.serve({
      ...{ params, query, body, operator, isStillAllowed, headers },
    })
    if (entityTag !== undefined) reply.header('etag', entityTag)
    if (row.type !== undefined) reply.type(row.type)
    reply.header('cache-control', 'no-store')
    return reply.send(answered)
  }
}

/** Nothing that is answered may be kept: a 404 otherwise may be, by any cache. */
function sendProblem(reply: FastifyReply, problem: ProblemDetails): FastifyReply {
  return reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(problem)
}

/** @throws api/unauthorized, api/forbidden */
function admit(operator: Operator | undefined, least: Exclude<Route['role'], 'anyone'>): void {
  if (!operator) throw new OperatorApiError('api/unauthorized', 'a bearer token is needed')
  if (!isAllowed(operator, least))
    throw new OperatorApiError('api/forbidden', `${operator.name} is ${operator.role}; this needs ${least}`)
}

function documentRoute(others: readonly Route[]): Route {
  const own: Route = route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    role: 'anyone',
    answer: z.record(z.string(), z.unknown()),
    handle: () => document,
  })
  const document = openApiDocument([...others, own])
  return own
}
