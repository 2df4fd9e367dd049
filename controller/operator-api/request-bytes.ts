/** What comes in before there is a request: bytes that are no HTTP, and bodies that are no JSON of ours. */
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { OperatorApiError, problem } from './problem.ts'

/** What is written by hand is never so deep; what reads it goes from level to level. */
const deepest = 64

/** Bodies are JSON, and nothing else (415). Names such as `__proto__` are refused, and so is what is deeper than any document. */
export function readJsonBodies(api: FastifyInstance): void {
  const parse = api.getDefaultJsonParser('error', 'error')
  api.removeAllContentTypeParsers()
  api.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    parse(request, body, (error, value) => {
      if (error || depthIsUsable(value)) return done(error, value)
      done(
        new OperatorApiError('api/invalid', `the body cannot be used: it is nested deeper than ${deepest}`),
      )
    })
  })
}

/** Level by level: what is too deep for recursion must not end the process. */
function depthIsUsable(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; depth < deepest; depth++) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []))
    if (level.length === 0) return true
  }
  return false
}

/** Answers what Node's parser has refused, and hangs up. */
export function refuseBytes(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const [status, detail] = refusals[error.code ?? ''] ?? [400, 'this is no HTTP request']
  const body = JSON.stringify(problem(status, 'api/invalid', detail))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/problem+json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  if (socket.writable) socket.end([...head, '', body].join('\r\n'))
  else socket.destroy()
}

const refusals: Record<string, [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'the header is too long'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
}
