import type { z } from 'zod'
import { SojournError } from '#core/error.ts'
import {
  type ProfileChange,
  problemDetails,
  profileChange,
  type SubscriberDetail,
  type SubscriberSummary,
  subscriberDetail,
  subscriberList,
} from './resources.ts'

export class OperatorApiError extends SojournError {}

/** Longer than a distribution takes when both agents are out of reach. */
const timeoutMilliseconds = 30_000

/** The operator API from the outside. Every method throws api/unreachable or api/refused. */
export class OperatorClient {
  readonly #server: string
  readonly #token: string

  /** `server`: such as `http://127.0.0.1:8080`. */
  constructor(server: string, token: string) {
    this.#server = server
    this.#token = token
  }

  async subscribers(): Promise<SubscriberSummary[]> {
    return (await this.#request(subscriberList, 'GET', '/v1/subscribers')).subscribers
  }

  subscriber(nai: string): Promise<SubscriberDetail> {
    return this.#request(subscriberDetail, 'GET', `/v1/subscribers/${encodeURIComponent(nai)}`)
  }

  setProfile(nai: string, profile: string, reason?: string): Promise<ProfileChange> {
    const path = `/v1/subscribers/${encodeURIComponent(nai)}/profile`
    return this.#request(profileChange, 'PUT', path, { profile, ...(reason !== undefined && { reason }) })
  }

  async #request<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body?: object,
  ): Promise<z.output<Schema>> {
    const response = await this.#fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(timeoutMilliseconds),
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (!response.ok) {
      const problem = problemDetails.safeParse(answer).data
      throw new OperatorApiError(
        'api/refused',
        problem?.detail ?? `${this.#server}${path} answered ${response.status} ${response.statusText}`,
      )
    }
    const result = schema.safeParse(answer)
    if (result.success) return result.data
    throw new OperatorApiError(
      'api/refused',
      `${this.#server}${path} answered something else than a home server does: is the URL right?`,
      { cause: result.error },
    )
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(new URL(path, this.#server), request)
    } catch (cause) {
      throw new OperatorApiError('api/unreachable', `the operator API at ${this.#server} does not answer`, {
        cause,
      })
    }
  }
}
