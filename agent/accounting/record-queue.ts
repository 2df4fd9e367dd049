import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { DiameterError } from '#diameter/diameter-error.ts'
import { isSuccess } from '#diameter/handler.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import type { RecordStore, StoredRecord } from './record-store.ts'
import { accountingRequest, type UsageRecord } from './usage-record.ts'

const firstPauseMilliseconds = 1000
const longestPauseMilliseconds = 60_000
/** After a long outage the server is not flooded. */
const underWayLimit = 16

/** What became of a record when it was first tried; a failure of the way is tried again, whatever this says. */
export type Delivery =
  /** The server has it, and may say how it wants the next. */
  | { kind: 'answered'; interimIntervalSeconds?: number | undefined; realtimeRequired?: number | undefined }
  /** No server could be reached, or it has no room now: the record stays on the disk. */
  | { kind: 'unsent'; reason: string }
  /** It will never be taken: set aside with its reason. */
  | { kind: 'refused'; reason: string }

export interface RecordQueueParts {
  store: RecordStore
  diameter: Pick<DiameterNode, 'request'>
  clock: Clock
  log: Log
}

interface SessionRecords {
  /** Runs while the session pauses after a failure. */
  timer?: Timer
  pauseMilliseconds: number
  /** The oldest record was sent before. */
  isRetry: boolean
  /** Who added a record that was not tried yet, by its id. */
  waiters: Map<number, (delivery: Delivery) => void>
}

/** 3xxx of the way and 4xxx of the moment; all else is the record's own fault (RFC 6733, sections 7.1 and 8.2). */
const transientProtocolErrors: readonly number[] = [
  resultCode.unableToDeliver,
  resultCode.tooBusy,
  resultCode.loopDetected,
]

/**
 * Delivers usage records: on the disk before they are sent, off it when a server has answered with success, in the order of each
 * session, again and again with growing pauses and the T flag, also after a restart. What no server will ever take is parked. The server
 * counts a record once by its Session-Id, number and type (RFC 6733, section 9.4).
 */
export class RecordQueue {
  readonly #parts: RecordQueueParts
  readonly #sessions = new Map<string, SessionRecords>()
  /** Sessions whose turn it is. */
  readonly #ready: string[] = []
  /** Records up to this id may have been sent by a process before this one. */
  readonly #inherited: number
  readonly #leftOver: readonly string[]
  #underWay = 0
  #stopped = false

  /** @throws accounting/store */
  constructor(parts: RecordQueueParts) {
    this.#parts = parts
    const { waiting, parked, newest } = parts.store.counts()
    this.#inherited = newest
    this.#leftOver = parts.store.sessions()
    if (waiting > 0)
      parts.log.info({ event: 'accounting', waiting, parked }, 'usage records wait for delivery')
  }

  /** Takes up what a process before this one has left. */
  start(): void {
    for (const sessionId of this.#leftOver) if (!this.#sessions.has(sessionId)) this.#begin(sessionId)
    this.#pump()
  }

  /**
   * Stores and sends a record. Resolves when it was tried, or cannot be tried yet because older ones of its session wait. Rejects with
   * accounting/store when it could not be stored; it is lost then.
   */
  async add(record: UsageRecord): Promise<Delivery> {
    const id = this.#parts.store.add(record)
    const session = this.#sessions.get(record.sessionId) ?? this.#begin(record.sessionId)
    if (session.timer !== undefined)
      return { kind: 'unsent', reason: 'older records of the session wait for the server' }
    const { promise, resolve } = Promise.withResolvers<Delivery>()
    session.waiters.set(id, resolve)
    this.#pump()
    return promise
  }

  /** Nothing is sent any more; what is left stays for the next process. */
  stop(): void {
    this.#stopped = true
    for (const session of this.#sessions.values()) {
      session.timer?.cancel()
      settleAll(session, 'the agent stops')
    }
    this.#parts.store.close()
  }

  #begin(sessionId: string): SessionRecords {
    const session = { pauseMilliseconds: firstPauseMilliseconds, isRetry: false, waiters: new Map() }
    this.#sessions.set(sessionId, session)
    this.#ready.push(sessionId)
    return session
  }

  #pump(): void {
    while (this.#underWay < underWayLimit && !this.#stopped) {
      const sessionId = this.#ready.shift()
      if (sessionId === undefined) return
      this.#underWay++
      void this.#deliverNext(sessionId).finally(() => {
        this.#underWay--
        this.#pump()
      })
    }
  }

  async #deliverNext(sessionId: string): Promise<void> {
    const { store, log } = this.#parts
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return
    try {
      const next = store.next(sessionId)
      if (next === undefined) {
        this.#sessions.delete(sessionId)
        return
      }
      const delivery = await this.#attempt(next, session.isRetry || next.id <= this.#inherited)
      if (this.#stopped) return
      if (delivery.kind === 'unsent') {
        this.#pause(sessionId, session, delivery.reason)
        return
      }
      if (delivery.kind === 'answered') store.remove(next.id)
      else {
        const { nai, type, number } = next.record
        const about = { event: 'accounting', nai, sessionId, record: type, number, reason: delivery.reason }
        log.error(about, 'a usage record was refused, and is parked')
        store.park(next.id, delivery.reason)
      }
      session.waiters.get(next.id)?.(delivery)
      session.waiters.delete(next.id)
      session.isRetry = false
      session.pauseMilliseconds = firstPauseMilliseconds
      this.#ready.push(sessionId)
    } catch (error) {
      log.error({ event: 'accounting', sessionId, reason: describeError(error) }, 'usage records are stuck')
      this.#pause(sessionId, session, describeError(error))
    }
  }

  async #attempt({ record }: StoredRecord, retransmitted: boolean): Promise<Delivery> {
    try {
      const answer = await this.#parts.diameter.request('Accounting', accountingRequest(record), {
        retransmitted,
      })
      const { avps } = answer
      if (isSuccess(answer))
        return {
          kind: 'answered',
          interimIntervalSeconds: avps['Acct-Interim-Interval'],
          realtimeRequired: avps['Accounting-Realtime-Required'],
        }
      const code = avps['Result-Code'] ?? 0
      const message = avps['Error-Message']
      const reason = `Result-Code ${code}${message === undefined ? '' : `: ${message}`}`
      const isTransient = transientProtocolErrors.includes(code) || (code >= 4000 && code < 5000)
      return { kind: isTransient ? 'unsent' : 'refused', reason }
    } catch (error) {
      if (error instanceof DiameterError) return { kind: 'unsent', reason: describeError(error) }
      if (error instanceof WireError) return { kind: 'refused', reason: describeError(error) }
      throw error
    }
  }

  /** The session goes on after a while; those who wait for its newer records need not. */
  #pause(sessionId: string, session: SessionRecords, reason: string): void {
    const { clock, log } = this.#parts
    if (this.#stopped) return
    const { pauseMilliseconds } = session
    log.warn({ event: 'accounting', sessionId, reason, pauseMilliseconds }, 'usage records wait on the disk')
    settleAll(session, reason)
    session.isRetry = true
    session.pauseMilliseconds = Math.min(pauseMilliseconds * 2, longestPauseMilliseconds)
    session.timer = clock.after(pauseMilliseconds, () => {
      delete session.timer
      this.#ready.push(sessionId)
      this.#pump()
    })
  }
}

function settleAll({ waiters }: SessionRecords, reason: string): void {
  for (const resolve of waiters.values()) resolve({ kind: 'unsent', reason })
  waiters.clear()
}
