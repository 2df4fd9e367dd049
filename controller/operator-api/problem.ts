import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import { type ErrorCode, SojournError } from '#core/error.ts'

/** Why the operator API refuses. `more` goes into the problem details beside the reason, such as both versions of an edit. */
export class OperatorApiError extends SojournError {
  readonly more: Record<string, unknown>

  constructor(code: ErrorCode, message: string, options: ErrorOptions & { more?: object } = {}) {
    super(code, message, options)
    this.more = { ...options.more }
  }
}

/** Problem details (RFC 9457) of every answer that is not 2xx; `code` is one of `core/error-codes.ts`. */
export const problemDetails = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
})
export type ProblemDetails = z.output<typeof problemDetails>

/** A row per code with which a request is refused; every other error is a fault of the home server. */
const statuses: Partial<Record<ErrorCode, number>> = {
  'api/invalid': 400,
  'api/unauthorized': 401,
  'api/forbidden': 403,
  'api/not-found': 404,
  'api/method': 405,
  'api/closed': 409,
  'api/stale': 412,
  'api/rate-limited': 429,
  'api/not-ready': 503,
  'database/not-found': 422,
  'database/import': 422,
  'database/in-use': 409,
  'database/unavailable': 503,
  'profile/invalid': 422,
}

export function problemOf(error: unknown): ProblemDetails {
  const status = statusOf(error)
  if (error instanceof SojournError && error.code === 'database/unavailable')
    return problem(status, 'api/not-ready', 'the database does not answer: try again')
  if (status >= 500 && !(error instanceof OperatorApiError))
    return problem(500, 'api/failed', 'the home server could not do this; its log says why')
  if (error instanceof SojournError) {
    const more = error instanceof OperatorApiError ? error.more : {}
    return { ...more, ...problem(status, error.code, error.message) }
  }
  return problem(status, 'api/invalid', error instanceof Error ? error.message : String(error))
}

export function problem(status: number, code: ErrorCode, detail: string): ProblemDetails {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code }
}

/** Fastify's own refusals (a body that is not JSON or too long) carry a statusCode. */
function statusOf(error: unknown): number {
  if (error instanceof SojournError) return statuses[error.code] ?? 500
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' ? status : 500
}
