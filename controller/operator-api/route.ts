/**
 * The operator API is a table of these rows. From a row come the check of what a request says, who may send it, the
 * OpenAPI document, and the types of its handler.
 */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { describeIssues } from '#core/config.ts'
import type { Operator, OperatorRole } from './operators.ts'
import { OperatorApiError } from './problem.ts'

const nothing = z.strictObject({})
type Nothing = typeof nothing

/** Of the request, once it was checked. */
interface Checked<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType> {
  params: z.output<Params>
  query: z.output<Query>
  body: z.output<Body>
  /** Who asks; of a route for anyone the name is that of nobody. */
  operator: Operator
  /** The entity tag of If-Match without its quotes; undefined: none, or any. */
  ifMatch: string | undefined
  lastEventId: string | undefined
  /** For an answer that goes on: whether who asked may still have it. */
  isStillAllowed: () => boolean
}

interface Row<
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** As OpenAPI writes it: `/v1/subscribers/{nai}`. */
  path: `/${string}`
  summary: string
  /** The least role that may ask. */
  role: OperatorRole | 'anyone'
  params?: Params
  query?: Query
  body?: Body
  answer: Answer
  /** Default: application/json. */
  type?: string
  /** The version of what is answered: its entity tag. */
  version?: (answer: z.output<Answer>) => string
  /** Statuses of refusals beside 400, 401, 403, 429 and 500. */
  refusals?: readonly number[]
  handle(request: Checked<Params, Query, Body>): Promise<z.output<Answer>> | z.output<Answer>
}

/** What a request says, unchecked. */
export interface RawRequest {
  params: unknown
  query: unknown
  body: unknown
  operator: Operator
  isStillAllowed: () => boolean
  headers: NodeJS.Dict<string | string[]>
}

export interface Route
  extends Omit<Row<z.ZodObject, z.ZodObject, z.ZodType, z.ZodType>, 'handle' | 'version'> {
  isVersioned: boolean
  /** @throws OperatorApiError, and what the home server throws */
  serve(request: RawRequest): Promise<{ body: unknown; entityTag?: string }>
}

export function route<
  Answer extends z.ZodType,
  Params extends z.ZodObject = Nothing,
  Query extends z.ZodObject = Nothing,
  Body extends z.ZodType = Nothing,
>(row: Row<Params, Query, Body, Answer>): Route {
  const { handle, version, ...described } = row
  return {
    ...described,
    isVersioned: version !== undefined,
    async serve({ params, query, body, operator, isStillAllowed, headers }) {
      const answer = await handle({
        params: check(row.params, params, 'the path'),
        query: check(row.query, query, 'the query'),
        body: check(row.body, row.body ? body : {}, 'the body'),
        operator,
        ifMatch: entityTagOf(headers['if-match']),
        lastEventId: [headers['last-event-id']].flat()[0],
        isStillAllowed,
      })
      return { body: answer, ...(version && { entityTag: `"${version(answer)}"` }) }
    },
  }
}

function check<Schema extends z.ZodType>(
  schema: Schema | undefined,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = (schema ?? nothing).safeParse(value)
  if (result.success) return result.data as z.output<Schema>
  throw new OperatorApiError('api/invalid', `${what} cannot be used:\n${describeIssues(result.error)}`)
}

/** @throws api/invalid: a list, or a weak tag, which never matches (RFC 9110, section 13.1.1) */
function entityTagOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined || header === '*') return undefined
  const tag = /^"([\x21\x23-\x7e]*)"$/.exec(String(header))?.[1]
  if (tag !== undefined) return tag
  throw new OperatorApiError('api/invalid', `If-Match must be one entity tag such as "17", got ${header}`)
}

/** Of a route whose answer is a stream. */
export const streamAnswer = z.custom<Readable>((value) => value instanceof Readable)
