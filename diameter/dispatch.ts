import type { Clock } from '#core/clock.ts'
import type { Log } from '#core/log.ts'
import { commandAbbreviation } from '#wire/diameter/command.ts'
import { encodeNamedAvp, firstValue } from '#wire/diameter/group.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { DiameterError } from './diameter-error.ts'
import { indicationOf, type RedirectCache, type RedirectIndication } from './redirect.ts'
import { type NextHop, type Routed, type RoutingTable, route } from './routing.ts'

/** A neighbour to which a request can be sent. */
export interface Carrier extends NextHop {
  /** Rejects with diameter/closed when the answer can no longer be waited for there, with diameter/timeout when none came. */
  request(request: RawMessage, timeoutMilliseconds: number): Promise<RawMessage>
}

export interface DispatchParts<Hop extends Carrier> {
  table: RoutingTable<Hop>
  redirects: RedirectCache
  clock: Clock
  log: Log
}

export interface Journey<Hop> {
  /** The neighbour whose request is forwarded; absent for a request of our own. */
  from?: Hop
  timeoutMilliseconds: number
}

export type Dispatched<Hop> =
  | { kind: 'answered'; answer: RawMessage; by: Hop }
  | Exclude<Routed<Hop>, { kind: 'forward' }>

/** The next hop could not deliver, but another one may (RFC 6733, section 7.1.3). */
const worthAnAlternate: readonly number[] = [
  resultCode.unableToDeliver,
  resultCode.tooBusy,
  resultCode.loopDetected,
]

/**
 * Takes a request to one neighbour after the other until it is answered:
 * - failover (RFC 6733, section 5.5.4): one that waits at a neighbour that is suspected or lost goes to another that leads to the same
 *   destination, with the T flag and the same end-to-end identifier. Without another, our own waits for a neighbour to open, as long as
 *   its time lasts; somebody else's is refused with 3002, so that its sender can choose another way;
 * - a neighbour that answers with 3002, 3004 or 3005 is passed over, and only the last such answer is given to who asked;
 * - a redirect indication is followed, to configured neighbours only (section 6.1.8).
 * No request is sent twice to a neighbour that has answered it, so this ends.
 */
export class Dispatch<Hop extends Carrier> {
  readonly #parts: DispatchParts<Hop>
  #waiting: (() => void)[] = []
  #stopped = false

  constructor(parts: DispatchParts<Hop>) {
    this.#parts = parts
  }

  /** A neighbour has become usable, or has ceased to be. */
  peersChanged(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** No more failover: what is under way ends with diameter/closed. */
  stop(): void {
    this.#stopped = true
    this.peersChanged()
  }

  /** Rejects with diameter/timeout, diameter/closed, diameter/redirect. @throws wire/malformed for unreadable routing AVPs */
  async send(request: RawMessage, { from, timeoutMilliseconds }: Journey<Hop>): Promise<Dispatched<Hop>> {
    const { clock, log, redirects } = this.#parts
    const end = clock.now() + timeoutMilliseconds
    const records = from === undefined ? [] : [encodeNamedAvp('Route-Record', from.identity)]
    const name = commandAbbreviation(request.commandCode, true)
    const answered = new Set<Hop>()
    let { retransmitted } = request
    let lost: DiameterError | undefined
    let refusal: Dispatched<Hop> | undefined
    let indication: RedirectIndication | undefined
    for (;;) {
      const routed = this.#route(request, from, answered, indication)
      if (routed.kind !== 'forward') {
        if (indication !== undefined) throw unfollowed(name, indication)
        if (refusal !== undefined) return refusal
        if (lost === undefined || from !== undefined) return routed
        if (this.#stopped) throw lost
        await this.#change(end - clock.now(), name)
        continue
      }
      const { to } = routed
      const message = { ...request, retransmitted, avps: [...request.avps, ...records] }
      let answer: RawMessage
      try {
        answer = await to.request(message, Math.max(0, end - clock.now()))
      } catch (error) {
        if (!(error instanceof DiameterError) || error.code !== 'diameter/closed' || this.#stopped)
          throw error
        log.warn({ event: 'failover', peer: to.identity, request: name }, 'a request goes another way')
        lost = error
        retransmitted = true
        continue
      }
      answered.add(to)
      const delivered: Dispatched<Hop> = { kind: 'answered', answer, by: to }
      const code = answer.error ? firstValue(answer.avps, 'Result-Code') : undefined
      if (code === resultCode.redirectIndication) {
        indication = indicationOf(to.identity, answer)
        redirects.add(request, indication)
      } else if (code === undefined || !worthAnAlternate.includes(code)) return delivered
      else {
        refusal = delivered
        indication = undefined
      }
    }
  }

  #route(
    request: RawMessage,
    from: Hop | undefined,
    except: ReadonlySet<Hop>,
    indication: RedirectIndication | undefined,
  ): Routed<Hop> {
    const { table } = this.#parts
    const direct = route(table, request, from, { except })
    if (direct.kind === 'local') return direct
    const cached = (): readonly string[] | undefined =>
      this.#parts.redirects.find(request, direct.kind === 'forward' ? direct.to.identity : undefined)
    const hosts = indication?.hosts ?? cached()
    if (hosts === undefined) return direct
    const redirected = route(table, request, from, { except, hosts })
    return redirected.kind === 'forward' || indication !== undefined ? redirected : direct
  }

  /** Resolves when `peersChanged`; rejects when that takes too long. */
  #change(milliseconds: number, name: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = this.#parts.clock.after(Math.max(0, milliseconds), () => {
      this.#waiting = this.#waiting.filter((wake) => wake !== wakeUp)
      reject(
        new DiameterError('diameter/timeout', `${name}: its peer was lost, and no other opened in its time`),
      )
    })
    const wakeUp = (): void => {
      timer.cancel()
      resolve()
    }
    this.#waiting.push(wakeUp)
    return promise
  }
}

function unfollowed(name: string, { by, hosts }: RedirectIndication): DiameterError {
  const target = hosts.length === 0 ? 'no host that can be read' : hosts.join(', ')
  return new DiameterError(
    'diameter/redirect',
    `${by} redirects a ${name} to ${target}, which is no open peer: only configured peers are believed, add it to diameter.peers`,
  )
}
