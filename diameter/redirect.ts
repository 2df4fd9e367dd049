import type { Clock } from '#core/clock.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { avpsNamed, firstValue } from '#wire/diameter/group.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'

const usages = dictionary['Redirect-Host-Usage'].values
type Usage = keyof typeof usages

/** What an answer with 3006 says (RFC 6733, sections 6.12 to 6.14). */
export interface RedirectIndication {
  /** The neighbour that said it. */
  by: string
  /** Identities out of the Redirect-Host URIs. */
  hosts: readonly string[]
  usage: Usage
  cacheSeconds: number
}

/** What a cached indication holds for; in the order in which RFC 6733, section 6.13, lets them win. */
const keys: readonly [
  usage: Exclude<Usage, 'DONT_CACHE'>,
  key: (request: RawMessage, by: string | undefined) => string | undefined,
][] = [
  ['ALL_SESSION', ({ avps }) => firstValue(avps, 'Session-Id')],
  ['ALL_USER', ({ avps }) => firstValue(avps, 'User-Name')],
  [
    'REALM_AND_APPLICATION',
    (request) => {
      const realm = realmOf(request)
      return realm && `${realm} ${request.applicationId}`
    },
  ],
  ['ALL_REALM', (request) => realmOf(request)],
  ['ALL_APPLICATION', ({ applicationId }) => String(applicationId)],
  ['ALL_HOST', (_, by) => by?.toLowerCase()],
]

/** More than this are not remembered: the oldest goes. */
const indicationsLimit = 1024

/** @throws wire/malformed */
export function indicationOf(by: string, { avps }: RawMessage): RedirectIndication {
  const number = firstValue(avps, 'Redirect-Host-Usage') ?? usages.DONT_CACHE
  return {
    by,
    hosts: avpsNamed(avps, 'Redirect-Host').flatMap(({ data }) => identityIn(data.toString('latin1')) ?? []),
    usage: keys.find(([usage]) => usages[usage] === number)?.[0] ?? 'DONT_CACHE',
    cacheSeconds: firstValue(avps, 'Redirect-Max-Cache-Time') ?? 0,
  }
}

/** Redirect indications that hold for more than the request that they came for. */
export class RedirectCache {
  readonly #clock: Clock
  readonly #hosts = new Map<string, { hosts: readonly string[]; until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Remembers the indication that `request` has met, if it says so. */
  add(request: RawMessage, { by, hosts, usage, cacheSeconds }: RedirectIndication): void {
    const key = keys.find(([name]) => name === usage)?.[1](request, by)
    if (key === undefined || cacheSeconds === 0) return
    this.#hosts.delete(`${usage} ${key}`)
    this.#hosts.set(`${usage} ${key}`, { hosts, until: this.#clock.now() + cacheSeconds * 1000 })
    const [oldest] = this.#hosts.keys()
    if (this.#hosts.size > indicationsLimit && oldest !== undefined) this.#hosts.delete(oldest)
  }

  /** Where the request should go instead of to `nextHop`; undefined without an indication. */
  find(request: RawMessage, nextHop: string | undefined): readonly string[] | undefined {
    if (this.#hosts.size === 0) return undefined
    for (const [usage, key] of keys) {
      const entry = `${usage} ${key(request, nextHop)}`
      const found = this.#hosts.get(entry)
      if (found !== undefined && found.until > this.#clock.now()) return found.hosts
      this.#hosts.delete(entry)
    }
    return undefined
  }
}

function realmOf({ avps }: RawMessage): string | undefined {
  return firstValue(avps, 'Destination-Realm')?.toLowerCase()
}

/** The host of a DiameterURI: `aaa://host:port;transport=tcp` (RFC 6733, section 4.3.1). */
function identityIn(uri: string): string | undefined {
  return /^aaas?:\/\/([^:;/]+)/i.exec(uri)?.[1]
}
