/** All that the home server asks of its database in one place, and so above 300 lines: types and signatures only. */
import type { Ipv4Address } from '#core/ipv4.ts'
import type { DatapathReport } from '#wire/diameter/datapath-report.ts'
import type { SignalEvent } from '../profile/facts.ts'
import type { Effective, LayerEntry } from '../profile/layers.ts'
import type { AuditEntry } from './audit-table.ts'
import type { Payment } from './balance.ts'
import type { ChangeListener } from './connection.ts'
import type { ClosedEdit, CommitOutcome, CommitRequest, OpenedEdit } from './edit.ts'
import type { Edit } from './edit-table.ts'
import type { StoredEvent } from './event-table.ts'
import type { ImportChange } from './export-document.ts'
import type { ImportDocument, ImportText } from './import-file.ts'
import type { Observation } from './observation-table.ts'
import type { Override } from './override-table.ts'
import type { StoredDocument } from './profile-table.ts'
import type { Removal } from './removal.ts'
import type { RollBack } from './roll-back.ts'
import type { Settled } from './settle.ts'

export interface Subscriber {
  nai: string
  /** Fixed; undefined: one of the realm's pool, or of the network where the home agent is. */
  homeAddress: Ipv4Address | undefined
  /** Out of the pool, if ever. */
  assignedHomeAddress: Ipv4Address | undefined
  /** The security association with the home server: the key stays in its file. */
  authentication: { spi: number; keyFile: string }
}

/** `revision` grows by one with every difference, over restarts too, and travels to the agents. */
export interface RevisedProfile extends Omit<Effective, 'changesAt'> {
  revision: number
  /** Milliseconds since 1970. */
  since: number
}

/** What one agent holds of the profile, as far as it has said so itself. */
export interface Installation {
  qosSessionId: string | undefined
  /** Sent with the registration; in force once the agent confirms it. */
  grantedRevision: number | undefined
  /** Read back from the agent's kernel. */
  revision: number | undefined
  /** From the order to the agent's answer; undefined when the agent confirmed it by its accounting only. */
  milliseconds: number | undefined
  /**
   * Why the last order was not followed. After `unreachable` it is worth trying again, after `refused` not.
   */
  failure: Failure | undefined
  /** Where in its kernel the agent has the subscriber; undefined when it has not said. */
  datapath: DatapathReport | undefined
}
export type FailureKind = 'refused' | 'unreachable'
export interface Failure {
  kind: FailureKind
  reason: string
  /** What the agent was to hold; undefined when a former version of this program stored the failure. */
  revision: number | undefined
}

/** Home addresses for subscribers without a fixed one. */
export interface HomeAddressPool {
  has(address: Ipv4Address): boolean
  /** All of them, in order. */
  addresses(): Iterable<Ipv4Address>
}

/** A Diameter session: the home agent's, or that of one foreign agent visited. */
export interface Session {
  sessionId: string
  /** The home agent's session to which a visit belongs; its own id for the home agent's. */
  homeSessionId: string
  nai: string
  role: 'home-agent' | 'foreign-agent'
  /** Diameter identity and realm of the agent. */
  node: string
  realm: string
  /** The home agent's address, or the care-of address. */
  address: Ipv4Address
  /** Of the node; only in the home agent's session. */
  homeAddress: Ipv4Address | undefined
  acctMultiSessionId: string | undefined
  /** `releasing`: the agent has been, or must still be, told to let go. */
  state: 'open' | 'releasing' | 'ended'
  /** Milliseconds since 1970. */
  startedAt: number
  authorizedUntil: number
  installation: Installation
}

/** A registration that the home agent accepted. */
export interface AcceptedRegistration {
  nai: string
  /** Diameter identity of the home server, which cares for the subscriber from then on. */
  homeServer: string
  at: number
  authorizedUntil: number
  acctMultiSessionId: string | undefined
  homeAddress: Ipv4Address
  /** The revision that goes with the registration. */
  grantedRevision: number
  homeAgent: {
    sessionId: string
    node: string
    realm: string
    address: Ipv4Address
    /** What the home agent said it holds; undefined when it is the one who asked, and has not said yet. */
    installation: InstallationOutcome | undefined
  }
  /** Undefined: the node has a co-located care-of address. */
  foreignAgent:
    | {
        sessionId: string
        node: string
        realm: string
        careOfAddress: Ipv4Address
        /** What it has set before its registration was accepted; absent: it learns the profile by the answer. */
        installation?: InstallationOutcome
      }
    | undefined
}

export type InstallationOutcome = (
  | { applied: { revision: number; milliseconds: number } }
  /** The agent showed by other means that it holds the revision granted with the registration. */
  | { confirmed: number }
  | { failure: Failure }
) & { qosSessionId?: string; datapath?: DatapathReport | undefined }

/** Counters of an accounting record: cumulative within its session, at most 2^53 - 1. */
export interface Counters {
  downlinkBytes: number
  downlinkPackets: number
  uplinkBytes: number
  uplinkPackets: number
}

export interface AccountingRecord {
  /**
   * Session-Id of the record: the visit's own, or one that is tied to the session by Acct-Multi-Session-Id.
   */
  sessionId: string
  acctMultiSessionId: string | undefined
  /** Diameter identity of the sender, which must be a foreign agent of that session. */
  node: string
  recordNumber: number
  recordType: string
  counters: Counters
  at: number
}

export interface AccountingOutcome extends Settled {
  /** The visit that was charged. */
  session: Session
  /** Whether the record had been counted before. */
  duplicate: boolean
  /** Of the whole home agent session, this record counted. */
  usage: Counters
}

/**
 * Where subscribers, profiles, layers, revisions, sessions and usage live. Each method is one transaction:
 * when its promise is fulfilled the change is on the disk, and a crash leaves either all of it or nothing.
 * Methods that name a subscriber throw database/not-found. Times are milliseconds since 1970.
 */
export interface ServiceControlDatabase extends Profiles, Edits, Sessions, Ownership {
  subscriber(nai: string): Promise<Subscriber | undefined>
  subscribers(): Promise<Subscriber[]>
  /** Adds and replaces profiles and subscribers; nothing is removed. All or nothing. */
  import(
    document: ImportDocument,
    at: number,
    author?: string,
  ): Promise<{ profiles: number; subscribers: number }>
  /** What an import would change, with all its checks; nothing is changed. */
  previewImport(document: ImportDocument, at: number): Promise<ImportChange[]>
  /** What people have decided: profiles, subscribers, overrides, balances. Imported into an empty database it is the same. */
  export(): Promise<ImportText>
  /** With all that is known of him. @throws database/in-use while he is in session or is edited */
  removeSubscriber(nai: string, removal: Removal): Promise<void>
  /** @throws database/not-found, database/in-use while somebody has it, can get it by a condition, or edits it */
  removeProfile(name: string, removal: Removal): Promise<void>
  /** What was changed by whom, the newest first; of a subscriber or profile, or of all. */
  audit(range: { subject?: string | undefined; limit: number }): Promise<AuditEntry[]>
  /** Subscribers whose effective profile is different. Returns how to stop listening. */
  onChange(listener: ChangeListener): () => void
  close(): Promise<void>
}

export interface Profiles {
  effective(nai: string): Promise<RevisedProfile>
  /** Undefined: that was before the first revision. */
  effectiveAt(nai: string, time: number): Promise<RevisedProfile | undefined>
  /** Every layer entry of the subscriber, those to come and those over included. */
  layers(nai: string): Promise<LayerEntry[]>
  /** The newest revision of each profile. */
  profiles(): Promise<StoredDocument[]>
  /** Of a profile, by its name, or of what a subscriber has, by the NAI: the newest revision or the one asked for. */
  document(subject: string, revision?: number): Promise<StoredDocument | undefined>
  /** Gives the subscriber a profile, without an edit: those that are open are stale then. */
  setBaseProfile(
    nai: string,
    change: { profile: string; reason: string; author: string; at: number },
  ): Promise<RevisedProfile>
  /** Adds or replaces an override, by its name. */
  putOverride(nai: string, override: Override, at: number): Promise<Settled>
  /** Undefined: there was none of that name. */
  removeOverride(nai: string, name: string, by: { author: string; at: number }): Promise<Settled | undefined>
  /**
   * Puts back what was in force before an agent refused a revision, until something else is to be in force. Undefined:
   * that revision is no longer the newest, or is a roll-back itself.
   */
  rollBack(nai: string, request: RollBack): Promise<Settled | undefined>
  /**
   * Takes in event signals, each id once, and applies them, or keeps them until no edit is open. One result per
   * subscriber, in the order of their first event.
   */
  recordEvents(events: readonly { nai: string; event: SignalEvent }[], at: number): Promise<Settled[]>
  /** The newest first. */
  events(nai: string, limit: number): Promise<StoredEvent[]>
  /** How many wait for the end of an edit, of all subscribers. */
  eventsWaiting(): Promise<number>
  /** Replaces what is known of the subscriber: only what is named. `events`: which signals that brings, taken in with it. */
  recordObservation(
    nai: string,
    observation: Partial<Observation>,
    at: number,
    events?: readonly SignalEvent[],
  ): Promise<Settled>
  observation(nai: string): Promise<Observation>
  /**
   * Adds to the prepaid balance, each id once; a subscriber without one has one from then on. Usage takes from it by
   * the `tariff` of his profile. @throws database/in-use when the id is that of another payment
   */
  pay(nai: string, payment: Payment): Promise<Settled & { balance: number; duplicate: boolean }>
  /** Judges the conditions anew, as is due at `wakeAt`. */
  settle(nai: string, at: number): Promise<Settled>
}

/** Of a profile, by its name, or of what a subscriber has, by the NAI. */
export interface Edits {
  openEdit(request: { subject: string; editor: string; at: number; expiresAt: number }): Promise<OpenedEdit>
  /** @throws profile/invalid, database/not-found */
  commitEdit(request: CommitRequest): Promise<CommitOutcome>
  /** `author`: who cancels it, if that is not the editor. */
  cancelEdit(
    id: string,
    at: number,
    author?: string,
  ): Promise<{ outcome: 'cancelled'; settled: Settled[] } | ClosedEdit>
  /** Ends what nobody committed in time. `nextAt`: when the next one expires. */
  expireEdits(at: number): Promise<{ expired: Edit[]; settled: Settled[]; nextAt: number | undefined }>
  openEdits(): Promise<Edit[]>
}

/** Of sessions and timers, where several home servers share the database. */
export interface Ownership {
  /** Says that this home server lives until `aliveUntil`; returns the subscribers that it takes over. */
  renewOwnership(request: { identity: string; at: number; aliveUntil: number }): Promise<string[]>
  /** This home server cares for the subscriber from now on. */
  own(nai: string, identity: string): Promise<void>
  ownedBy(identity: string): Promise<string[]>
  /** Leaves its subscribers to the others. */
  leave(identity: string): Promise<void>
  /** Its subscribers that are due to be settled, and when the next one is. */
  dueTimers(identity: string, at: number): Promise<{ due: string[]; nextAt: number | undefined }>
}

export interface Sessions {
  /**
   * The profile to register with, and the home agent's session if there is one; without one, conditions start
   * anew.
   */
  prepareRegistration(
    nai: string,
    at: number,
  ): Promise<{ homeSession: Session | undefined; effective: RevisedProfile }>
  /**
   * The subscriber's address out of the pool: always the same, as long as it is in the pool. When no other is left, somebody without a
   * session loses his, who used it longest ago. Undefined: all are in use.
   */
  assignHomeAddress(nai: string, pool: HomeAddressPool, at: number): Promise<Ipv4Address | undefined>
  /** Of a home server for as long as this database has its sessions (RFC 6733, section 8.16): `first` until there is one. */
  originStateId(identity: string, first: number): Promise<number>
  /** How many open sessions each home agent has, by its Diameter identity. */
  homeAgentLoad(): Promise<ReadonlyMap<string, number>>
  /** Opens or renews the sessions and returns the visits that it replaced. */
  commitRegistration(registration: AcceptedRegistration): Promise<Session[]>
  session(sessionId: string): Promise<Session | undefined>
  /** Sessions of a subscriber, or of all, that are open. */
  openSessions(nai?: string): Promise<Session[]>
  /** Visits whose foreign agent has still to be told to let go: of all subscribers, or those of a home server. */
  releasingSessions(identity?: string): Promise<Session[]>
  /** The subscribers of a home server of whose agents one does not hold the newest revision. */
  behind(identity: string): Promise<string[]>
  /**
   * Ends a session; with a home agent's session end its visits, which are returned for release. Idempotent.
   */
  endSession(sessionId: string, cause: string, at: number): Promise<Session[]>
  /** Ends the sessions whose authorization is over and returns their visits for release. */
  expireSessions(at: number): Promise<Session[]>
  recordInstallation(sessionId: string, outcome: InstallationOutcome): Promise<void>

  /**
   * Counts a record of a known session, once, whatever the order of arrival, and judges the conditions.
   * Undefined: session unknown.
   */
  recordAccounting(record: AccountingRecord): Promise<AccountingOutcome | undefined>
  /** Of the subscriber's open session. */
  usage(nai: string): Promise<Counters | undefined>
}
