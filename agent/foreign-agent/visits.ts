import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import type { DiameterNode } from '#diameter/node.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { RecordQueue } from '../accounting/record-queue.ts'
import {
  type AuthorizedSession,
  type TerminationCause,
  terminateSession,
} from '../authorized-session/authorized-session.ts'
import { Expiry } from '../authorized-session/expiry.ts'
import { heldProfile } from '../authorized-session/profile-footprint.ts'
import { SubscriberTurns } from '../authorized-session/subscriber-turns.ts'
import type { Datapath } from '../datapath/datapath.ts'
import type { SubscriberFootprint } from '../datapath/footprint.ts'
import { commitOrLater, commitOrUndo } from '../state-store/commit.ts'
import {
  type AccountedVisit,
  type AccountingProgress,
  countedBefore,
  countedUsage,
  newProgress,
  noUsage,
  VisitAccounting,
} from './accounting.ts'
import type { MobileForeignAssociation } from './node-authentication.ts'
import { type Passage, type VisitPlace, visitFootprint } from './visit-footprint.ts'
import { VisitMoves } from './visit-moves.ts'
import type { VisitTunnel } from './visit-tunnel.ts'
import { type AgreedRevocation, type VisitorEntry, VisitorList } from './visitor-list.ts'
import type { ForeignAgentState, StoredVisitor } from './visitor-store.ts'

export interface VisitsParts extends VisitPlace {
  datapath: Pick<Datapath, 'set' | 'remove' | 'counters' | 'report'>
  diameter: Pick<DiameterNode, 'request'>
  records: Pick<RecordQueue, 'add'>
  state: Pick<ForeignAgentState, 'visitors' | 'commit'>
  /** Called when a visit ends. */
  left(visitor: VisitorEntry, cause: TerminationCause): void
  clock: Clock
  log: Log
}

/** An accepted registration that begins a visit. */
export interface Admission {
  nai: string
  homeAddress: Ipv4Address
  homeAgent: Ipv4Address
  linkAddress: LinkAddress
  tunnel: VisitTunnel
  /** A new one; absent: that of a former visit holds. */
  association: MobileForeignAssociation | undefined
  revocation: AgreedRevocation | undefined
  session: AuthorizedSession
  profile: ServiceProfile
  lifetimeSeconds: number
  interimIntervalSeconds: number
}

/** What a registration of a visitor may change. */
export type Prolongation = Pick<Admission, 'lifetimeSeconds' | 'linkAddress' | 'tunnel' | 'revocation'>

/**
 * The visitors of a foreign agent, and what begins, prolongs and ends a visit. The methods are called in the subscriber's turn. A long
 * file, since each of them changes kernel, list, disk and accounting together, or puts all back.
 */
export class Visits {
  readonly visitors: VisitorList
  readonly turns = new SubscriberTurns()
  readonly #parts: VisitsParts
  readonly #expiry: Expiry
  /** What is prepared for visits to come, and what passes between this agent and others. */
  readonly moves: VisitMoves

  constructor(parts: VisitsParts) {
    this.#parts = parts
    this.visitors = new VisitorList(parts.state.visitors)
    this.#expiry = new Expiry(parts.clock, (nai) => {
      void this.turns
        .take(nai, () => this.#endExpired(nai))
        .catch((error: unknown) => {
          parts.log.error(
            { event: 'expiry', nai, reason: describeError(error) },
            'an expired visitor was not removed',
          )
        })
    })
    this.moves = new VisitMoves({
      ...parts,
      visitors: this.visitors,
      turns: this.turns,
      changed: (visitor) => this.#changed(visitor),
    })
  }

  /**
   * Goes on with the visitors of a former process: each ends in its time, the ones whose time is over at once, and those that the kernel
   * could not be given back. @param isServed by the kernel
   */
  resume(visitors: readonly StoredVisitor[], isServed: (nai: string) => boolean): void {
    const failed = (nai: string) => (error: unknown) =>
      this.#parts.log.error(
        { event: 'visitor', nai, reason: describeError(error) },
        'a visitor of the former process was not taken over as it was',
      )
    for (const stored of visitors) {
      const { nai, expiresAtMilliseconds } = stored
      const visitor = { ...stored, accounting: this.#accounting(stored, stored.accounting) }
      this.visitors.resume(visitor)
      this.moves.watch(visitor)
      this.#expiry.set(nai, expiresAtMilliseconds)
      this.turns
        .take(nai, async () => {
          await visitor.accounting.resume()
          if (!isServed(nai)) await this.release(nai, 'DIAMETER_SERVICE_NOT_PROVIDED')
        })
        .catch(failed(nai))
    }
  }

  /** Writes a visitor whose kernel state was changed. @throws state/unwritable, netlink/refused */
  async keep(visitor: VisitorEntry): Promise<void> {
    await visitor.accounting.note()
    this.visitors.set(visitor)
    this.#parts.state.commit()
  }

  /**
   * Serves a node: kernel first, read back, then the list. A visit under another session ends by it. The caller starts the accounting,
   * when the node has its reply.
   * @throws datapath/rejected, state/unwritable; with everything as it was
   */
  async admit(admission: Admission): Promise<VisitorEntry> {
    const { datapath, clock, log } = this.#parts
    const { nai, homeAddress, homeAgent, linkAddress, tunnel, session, revocation } = admission
    const { lifetimeSeconds, interimIntervalSeconds } = admission
    const former = this.visitors.of(nai)
    const announced = this.moves.provisionOf(nai)
    const provision = announced?.sessionId === session.sessionId ? announced : undefined
    const previous = provision ? provision.previous : former?.previous
    const passing = previous && { previous }
    const association = admission.association ?? former?.association
    const formerUsage = former && (await former.accounting.usage())
    const counted = former?.accounting.progress.counted
    const profile = newer(admission.profile, former?.profile)
    const footprint = this.footprint({ homeAddress, homeAgent, linkAddress, tunnel, ...passing }, profile)
    const held = heldProfile(profile, footprint, await datapath.set(nai, footprint))
    const before = counted
      ? countedBefore(counted, await countedUsage(datapath, nai))
      : (provision?.before ?? noUsage)
    const accounting = this.#accounting(
      { nai, homeAddress, homeAgent, session },
      newProgress(clock, interimIntervalSeconds, before),
    )
    if (former) await accounting.note()
    const entry: VisitorEntry = {
      nai,
      homeAddress,
      homeAgent,
      linkAddress,
      tunnel,
      ...(association && { association }),
      ...(revocation && { revocation }),
      ...passing,
      session,
      profile: held,
      ...visitEnds(clock.now(), lifetimeSeconds, session),
      accounting,
    }
    if (provision) this.moves.begin(provision)
    this.visitors.set(entry)
    await commitOrUndo(this.#parts.state, () => this.#undo(nai, former))
    this.moves.watch(entry)
    this.#expiry.set(nai, entry.expiresAtMilliseconds)
    if (former && formerUsage) void this.#report(former, formerUsage, 'DIAMETER_USER_MOVED')
    log.info(
      { event: 'visitor', nai, homeAddress, linkAddress, lifetimeSeconds, revision: profile.revision },
      'visitor admitted',
    )
    return entry
  }

  /**
   * The node has registered again with its home agent.
   * @throws datapath/rejected when its link address or tunnel changed and the kernel refused, state/unwritable; with everything as it was
   */
  async prolong(
    visitor: VisitorEntry,
    { lifetimeSeconds, linkAddress, tunnel, revocation }: Prolongation,
  ): Promise<void> {
    const { datapath, clock, log } = this.#parts
    const { nai, profile, next, ...place } = visitor
    const former = { ...visitor }
    // Who registers from here has not moved on.
    if (next || linkAddress !== visitor.linkAddress || !isDeepStrictEqual(tunnel, visitor.tunnel)) {
      await datapath.set(nai, this.footprint({ ...place, linkAddress, tunnel }, profile))
      Object.assign(visitor, { linkAddress, tunnel })
      delete visitor.next
    }
    if (revocation) visitor.revocation = revocation
    Object.assign(visitor, visitEnds(clock.now(), lifetimeSeconds, visitor.session))
    this.visitors.set(visitor)
    await commitOrUndo(this.#parts.state, () => this.#undo(nai, former))
    this.#expiry.set(nai, visitor.expiresAtMilliseconds)
    log.info({ event: 'visitor', nai, lifetimeSeconds }, 'visitor registered again')
  }

  /** Ends a visit: out of the kernel, then the last usage record, then the end of the session. Nothing for a node that is not here. */
  async release(nai: string, cause: TerminationCause): Promise<void> {
    const visitor = this.visitors.of(nai)
    if (!visitor) return
    const usage = await visitor.accounting.usage()
    const provision = this.moves.provisionOf(nai)
    // What the node's next visit here needs stays, and its usage begins where this one's ends.
    if (provision) provision.before = await countedUsage(this.#parts.datapath, nai)
    else await this.#parts.datapath.remove(nai)
    this.visitors.delete(nai)
    this.#expiry.clear(nai)
    this.moves.forget(nai)
    this.#parts.log.info(
      { event: 'visitor', nai, homeAddress: visitor.homeAddress, cause },
      'visitor removed',
    )
    this.#parts.left(visitor, cause)
    // The last record is on the disk before the visit is off it.
    void this.#report(visitor, usage, cause)
    this.#commitLater()
  }

  /** What a visitor asks of the kernel. */
  footprint(visit: Passage, profile: ServiceProfile): SubscriberFootprint {
    return visitFootprint(this.#parts, visit, profile)
  }

  /** Ends all timers; the visitors stay in the kernel. */
  async close(): Promise<void> {
    this.#expiry.close()
    this.moves.close()
    for (const { accounting } of this.visitors.all()) accounting.pause()
    await this.turns.idle()
  }

  /** The accounting of a visitor whose entry is written with each record. */
  #accounting(visit: AccountedVisit, progress: AccountingProgress): VisitAccounting {
    const { nai, session } = visit
    const keep = (accounting: VisitAccounting): void => {
      const visitor = this.visitors.of(nai)
      if (visitor?.accounting === accounting) this.#changed(visitor)
    }
    return new VisitAccounting({ ...this.#parts, keep }, visit, progress, () =>
      this.#disconnect(nai, session.sessionId),
    )
  }

  /** The kernel and the list get back what they had before a registration. */
  async #undo(nai: string, former: VisitorEntry | undefined): Promise<void> {
    if (former) {
      this.visitors.set(former)
      await this.#parts.datapath.set(nai, this.footprint(former, former.profile))
    } else {
      this.visitors.delete(nai)
      await this.#parts.datapath.remove(nai)
    }
  }

  #changed(visitor: VisitorEntry): void {
    this.visitors.set(visitor)
    this.#commitLater()
  }

  #commitLater(): void {
    commitOrLater(this.#parts.state, this.#parts.log, 'a change of a visitor')
  }

  async #report(
    { nai, session, accounting }: VisitorEntry,
    usage: Parameters<VisitAccounting['stop']>[0],
    cause: TerminationCause,
  ) {
    await accounting.stop(usage)
    await terminateSession(this.#parts, session, nai, cause)
  }

  /** The home server wants no service without accounting (RFC 6733, section 8.2). */
  #disconnect(nai: string, sessionId: string): void {
    const { log } = this.#parts
    log.warn({ event: 'accounting', nai, sessionId }, 'the visit ends: its usage cannot be accounted for')
    this.turns
      .take(nai, async () => {
        if (this.visitors.of(nai)?.session.sessionId === sessionId)
          await this.release(nai, 'DIAMETER_SERVICE_NOT_PROVIDED')
      })
      .catch((error: unknown) => {
        log.error({ event: 'accounting', nai, reason: describeError(error) }, 'a visit could not be ended')
      })
  }

  async #endExpired(nai: string): Promise<void> {
    const visitor = this.visitors.of(nai)
    if (!visitor || visitor.expiresAtMilliseconds > this.#parts.clock.now()) return
    const isAuthorized = visitor.session.authorizedUntilMilliseconds > this.#parts.clock.now()
    await this.release(nai, isAuthorized ? 'DIAMETER_SESSION_TIMEOUT' : 'DIAMETER_AUTH_EXPIRED')
  }
}

/** Neither the registration nor the authorization may be outlived. */
function visitEnds(
  now: number,
  lifetimeSeconds: number,
  { authorizedUntilMilliseconds }: AuthorizedSession,
): Pick<VisitorEntry, 'expiresAtMilliseconds' | 'registeredUntilMilliseconds'> {
  const registeredUntilMilliseconds = now + lifetimeSeconds * 1000
  return {
    expiresAtMilliseconds: Math.min(registeredUntilMilliseconds, authorizedUntilMilliseconds),
    registeredUntilMilliseconds,
  }
}

/** A profile change that overtook the registration stays in force. */
function newer(granted: ServiceProfile, held: ServiceProfile | undefined): ServiceProfile {
  return held !== undefined && held.revision > granted.revision ? held : granted
}
