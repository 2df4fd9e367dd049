/** Visits on their way from one foreign agent to another: set up before they begin, and forwarded to before they end. */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import type { DatapathReport } from '#wire/diameter/datapath-report.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import { Expiry } from '../authorized-session/expiry.ts'
import { heldProfile } from '../authorized-session/profile-footprint.ts'
import type { SubscriberTurns } from '../authorized-session/subscriber-turns.ts'
import type { Datapath } from '../datapath/datapath.ts'
import type { Usage } from './accounting.ts'
import { type Passage, visitFootprint } from './visit-footprint.ts'
import type { PassingTunnel, VisitorEntry, VisitorList } from './visitor-list.ts'

export interface VisitMovesParts {
  careOfAddress: Ipv4Address
  accessInterface: string
  datapath: Pick<Datapath, 'set' | 'remove' | 'report'>
  visitors: Pick<VisitorList, 'of'>
  turns: Pick<SubscriberTurns, 'take'>
  /** An entry is to be written. */
  changed(visitor: VisitorEntry): void
  clock: Clock
  log: Log
}

/** A visit that the home server has announced before it accepts the registration. */
export interface Provision extends Omit<Passage, 'next'> {
  nai: string
  sessionId: string
  profile: ServiceProfile
  /** What the kernel had counted when a former visit of the node at this agent ended meanwhile. */
  before?: Usage
}

/** The methods that change the kernel are called in the subscriber's turn. */
export class VisitMoves {
  readonly #parts: VisitMovesParts
  /** Ends of what passes between this agent and others. */
  readonly #passing: Expiry
  /** By name. */
  readonly #provisions = new Map<string, Provision>()

  constructor(parts: VisitMovesParts) {
    this.#parts = parts
    this.#passing = new Expiry(parts.clock, (nai) => {
      void parts.turns
        .take(nai, () => this.#endPassing(nai))
        .catch((error: unknown) => {
          parts.log.error(
            { event: 'handover', nai, reason: describeError(error) },
            'packets of a move still pass between agents',
          )
        })
    })
  }

  /**
   * Sets the kernel for a visit whose registration waits for its answer, so that it is there when the home agent switches. What a former
   * visit of the node at this agent has there is replaced. Returns what the kernel holds.
   * @throws DatapathError datapath/rejected, with everything as it was
   */
  async provision(provision: Provision): Promise<ServiceProfile> {
    const { nai, profile } = provision
    const footprint = visitFootprint(this.#parts, provision, profile)
    const held = heldProfile(profile, footprint, await this.#parts.datapath.set(nai, footprint))
    this.#provisions.set(nai, provision)
    return held
  }

  /** Where in the kernel the node is. */
  report(nai: string): DatapathReport | undefined {
    return this.#parts.datapath.report(nai)
  }

  /** What the kernel is set for beside, or instead of, the visit of the node. */
  provisionOf(nai: string): Provision | undefined {
    return this.#provisions.get(nai)
  }

  /** The visit has begun. */
  begin({ nai }: Provision): void {
    this.#provisions.delete(nai)
  }

  /** The announced visit does not begin: the kernel gets back what was there before. Nothing to do where none was announced. */
  async withdraw(nai: string, sessionId: string): Promise<void> {
    const { datapath, visitors } = this.#parts
    if (this.#provisions.get(nai)?.sessionId !== sessionId) return
    this.#provisions.delete(nai)
    const visitor = visitors.of(nai)
    if (visitor) await this.#set(visitor)
    else await datapath.remove(nai)
  }

  /**
   * Sends a visitor's downlink to its next agent, for a time; undefined: onto the access link again.
   * @throws DatapathError datapath/rejected, with everything as it was
   */
  async redirect(visitor: VisitorEntry, next: PassingTunnel | undefined): Promise<void> {
    const { next: _, ...here } = visitor
    await this.#set(next ? { ...here, next } : here)
    if (next) visitor.next = next
    else delete visitor.next
    this.#parts.changed(visitor)
    this.watch(visitor)
  }

  /** Sets the timer for what passes between this agent and others for a visitor. */
  watch({ nai, previous, next }: VisitorEntry): void {
    const ends = [previous, next].flatMap((passing) => (passing ? [passing.untilMilliseconds] : []))
    if (ends.length === 0) this.#passing.clear(nai)
    else this.#passing.set(nai, Math.min(...ends))
  }

  /** The visit has ended. */
  forget(nai: string): void {
    this.#passing.clear(nai)
  }

  /** Ends all timers. */
  close(): void {
    this.#passing.close()
  }

  async #endPassing(nai: string): Promise<void> {
    const visitor = this.#parts.visitors.of(nai)
    if (!visitor) return
    const now = this.#parts.clock.now()
    for (const way of ['previous', 'next'] as const)
      if ((visitor[way]?.untilMilliseconds ?? Number.POSITIVE_INFINITY) <= now) delete visitor[way]
    if (!this.#provisions.has(nai)) await this.#set(visitor)
    this.#parts.changed(visitor)
    this.watch(visitor)
  }

  async #set(visitor: VisitorEntry): Promise<void> {
    const { nai, profile } = visitor
    await this.#parts.datapath.set(nai, visitFootprint(this.#parts, visitor, profile))
  }
}
