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
import { heldProfile, profileTerms } from '../authorized-session/profile-footprint.ts'
import { SubscriberTurns } from '../authorized-session/subscriber-turns.ts'
import type { Datapath } from '../datapath/datapath.ts'
import type { SubscriberFootprint } from '../datapath/footprint.ts'
import { countedUsage, noUsage, VisitAccounting } from './accounting.ts'
import type { MobileForeignAssociation } from './node-authentication.ts'
import type { VisitTunnel } from './visit-tunnel.ts'
import { type AgreedRevocation, type VisitorEntry, VisitorList } from './visitor-list.ts'

export interface VisitsParts {
  careOfAddress: Ipv4Address
  accessInterface: string
  datapath: Pick<Datapath, 'set' | 'remove' | 'counters' | 'report'>
  diameter: Pick<DiameterNode, 'request'>
  records: Pick<RecordQueue, 'add'>
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
 * The visitors of a foreign agent, and what begins, prolongs and ends a visit. The methods are called in the subscriber's turn.
 */
export class Visits {
  readonly visitors = new VisitorList()
  readonly turns = new SubscriberTurns()
  readonly #parts: VisitsParts
  readonly #expiry: Expiry

  constructor(parts: VisitsParts) {
    this.#parts = parts
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
  }

  /**
   * Serves a node: kernel first, read back, then the list. A visit under another session ends by it. The caller starts the accounting,
   * when the node has its reply.
   * @throws DatapathError datapath/rejected, with everything as it was
   */
  async admit(admission: Admission): Promise<VisitorEntry> {
    const { datapath, clock, log } = this.#parts
    const { nai, homeAddress, homeAgent, linkAddress, tunnel, session, revocation } = admission
    const { lifetimeSeconds, interimIntervalSeconds } = admission
    const former = this.visitors.of(nai)
    const association = admission.association ?? former?.association
    const formerUsage = former && (await former.accounting.usage())
    const profile = newer(admission.profile, former?.profile)
    const footprint = this.footprint({ homeAddress, homeAgent, linkAddress, tunnel }, profile)
    const held = heldProfile(profile, footprint, await datapath.set(nai, footprint))
    const before = former ? await countedUsage(datapath, nai) : noUsage
    const visit = { nai, homeAddress, homeAgent, session, interimIntervalSeconds, before }
    const entry: VisitorEntry = {
      nai,
      homeAddress,
      homeAgent,
      linkAddress,
      tunnel,
      ...(association && { association }),
      ...(revocation && { revocation }),
      session,
      profile: held,
      ...visitEnds(clock.now(), lifetimeSeconds, session),
      accounting: new VisitAccounting(this.#parts, visit, () => this.#disconnect(nai, session.sessionId)),
    }
    this.visitors.set(entry)
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
   * @throws DatapathError when its link address or tunnel changed and the kernel refused
   */
  async prolong(
    visitor: VisitorEntry,
    { lifetimeSeconds, linkAddress, tunnel, revocation }: Prolongation,
  ): Promise<void> {
    const { datapath, clock, log } = this.#parts
    const { nai, profile } = visitor
    if (linkAddress !== visitor.linkAddress || !isDeepStrictEqual(tunnel, visitor.tunnel)) {
      await datapath.set(nai, this.footprint({ ...visitor, linkAddress, tunnel }, profile))
      Object.assign(visitor, { linkAddress, tunnel })
    }
    if (revocation) visitor.revocation = revocation
    Object.assign(visitor, visitEnds(clock.now(), lifetimeSeconds, visitor.session))
    this.#expiry.set(nai, visitor.expiresAtMilliseconds)
    log.info({ event: 'visitor', nai, lifetimeSeconds }, 'visitor registered again')
  }

  /** Ends a visit: out of the kernel, then the last usage record, then the end of the session. Nothing for a node that is not here. */
  async release(nai: string, cause: TerminationCause): Promise<void> {
    const visitor = this.visitors.of(nai)
    if (!visitor) return
    const usage = await visitor.accounting.usage()
    await this.#parts.datapath.remove(nai)
    this.visitors.delete(nai)
    this.#expiry.clear(nai)
    this.#parts.log.info(
      { event: 'visitor', nai, homeAddress: visitor.homeAddress, cause },
      'visitor removed',
    )
    this.#parts.left(visitor, cause)
    void this.#report(visitor, usage, cause)
  }

  /** What a visitor asks of the kernel: out of the tunnel, onto the access link, in the class of the profile; and back, if so settled. */
  footprint(
    {
      homeAddress,
      homeAgent,
      linkAddress,
      tunnel: { reverseTunnel, ...tunnel },
    }: Pick<VisitorEntry, 'homeAddress' | 'homeAgent' | 'linkAddress' | 'tunnel'>,
    profile: ServiceProfile,
  ): SubscriberFootprint {
    const { careOfAddress, accessInterface } = this.#parts
    return {
      homeAddress,
      tunnel: { ...tunnel, local: careOfAddress, remote: homeAgent },
      ...profileTerms(profile),
      delivery: { via: 'access', interface: accessInterface, linkAddress },
      ...(reverseTunnel && { reverseTunnel }),
    }
  }

  /** Ends all timers; the visitors stay in the kernel. */
  async close(): Promise<void> {
    this.#expiry.close()
    for (const { accounting } of this.visitors.all()) accounting.pause()
    await this.turns.idle()
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
