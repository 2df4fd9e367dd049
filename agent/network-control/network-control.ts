/**
 * The network control mechanism of an agent: tells the home servers of the subscribers on its links how those fare, as an
 * Accounting-Request with an EVENT_RECORD (docs/decisions/0015).
 */
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { isSuccess } from '#diameter/handler.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { encodeNetworkReport } from '#wire/diameter/network-report.ts'
import type { AuthorizedSession } from '../authorized-session/authorized-session.ts'
import { addressee } from '../authorized-session/session-terms.ts'
import type { NetworkReportsConfig } from './config.ts'
import { isWorthTelling, type LinkFacts, type LinkSample, linkFacts } from './link-facts.ts'
import type { LinkReader } from './link-reader.ts'

/** A link that the agent shapes. */
export interface ControlledLink {
  interface: string
  rateBitsPerSecond: number
}

export interface NetworkControlParts {
  config: NetworkReportsConfig
  links: readonly ControlledLink[]
  reader: LinkReader
  /** Of all who are served: their home servers are told. */
  sessions(): Iterable<AuthorizedSession>
  diameter: Pick<DiameterNode, 'request' | 'sessionId'>
  clock: Clock
  log: Log
}

type Server = AuthorizedSession['server']

/** What one home server was told of one link. */
interface Told {
  facts: LinkFacts | undefined
  /** A report is on its way: the next one waits for its answer. */
  isUnderWay: boolean
}

/** However often links go up and down, they are looked at no sooner than this after the last look. */
const shortestPauseMilliseconds = 1000
const eventRecord = dictionary['Accounting-Record-Type'].values.EVENT_RECORD

export class NetworkControl {
  readonly #parts: NetworkControlParts
  readonly #samples = new Map<string, LinkSample>()
  readonly #told = new Map<string, Told>()
  #timer: Timer | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  #isLooking = false
  #isClosed = false

  constructor(parts: NetworkControlParts) {
    this.#parts = parts
  }

  /** Nothing after `close`. */
  start(): void {
    if (this.#isClosed) return
    this.#parts.reader.watch(() => this.#lookSoon())
    this.#look()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#parts.reader.close()
  }

  /** A link may have changed: at once, unless the last look was just now. */
  #lookSoon(): void {
    if (this.#isClosed || this.#isLooking) return
    this.#lookIn(Math.max(0, this.#lookedAt + shortestPauseMilliseconds - this.#parts.clock.now()))
  }

  #lookIn(milliseconds: number): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(milliseconds, () => this.#look())
  }

  #look(): void {
    const { clock, config, log } = this.#parts
    this.#lookedAt = clock.now()
    this.#isLooking = true
    this.#readAll()
      .catch((error: unknown) => {
        if (!this.#isClosed)
          log.error({ event: 'network-control', reason: describeError(error) }, 'the links could not be read')
      })
      .finally(() => {
        this.#isLooking = false
        if (!this.#isClosed) this.#lookIn(config.intervalSeconds * 1000)
      })
  }

  async #readAll(): Promise<void> {
    const { links, reader } = this.#parts
    const servers = this.#servers()
    for (const key of this.#told.keys()) if (!servers.has(serverIn(key))) this.#told.delete(key)
    for (const { interface: name, rateBitsPerSecond } of links) {
      const before = this.#samples.get(name)
      const sample = (await reader.read(name)) ?? gone(before, this.#lookedAt)
      this.#samples.set(name, sample)
      const facts = linkFacts(before, sample, rateBitsPerSecond)
      for (const [key, server] of servers) this.#tell(server, told(this.#told, `${key} ${name}`), name, facts)
    }
  }

  #tell(server: Server, known: Told, linkName: string, facts: LinkFacts): void {
    const { utilizationChange: utilization, dropsPerSecondChange: dropsPerSecond } = this.#parts.config
    if (known.isUnderWay || !isWorthTelling(known.facts, facts, { utilization, dropsPerSecond })) return
    known.isUnderWay = true
    void this.#send(server, linkName, facts)
      .then((isTold) => {
        known.facts = isTold ? facts : undefined
      })
      .finally(() => {
        known.isUnderWay = false
      })
  }

  /** False where no answer came: the next look tries again, with what is so then. */
  async #send(server: Server, linkName: string, facts: LinkFacts): Promise<boolean> {
    const { diameter, log } = this.#parts
    const { atMilliseconds, ...values } = facts
    const about = { event: 'network-report', server: server.host ?? server.realm, link: linkName, ...values }
    try {
      const answer = await diameter.request('Accounting', {
        'Session-Id': diameter.sessionId('network'),
        'Destination-Realm': server.realm,
        ...(server.host === undefined ? {} : { 'Destination-Host': server.host }),
        'Accounting-Record-Type': eventRecord,
        'Accounting-Record-Number': 0,
        'Network-Report': encodeNetworkReport({
          linkName,
          ...values,
          atSeconds: Math.floor(atMilliseconds / 1000),
        }),
      })
      if (isSuccess(answer)) log.debug(about, 'reported how a link fares')
      else
        log.warn(
          { ...about, resultCode: answer.avps['Result-Code'] },
          'the home server takes no network reports',
        )
      return true
    } catch (error) {
      log.warn({ ...about, reason: describeError(error) }, 'the home server was not told how a link fares')
      return false
    }
  }

  #servers(): Map<string, Server> {
    const servers = new Map<string, Server>()
    for (const session of this.#parts.sessions()) {
      const server = addressee(session, 'ACCOUNTING')
      servers.set(`${server.host ?? ''}/${server.realm}`, server)
    }
    return servers
  }
}

function told(all: Map<string, Told>, key: string): Told {
  const known = all.get(key) ?? { facts: undefined, isUnderWay: false }
  all.set(key, known)
  return known
}

function serverIn(key: string): string {
  return key.slice(0, key.indexOf(' '))
}

/** An interface that is not there is down, and has sent nothing since. */
function gone(before: LinkSample | undefined, atMilliseconds: number): LinkSample {
  return { atMilliseconds, up: false, bytes: before?.bytes ?? 0n, drops: before?.drops ?? 0n }
}
