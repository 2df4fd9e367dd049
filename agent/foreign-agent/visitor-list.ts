import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReceivedRegistration } from '../access-link/access-link.ts'
import type { AuthorizedSession } from '../authorized-session/authorized-session.ts'
import type { StoredMap } from '../state-store/stored-map.ts'
import type { VisitAccounting } from './accounting.ts'
import type { MobileForeignAssociation } from './node-authentication.ts'
import type { VisitTunnel } from './visit-tunnel.ts'
import type { StoredVisitor } from './visitor-store.ts'

/** What the home agent has said of revocation in its last reply (RFC 3543, section 3.2). */
export interface AgreedRevocation {
  /** By the home agent's clock. */
  timestampSeconds: number
  /** The node may be told of a revocation. */
  inform: boolean
}

/** Packets in flight between this agent and another one, for the time of a move. */
export interface PassingTunnel {
  careOfAddress: Ipv4Address
  untilMilliseconds: number
}

/** A mobile node that is served here (RFC 5944, section 3.7.1). */
export interface VisitorEntry {
  nai: string
  homeAddress: Ipv4Address
  homeAgent: Ipv4Address
  linkAddress: LinkAddress
  tunnel: VisitTunnel
  /** Absent: the node shares no key with this agent. */
  association?: MobileForeignAssociation
  /** Absent: neither agent revokes. */
  revocation?: AgreedRevocation
  /** The node has moved here: what its previous agent still sends. */
  previous?: PassingTunnel
  /** The node has moved on: where its downlink goes, until the home server ends the visit. */
  next?: PassingTunnel
  /** The Diameter session of this visit. */
  session: AuthorizedSession
  profile: ServiceProfile
  /** Of the visit: the end of the registration or of the authorization, whichever comes first. */
  expiresAtMilliseconds: number
  /** The end of the registration at the home agent. */
  registeredUntilMilliseconds: number
  accounting: VisitAccounting
}

/** A registration request whose reply has not come yet. It says nothing about the current entry until it is accepted. */
export interface PendingRegistration {
  nai: string
  request: RegistrationRequest
  from: ReceivedRegistration
  /** Of the authorization under way; absent when the home agent was asked directly. */
  sessionId?: string
  /** The home server has decided, or is not waited for any more: there is nothing to provide for. */
  decided?: true
  /** The home server has ended the session before the node heard of it. */
  aborted: boolean
  /** The node has asked again meanwhile: its latest request, which is the only one that it takes a reply to. */
  again?: AgainAsked
}

export interface AgainAsked {
  from: ReceivedRegistration
  request: RegistrationRequest
}

/** The current entries, one for each node. What changes is staged for the disk. */
export class VisitorList {
  readonly #kept: Pick<StoredMap<StoredVisitor>, 'set' | 'delete'>
  readonly #byNai = new Map<string, VisitorEntry>()
  readonly #byHomeAddress = new Map<Ipv4Address, VisitorEntry>()
  readonly #bySession = new Map<string, VisitorEntry>()

  constructor(kept: Pick<StoredMap<StoredVisitor>, 'set' | 'delete'>) {
    this.#kept = kept
  }

  of(nai: string): VisitorEntry | undefined {
    return this.#byNai.get(nai)
  }

  withHomeAddress(homeAddress: Ipv4Address): VisitorEntry | undefined {
    return this.#byHomeAddress.get(homeAddress)
  }

  withSession(sessionId: string): VisitorEntry | undefined {
    return this.#bySession.get(sessionId)
  }

  get size(): number {
    return this.#byNai.size
  }

  all(): IteratorObject<VisitorEntry> {
    return this.#byNai.values()
  }

  /** Puts an entry in place of the node's former one, or says that something of it has changed. */
  set(entry: VisitorEntry): void {
    this.#drop(entry.nai)
    this.#add(entry)
    this.#kept.set(entry.nai, { ...entry, accounting: entry.accounting.progress })
  }

  /** One of a former process, which is on the disk as it is. */
  resume(entry: VisitorEntry): void {
    this.#add(entry)
  }

  delete(nai: string): void {
    this.#drop(nai)
    this.#kept.delete(nai)
  }

  #add(entry: VisitorEntry): void {
    this.#byNai.set(entry.nai, entry)
    this.#byHomeAddress.set(entry.homeAddress, entry)
    this.#bySession.set(entry.session.sessionId, entry)
  }

  #drop(nai: string): void {
    const entry = this.#byNai.get(nai)
    if (!entry) return
    this.#byNai.delete(nai)
    this.#byHomeAddress.delete(entry.homeAddress)
    this.#bySession.delete(entry.session.sessionId)
  }
}
