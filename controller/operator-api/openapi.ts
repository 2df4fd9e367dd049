import { z } from 'zod'
import { problemDetails } from './problem.ts'
import type { Route } from './route.ts'

/** Whatever is asked, one of these can come. */
const always = [400, 429, 500]
const ofAuthorization = [401, 403]

/** The OpenAPI 3.1 document of these routes. */
export function openApiDocument(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) paths[route.path] = { ...paths[route.path], ...operation(route) }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sojourn operator API',
      version: '1',
      description:
        'Subscribers, profiles and sessions of a home server. Resources only grow. Times are ISO 8601.',
    },
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: jsonSchema(problemDetails, 'output') },
    },
  }
}

function operation(route: Route): Record<string, unknown> {
  const { method, summary, role, params, query, body, answer, refusals = [], isVersioned } = route
  const statuses = [...always, ...(role === 'anyone' ? [] : ofAuthorization), ...refusals]
  const isJson = route.type === undefined
  return {
    [method.toLowerCase()]: {
      summary: role === 'anyone' ? summary : `${summary} (${role})`,
      parameters: [
        ...parameters(params, 'path'),
        ...parameters(query, 'query'),
        ...(refusals.includes(412) ? [header('If-Match', 'the entity tag of what was edited')] : []),
        ...(route.type === 'text/event-stream' ? [header('Last-Event-ID', 'the last event seen')] : []),
      ],
      ...(body && {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: jsonSchema(body, 'input') } },
        },
      }),
      responses: {
        200: {
          description: 'done',
          ...(isVersioned && { headers: { ETag: { schema: { type: 'string' } } } }),
          content: {
            [route.type ?? 'application/json']: {
              schema: isJson ? jsonSchema(answer, 'output') : { type: 'string' },
            },
          },
        },
        ...Object.fromEntries(statuses.map((status) => [status, refusal])),
      },
      security: role === 'anyone' ? [] : [{ token: [] }],
    },
  }
}

const refusal = {
  description: 'refused; `code` says why to programs, `detail` to people',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

function header(name: string, description: string): Record<string, unknown> {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } }
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query'): Record<string, unknown>[] {
  return Object.entries(schema?.shape ?? {}).map(([name, type]) => ({
    name,
    in: place,
    required: place === 'path',
    schema: jsonSchema(z.object({ [name]: type }), 'input', name),
  }))
}

/** `property`: only that of an object. What JSON Schema cannot say is left open. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', property?: string): unknown {
  const { $schema: _, ...document } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return property === undefined ? document : document.properties?.[property]
}
