import type { z } from 'zod'
import {
  type AuditList,
  auditList,
  type Committed,
  cancelled,
  committed,
  type Distributed,
  type EditState,
  type EventList,
  type Explanation,
  editList,
  eventList,
  explanation,
  type OpenedEdit,
  openedEdit,
  type Paid,
  type Preview,
  paid,
  preview,
  profileList,
  removed,
  type StoredProfile,
  storedProfile,
} from './change-resources.ts'
import { type ReceivedEvent, readEvents } from './event-reader.ts'
import { OperatorApiError, problemDetails } from './problem.ts'
import {
  type ProfileChange,
  profileChange,
  type SessionList,
  type SubscriberDetail,
  type SubscriberSummary,
  sessionList,
  subscriberDetail,
  subscriberList,
} from './resources.ts'

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
    return this.#all('/v1/subscribers', subscriberList, ({ subscribers }) => subscribers)
  }

  async sessions(): Promise<SessionList['sessions']> {
    return this.#all('/v1/sessions', sessionList, ({ sessions }) => sessions)
  }

  subscriber(nai: string): Promise<SubscriberDetail> {
    return this.#request(subscriberDetail, 'GET', subscriberPath(nai))
  }

  setProfile(nai: string, profile: string, reason?: string): Promise<ProfileChange> {
    const path = subscriberPath(nai, 'profile')
    return this.#request(profileChange, 'PUT', path, { body: { profile, reason } })
  }

  async edits(): Promise<EditState[]> {
    return (await this.#request(editList, 'GET', '/v1/edits')).edits
  }

  openEdit(subject: string, leaseSeconds: number): Promise<OpenedEdit> {
    return this.#request(openedEdit, 'POST', '/v1/edits', { body: { subject, leaseSeconds } })
  }

  /** `version`: from which the document was made, if not that of the edit. Refused when stale, with the merge in `more`. */
  commitEdit(id: string, document: unknown, reason: string, version?: string): Promise<Committed> {
    const path = `/v1/edits/${segment(id)}/commit`
    return this.#request(committed, 'POST', path, { body: { document, reason }, ifMatch: version })
  }

  async cancelEdit(id: string): Promise<Distributed> {
    return (await this.#request(cancelled, 'DELETE', `/v1/edits/${segment(id)}`)).distributed
  }

  async profiles(): Promise<StoredProfile[]> {
    return (await this.#request(profileList, 'GET', '/v1/profiles')).profiles
  }

  profile(name: string): Promise<StoredProfile> {
    return this.#request(storedProfile, 'GET', `/v1/profiles/${segment(name)}`)
  }

  /** `version`: only if that is stored. */
  putProfile(name: string, document: unknown, reason: string, version?: string): Promise<Committed> {
    const path = `/v1/profiles/${segment(name)}`
    return this.#request(committed, 'PUT', path, { body: { document, reason }, ifMatch: version })
  }

  /** What the profile would change. */
  preview(nai: string, document: unknown): Promise<Preview> {
    return this.#request(preview, 'POST', subscriberPath(nai, 'preview'), { body: document })
  }

  /** `until`: ISO 8601. */
  async putOverride(
    nai: string,
    name: string,
    override: { set: unknown; reason: string; until?: string | undefined },
  ): Promise<Distributed> {
    const path = subscriberPath(nai, 'overrides', name)
    return (await this.#request(cancelled, 'PUT', path, { body: override })).distributed
  }

  async removeOverride(nai: string, name: string): Promise<Distributed> {
    return (await this.#request(cancelled, 'DELETE', subscriberPath(nai, 'overrides', name))).distributed
  }

  /** Once for each `id`, however often it is sent. */
  pay(nai: string, id: string, payment: { amount: number; reason: string }): Promise<Paid> {
    return this.#request(paid, 'PUT', subscriberPath(nai, 'payments', id), { body: payment })
  }

  async removeSubscriber(nai: string, reason: string): Promise<void> {
    const path = `${subscriberPath(nai)}?reason=${encodeURIComponent(reason)}`
    await this.#request(removed, 'DELETE', path)
  }

  async removeProfile(name: string, reason: string): Promise<void> {
    const path = `/v1/profiles/${segment(name)}?reason=${encodeURIComponent(reason)}`
    await this.#request(removed, 'DELETE', path)
  }

  /** Event signals, the newest first. */
  async events(nai: string, limit: number): Promise<EventList['events']> {
    const path = `${subscriberPath(nai, 'events')}?limit=${limit}`
    return (await this.#request(eventList, 'GET', path)).events
  }

  async audit(limit: number, subject?: string): Promise<AuditList['entries']> {
    const of = subject === undefined ? '' : `&subject=${encodeURIComponent(subject)}`
    return (await this.#request(auditList, 'GET', `/v1/audit?limit=${limit}${of}`)).entries
  }

  /** `at`: ISO 8601; without it as things are now. */
  explain(nai: string, at?: string): Promise<Explanation> {
    const time = at === undefined ? '' : `?at=${encodeURIComponent(at)}`
    return this.#request(explanation, 'GET', `${subscriberPath(nai, 'explain')}${time}`)
  }

  /** Why the home server cannot do its work now; undefined: it can. */
  async fault(): Promise<string | undefined> {
    const response = await this.#fetch('/readyz', { signal: AbortSignal.timeout(timeoutMilliseconds) })
    return response.ok ? undefined : (await this.#refusal('/readyz', response)).message
  }

  /** What happens from now on, or after the event `lastEventId`, until the server ends it or `signal` does. */
  async *watch(lastEventId?: string, signal?: AbortSignal): AsyncGenerator<ReceivedEvent> {
    const path = '/events'
    const response = await this.#fetch(path, {
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
      ...(signal && { signal }),
    })
    if (!response.ok) throw await this.#refusal(path, response)
    yield* readEvents(response.body ?? new ReadableStream())
  }

  /** Every page of a list. */
  async #all<Schema extends z.ZodType<{ next: string | null }>, Item>(
    path: string,
    schema: Schema,
    itemsOf: (page: z.output<Schema>) => Item[],
  ): Promise<Item[]> {
    const items: Item[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await this.#request(schema, 'GET', cursor ? `${path}?cursor=${cursor}` : path)
      items.push(...itemsOf(page))
      cursor = page.next
    }
    return items
  }

  async #request<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    { body, ifMatch }: { body?: unknown; ifMatch?: string | undefined } = {},
  ): Promise<z.output<Schema>> {
    const response = await this.#fetch(path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': `"${ifMatch}"` }),
      },
      signal: AbortSignal.timeout(timeoutMilliseconds),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw await this.#refusal(path, response)
    const result = schema.safeParse(await response.json().catch(() => undefined))
    if (result.success) return result.data
    throw new OperatorApiError(
      'api/refused',
      `${this.#server}${path} answered something else than a home server does: is the URL right?`,
      { cause: result.error },
    )
  }

  /** With what the server says of it beside the reason, and the server's own code. */
  async #refusal(path: string, response: Response): Promise<OperatorApiError> {
    const answer: unknown = await response.json().catch(() => undefined)
    const problem = problemDetails.safeParse(answer).data
    const reason =
      problem?.detail ?? `${this.#server}${path} answered ${response.status} ${response.statusText}`
    return new OperatorApiError('api/refused', reason, { more: problem ?? {} })
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

function subscriberPath(nai: string, ...below: string[]): string {
  return `/v1/subscribers/${[nai, ...below].map(segment).join('/')}`
}

/** @throws api/invalid: URLs take `.` and `..` for a way up, however they are written */
function segment(text: string): string {
  if (!/^\.{0,2}$/.test(text)) return encodeURIComponent(text)
  throw new OperatorApiError('api/invalid', `"${text}" is the name of nothing`)
}
