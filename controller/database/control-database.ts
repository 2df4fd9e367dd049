import type { Ipv4Address } from '#core/ipv4.ts'
import type { LayerEntry } from '../profile/layers.ts'
import { listAudit, writeAudit } from './audit-table.ts'
import { chargeTime, chargeVolume, pay } from './balance.ts'
import { baseEntries, requireBase, storeDocument } from './base-profile.ts'
import type { Connection, Engine } from './connection.ts'
import { DatabaseError } from './database-error.ts'
import { cancelEdit, commitEdit, expireEdits, openEdit } from './edit.ts'
import { listOpenEdits } from './edit-table.ts'
import { findEffective, findEffectiveAt } from './effective-table.ts'
import { dueTimers, findEvaluation } from './evaluation-table.ts'
import { countWaiting, listEvents, putEvent } from './event-table.ts'
import { differences, exportDocument, type ImportChange } from './export-document.ts'
import { assignHomeAddress } from './home-address-table.ts'
import { importDocument } from './import-document.ts'
import type { ImportDocument, ImportText } from './import-file.ts'
import { findObservation, putObservation } from './observation-table.ts'
import { listOverrides, overrideEntry, putOverride, removeOverride } from './override-table.ts'
import { leave, own, ownedBy, renewOwnership } from './ownership-table.ts'
import { findDocument, listDocuments, requireProfile } from './profile-table.ts'
import { removeProfile, removeSubscriber } from './removal.ts'
import { rollBack } from './roll-back.ts'
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
  listBehind,
  listOpen,
  listReleasing,
  saveInstallation,
} from './session-table.ts'
import { keepOriginStateId, putTimeZone } from './setting-table.ts'
import { type Settled, settle, settleAll } from './settle.ts'
import { findSubscriber, listSubscribers, requireSubscriber } from './subscriber-table.ts'
import { countRecord, findUsage, openUsage } from './usage-table.ts'

/** What was only tried is not to stay. */
class TakenBack extends Error {}

/** The service control database over one of the two engines: a method for each transaction, and so above 300 lines. */
export class ControlDatabase implements ServiceControlDatabase {
  readonly #engine: Engine
  #closed: Promise<void> | undefined

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Where days and months begin (IANA); the home server of the domain says it. */
  setTimeZone(timeZone: string): Promise<void> {
    return this.#write((connection) => putTimeZone(connection, timeZone))
  }

  originStateId(identity: string, first: number): Promise<number> {
    return this.#write((connection) => keepOriginStateId(connection, identity, first))
  }

  subscriber(nai: string): Promise<Subscriber | undefined> {
    return this.#read((connection) => findSubscriber(connection, nai))
  }

  subscribers(): Promise<Subscriber[]> {
    return this.#read(listSubscribers)
  }

  import: ServiceControlDatabase['import'] = (document, at, author) =>
    this.#write((connection) => importDocument(connection, document, at, author))

  async previewImport(document: ImportDocument, at: number): Promise<ImportChange[]> {
    const { promise, resolve } = Promise.withResolvers<ImportChange[]>()
    const taken = this.#write(async (connection) => {
      const before = await exportDocument(connection)
      await importDocument(connection, document, at)
      resolve(differences(before, await exportDocument(connection)))
      throw new TakenBack()
    })
    await taken.catch((error: unknown) => {
      if (!(error instanceof TakenBack)) throw error
    })
    return promise
  }

  /** Of one moment, though others write meanwhile. */
  export(): Promise<ImportText> {
    return this.#write(exportDocument)
  }

  removeSubscriber: ServiceControlDatabase['removeSubscriber'] = (nai, removal) =>
    this.#write((connection) => removeSubscriber(connection, nai, removal))

  removeProfile: ServiceControlDatabase['removeProfile'] = (name, removal) =>
    this.#write((connection) => removeProfile(connection, name, removal))

  audit: ServiceControlDatabase['audit'] = (range) => this.#read((connection) => listAudit(connection, range))

  onChange: ServiceControlDatabase['onChange'] = (listener) => this.#engine.listen(listener)

  effective(nai: string): Promise<RevisedProfile> {
    return this.#read(async (connection) => {
      await requireSubscriber(connection, nai)
      const effective = await findEffective(connection, nai)
      if (effective) return effective
      throw new DatabaseError('database/not-found', `subscriber "${nai}" has no profile`)
    })
  }

  effectiveAt(nai: string, time: number): Promise<RevisedProfile | undefined> {
    return this.#read(async (connection) => {
      await requireSubscriber(connection, nai)
      return findEffectiveAt(connection, nai, time)
    })
  }

  layers(nai: string): Promise<LayerEntry[]> {
    return this.#write(async (connection) => {
      const base = baseEntries(await requireBase(connection, nai))
      const { entries } = await findEvaluation(connection, nai)
      return [...base, ...entries, ...(await listOverrides(connection, nai)).map(overrideEntry)]
    })
  }

  profiles: ServiceControlDatabase['profiles'] = () =>
    this.#read((connection) => listDocuments(connection, 'profiles'))

  document: ServiceControlDatabase['document'] = (subject, revision) =>
    this.#read((connection) => findDocument(connection, subject, revision))

  setBaseProfile: ServiceControlDatabase['setBaseProfile'] = (nai, { profile, reason, author, at }) =>
    this.#write(async (connection) => {
      await requireSubscriber(connection, nai)
      await requireProfile(connection, profile)
      await storeDocument(connection, nai, { document: { profile }, reason, author, at })
      const { effective } = await settle(connection, nai, at)
      const detail = `${profile}: ${reason} (revision ${effective.revision})`
      await writeAudit(connection, { at, author, action: 'set-profile', subject: nai, detail })
      return effective
    })

  putOverride: ServiceControlDatabase['putOverride'] = (nai, override, at) =>
    this.#write(async (connection) => {
      await requireSubscriber(connection, nai)
      await putOverride(connection, nai, override)
      const { name: detail, author } = override
      await writeAudit(connection, { at, author, action: 'put-override', subject: nai, detail })
      return settle(connection, nai, at)
    })

  removeOverride: ServiceControlDatabase['removeOverride'] = (nai, name, { author, at }) =>
    this.#write(async (connection) => {
      await requireSubscriber(connection, nai)
      if (!(await removeOverride(connection, nai, name))) return undefined
      await writeAudit(connection, { at, author, action: 'remove-override', subject: nai, detail: name })
      return settle(connection, nai, at)
    })

  rollBack: ServiceControlDatabase['rollBack'] = (nai, request) =>
    this.#write(async (connection) => {
      const at = await rollBack(connection, nai, request)
      return at === undefined ? undefined : settle(connection, nai, at)
    })

  recordEvents: ServiceControlDatabase['recordEvents'] = (events, at) =>
    this.#write(async (connection) => {
      const nais = new Set(events.map(({ nai }) => nai))
      for (const nai of nais) await requireSubscriber(connection, nai)
      for (const { nai, event } of events) await putEvent(connection, nai, event)
      return settleAll(connection, nais, at)
    })

  events: ServiceControlDatabase['events'] = (nai, limit) =>
    this.#read((connection) => listEvents(connection, nai, limit))

  eventsWaiting(): Promise<number> {
    return this.#read(countWaiting)
  }

  recordObservation: ServiceControlDatabase['recordObservation'] = (nai, observation, at, events = []) =>
    this.#write(async (connection) => {
      await requireSubscriber(connection, nai)
      await chargeTime(connection, nai, at)
      await putObservation(connection, nai, { ...(await findObservation(connection, nai)), ...observation })
      for (const event of events) await putEvent(connection, nai, event)
      return settle(connection, nai, at)
    })

  pay: ServiceControlDatabase['pay'] = (nai, payment) =>
    this.#write(async (connection) => {
      await requireSubscriber(connection, nai)
      const isNew = await pay(connection, nai, payment)
      const settled = await settle(connection, nai, payment.at)
      const { balance = 0 } = await findObservation(connection, nai)
      return { ...settled, balance, duplicate: !isNew }
    })

  observation: ServiceControlDatabase['observation'] = (nai) =>
    this.#read((connection) => findObservation(connection, nai))

  settle(nai: string, at: number): Promise<Settled> {
    return this.#write((connection) => settle(connection, nai, at))
  }

  openEdit: ServiceControlDatabase['openEdit'] = (request) =>
    this.#write((connection) => openEdit(connection, request))

  commitEdit: ServiceControlDatabase['commitEdit'] = (request) =>
    this.#write((connection) => commitEdit(connection, request))

  cancelEdit: ServiceControlDatabase['cancelEdit'] = (id, at, author) =>
    this.#write((connection) => cancelEdit(connection, id, at, author))

  expireEdits: ServiceControlDatabase['expireEdits'] = (at) =>
    this.#write((connection) => expireEdits(connection, at))

  openEdits: ServiceControlDatabase['openEdits'] = () => this.#read((connection) => listOpenEdits(connection))

  prepareRegistration: ServiceControlDatabase['prepareRegistration'] = (nai, at) =>
    this.#write(async (connection) => {
      await requireSubscriber(connection, nai)
      const found = await findOpen(connection, nai, 'home-agent')
      const isOver = found !== undefined && found.authorizedUntil < at
      if (isOver) await end(connection, found.sessionId, 'authorization expired', at)
      // Without a session the facts are empty, which takes away what a condition had set in the session before.
      const { effective } = await settle(connection, nai, at)
      return { homeSession: isOver ? undefined : found, effective }
    })

  assignHomeAddress(nai: string, pool: HomeAddressPool, at: number): Promise<Ipv4Address | undefined> {
    return this.#write((connection) => assignHomeAddress(connection, nai, pool, at))
  }

  homeAgentLoad(): Promise<ReadonlyMap<string, number>> {
    return this.#read(homeAgentLoad)
  }

  commitRegistration(registration: AcceptedRegistration): Promise<Session[]> {
    return this.#write((connection) => acceptRegistration(connection, registration))
  }

  session(sessionId: string): Promise<Session | undefined> {
    return this.#read((connection) => findSession(connection, sessionId))
  }

  openSessions(nai?: string): Promise<Session[]> {
    return this.#read((connection) => listOpen(connection, nai))
  }

  releasingSessions(identity?: string): Promise<Session[]> {
    return this.#read((connection) => listReleasing(connection, identity))
  }

  behind(identity: string): Promise<string[]> {
    return this.#read((connection) => listBehind(connection, identity))
  }

  endSession(sessionId: string, cause: string, at: number): Promise<Session[]> {
    return this.#write((connection) => end(connection, sessionId, cause, at))
  }

  expireSessions(at: number): Promise<Session[]> {
    return this.#write((connection) => expire(connection, at))
  }

  recordInstallation(sessionId: string, outcome: InstallationOutcome): Promise<void> {
    return this.#write((connection) => saveInstallation(connection, sessionId, outcome))
  }

  recordAccounting(record: AccountingRecord): Promise<AccountingOutcome | undefined> {
    return this.#write(async (connection) => {
      const session = await findAccounted(connection, record)
      if (!session) return undefined
      const added = await countRecord(connection, session, record)
      if (added) await chargeVolume(connection, session.nai, added)
      const usage = await findUsage(connection, session.homeSessionId)
      if (!usage) return undefined
      return { session, duplicate: !added, usage, ...(await settle(connection, session.nai, record.at)) }
    })
  }

  usage(nai: string): Promise<Counters | undefined> {
    return this.#read((connection) => openUsage(connection, nai))
  }

  renewOwnership: ServiceControlDatabase['renewOwnership'] = (request) =>
    this.#write((connection) => renewOwnership(connection, request))

  own: ServiceControlDatabase['own'] = (nai, identity) =>
    this.#write((connection) => own(connection, nai, identity))

  ownedBy: ServiceControlDatabase['ownedBy'] = (identity) =>
    this.#read((connection) => ownedBy(connection, identity))

  leave: ServiceControlDatabase['leave'] = (identity) =>
    this.#write((connection) => leave(connection, identity))

  dueTimers: ServiceControlDatabase['dueTimers'] = (identity, at) =>
    this.#read((connection) => dueTimers(connection, identity, at))

  /** Called again it does nothing. */
  close(): Promise<void> {
    this.#closed ??= this.#engine.close()
    return this.#closed
  }

  #read<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#engine.read(work)
  }

  #write<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    return this.#engine.transaction(work)
  }
}
