import type { Ipv4Address } from '#core/ipv4.ts'
import { profileTemplate } from '../profile/schema.ts'
import { writeAudit } from './audit-table.ts'
import { Connection } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { findEffective, settle } from './effective-table.ts'
import { assignHomeAddress } from './home-address-table.ts'
import type { ImportDocument } from './import-file.ts'
import { putLayer } from './layer-table.ts'
import { putProfile, requireProfile } from './profile-table.ts'
import type {
  AcceptedRegistration,
  AccountingOutcome,
  AccountingRecord,
  Counters,
  HomeAddressPool,
  InstallationOutcome,
  RevisedProfile,
  ServiceControlDatabase,
  Session,
  Subscriber,
} from './service-control-database.ts'
import { end, expire } from './session-end.ts'
import {
  acceptRegistration,
  findAccounted,
  findOpen,
  findSession,
  homeAgentLoad,
  listOpen,
  listReleasing,
  saveInstallation,
} from './session-table.ts'
import { findSubscriber, listSubscribers, putSubscriber, requireSubscriber } from './subscriber-table.ts'
import { countRecord, findUsage, openUsage } from './usage-table.ts'

/** The service control database in one SQLite file (write-ahead log, synchronous to the disk). */
export class SqliteDatabase implements ServiceControlDatabase {
  readonly #connection: Connection

  /** Opens or creates the file. @throws database/unreadable */
  constructor(file: string) {
    this.#connection = new Connection(file)
  }

  async subscriber(nai: string): Promise<Subscriber | undefined> {
    return findSubscriber(this.#connection, nai)
  }

  async subscribers(): Promise<Subscriber[]> {
    return listSubscribers(this.#connection)
  }

  async effective(nai: string): Promise<RevisedProfile> {
    requireSubscriber(this.#connection, nai)
    const effective = findEffective(this.#connection, nai)
    if (effective) return effective
    throw new DatabaseError('database/not-found', `subscriber "${nai}" has no profile`)
  }

  async setBaseProfile(
    nai: string,
    { profile, reason, author, at }: { profile: string; reason: string; author: string; at: number },
  ): Promise<RevisedProfile> {
    return this.#transaction((connection) => {
      requireSubscriber(connection, nai)
      requireProfile(connection, profile)
      putLayer(connection, nai, { layer: 'base', profile, reason, author, since: at })
      const { effective } = settle(connection, nai, at)
      const detail = `${profile}: ${reason} (revision ${effective.revision})`
      writeAudit(connection, { at, author, action: 'set-profile', subject: nai, detail })
      return effective
    })
  }

  async import(document: ImportDocument, at: number): Promise<{ profiles: number; subscribers: number }> {
    return this.#transaction((connection) => {
      const author = 'import'
      for (const profile of document.profiles) putProfile(connection, profile)
      for (const profile of document.profiles)
        for (const { become } of profileTemplate.parse(profile).conditions) requireProfile(connection, become)
      for (const { profile, ...subscriber } of document.subscribers) {
        requireProfile(connection, profile)
        putSubscriber(connection, subscriber)
        putLayer(connection, subscriber.nai, {
          layer: 'base',
          profile,
          reason: 'imported',
          author,
          since: at,
        })
      }
      // A changed profile reaches those who have it, whether or not the file names them.
      for (const { nai } of listSubscribers(connection)) settle(connection, nai, at)
      const counts = { profiles: document.profiles.length, subscribers: document.subscribers.length }
      writeAudit(connection, {
        at,
        author,
        action: 'import',
        subject: 'database',
        detail: JSON.stringify(counts),
      })
      return counts
    })
  }

  async prepareRegistration(
    nai: string,
    at: number,
  ): Promise<{ homeSession: Session | undefined; effective: RevisedProfile }> {
    return this.#transaction((connection) => {
      requireSubscriber(connection, nai)
      const found = findOpen(connection, nai, 'home-agent')
      const isOver = found !== undefined && found.authorizedUntil < at
      if (isOver) end(connection, found.sessionId, 'authorization expired', at)
      // Without a session the facts are empty, which takes away what a condition had set in the session before.
      const { effective } = settle(connection, nai, at)
      return { homeSession: isOver ? undefined : found, effective }
    })
  }

  async assignHomeAddress(nai: string, pool: HomeAddressPool, at: number): Promise<Ipv4Address | undefined> {
    return this.#transaction((connection) => assignHomeAddress(connection, nai, pool, at))
  }

  async homeAgentLoad(): Promise<ReadonlyMap<string, number>> {
    return homeAgentLoad(this.#connection)
  }

  async commitRegistration(registration: AcceptedRegistration): Promise<Session[]> {
    return this.#transaction((connection) => acceptRegistration(connection, registration))
  }

  async session(sessionId: string): Promise<Session | undefined> {
    return findSession(this.#connection, sessionId)
  }

  async openSessions(nai?: string): Promise<Session[]> {
    return listOpen(this.#connection, nai)
  }

  async releasingSessions(): Promise<Session[]> {
    return listReleasing(this.#connection)
  }

  async endSession(sessionId: string, cause: string, at: number): Promise<Session[]> {
    return this.#transaction((connection) => end(connection, sessionId, cause, at))
  }

  async expireSessions(at: number): Promise<Session[]> {
    return this.#transaction((connection) => expire(connection, at))
  }

  async recordInstallation(sessionId: string, outcome: InstallationOutcome): Promise<void> {
    this.#transaction((connection) => saveInstallation(connection, sessionId, outcome))
  }

  async recordAccounting(record: AccountingRecord): Promise<AccountingOutcome | undefined> {
    return this.#transaction((connection) => {
      const session = findAccounted(connection, record)
      if (!session) return undefined
      const isNew = countRecord(connection, session.homeSessionId, record)
      const usage = findUsage(connection, session.homeSessionId)
      if (!usage) return undefined
      return { session, duplicate: !isNew, usage, ...settle(connection, session.nai, record.at) }
    })
  }

  async usage(nai: string): Promise<Counters | undefined> {
    return openUsage(this.#connection, nai)
  }

  async close(): Promise<void> {
    this.#connection.close()
  }

  #transaction<Result>(work: (connection: Connection) => Result): Result {
    return this.#connection.transaction(() => work(this.#connection))
  }
}
