import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReceivedRegistration } from '../access-link/access-link.ts'
import type { AuthorizedSession } from '../authorized-session/authorized-session.ts'
import type { VisitAccounting } from './accounting.ts'

/** A mobile node that is served here (RFC 5944, section 3.7.1). */
export interface VisitorEntry {
  nai: string
  homeAddress: Ipv4Address
  homeAgent: Ipv4Address
  linkAddress: LinkAddress
  /** The Diameter session of this visit. */
  session: AuthorizedSession
  profile: ServiceProfile
  expiresAtMilliseconds: number
  accounting: VisitAccounting
}

/** A registration request whose reply has not come yet. It says nothing about the current entry until it is accepted. */
export interface PendingRegistration {
  nai: string
  /** The UDP payload as the node sent it. */
  bytes: Buffer
  request: RegistrationRequest
  from: ReceivedRegistration
  /** Of the authorization under way; absent when the home agent was asked directly. */
  sessionId?: string
  /** The home server has ended the session before the node heard of it. */
  aborted: boolean
  /** The node has asked again meanwhile: its latest request, which is the only one that it takes a reply to. */
  again?: ReceivedRegistration
}

/** The current entries, one for each node. */
export class VisitorList {
  readonly #byNai = new Map<string, VisitorEntry>()
  readonly #bySession = new Map<string, VisitorEntry>()

  of(nai: string): VisitorEntry | undefined {
    return this.#byNai.get(nai)
  }

  withSession(sessionId: string): VisitorEntry | undefined {
    return this.#bySession.get(sessionId)
  }

  all(): Iterable<VisitorEntry> {
    return this.#byNai.values()
  }

  /** Puts an entry in place of the node's former one. */
  set(entry: VisitorEntry): void {
    this.delete(entry.nai)
    this.#byNai.set(entry.nai, entry)
    this.#bySession.set(entry.session.sessionId, entry)
  }

  delete(nai: string): void {
    const entry = this.#byNai.get(nai)
    if (!entry) return
    this.#byNai.delete(nai)
    this.#bySession.delete(entry.session.sessionId)
  }
}
