/**
 * A client of the operator API that stays: in host hs a start for each request would cost the lab more than the request. Reads
 * requests from standard input and writes answers to standard output, a line of JSON each. Where the API listens and the token's
 * file stand in SOJOURN_API and SOJOURN_TOKEN_FILE.
 */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import type { SentAnswer, SentRequest } from '../scenarios/operator-requests.ts'

const { SOJOURN_API: api = '', SOJOURN_TOKEN_FILE: tokenFile = '' } = process.env
const token = readFileSync(tokenFile, 'utf8').trim()
const agent = new Agent({ keepAlive: true })

/** Milliseconds since 1970, with microseconds as a fraction. */
const now = (): number => performance.timeOrigin + performance.now()

function send({ id, method, path, body, ifMatch }: SentRequest): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = {
    authorization: `Bearer ${token}`,
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(text && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
  }
  const sentAt = now()
  const answer = (status: number, parts: Uint8Array[]): void => {
    const answered: SentAnswer = {
      ...{ id, status, sentAt, answeredAt: now() },
      text: Buffer.concat(parts).toString(),
    }
    process.stdout.write(`${JSON.stringify(answered)}\n`)
  }
  const sending = request(`${api}${path}`, { method, headers, agent }, (response) => {
    const parts: Uint8Array[] = []
    response.on('data', (part: Uint8Array) => parts.push(part))
    response.on('end', () => answer(response.statusCode ?? 0, parts))
    // The home server may be killed in the midst of an answer: that is none.
    response.on('error', (error) => answer(0, [Buffer.from(error.message)]))
  })
  sending.on('error', (error) => answer(0, [Buffer.from(error.message)]))
  sending.end(text)
}

createInterface({ input: process.stdin }).on('line', (line) => send(JSON.parse(line) as SentRequest))
process.stdin.on('end', () => agent.destroy())
