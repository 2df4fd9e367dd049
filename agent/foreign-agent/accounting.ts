/** Usage records of one visit: start, interim at the interval that the home server sets, stop (RFC 6733, section 9; RFC 4004, 10). */
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import {
  type AccountingEvent,
  type AccountingState,
  type RealtimeRequired,
  step,
} from '../accounting/accounting-machine.ts'
import type { Delivery, RecordQueue } from '../accounting/record-queue.ts'
import type { UsageRecord } from '../accounting/usage-record.ts'
import type { AuthorizedSession } from '../authorized-session/authorized-session.ts'
import { addressee } from '../authorized-session/session-terms.ts'
import type { Counters, Datapath } from '../datapath/datapath.ts'
import { noTraffic, type Traffic } from '../datapath/traffic.ts'

/** What went to the user, and as input what came from the user. */
export interface Usage {
  octets: bigint
  packets: bigint
  inputOctets: bigint
  inputPackets: bigint
}

export const noUsage: Usage = { octets: 0n, packets: 0n, inputOctets: 0n, inputPackets: 0n }

export interface AccountedVisit {
  nai: string
  homeAddress: Ipv4Address
  homeAgent: Ipv4Address
  session: AuthorizedSession
}

/** How far the records of a visit are: it goes on from here after a restart. */
export interface AccountingProgress {
  state: AccountingState
  realtime: RealtimeRequired
  /** 0: only start and stop. */
  intervalSeconds: number
  nextNumber: number
  startedAtMilliseconds: number
  /**
   * What the kernel had counted when the visit began: its class may be older than the session. Less than nothing where the kernel has
   * begun anew since.
   */
  before: Usage
  /** What the kernel had counted when it was looked at last. */
  counted: Usage
  /** The part of it that the datapath has to be told when it adopts the visitor. */
  formerUplink: Traffic
}

export interface AccountingParts {
  records: Pick<RecordQueue, 'add'>
  datapath: Pick<Datapath, 'counters' | 'report'>
  /** Called when a record is on the disk, to write the progress. */
  keep(visit: VisitAccounting): void
  clock: Clock
  log: Log
}

const realtimeRequired = dictionary['Accounting-Realtime-Required'].values
export const realtimeNames = Object.keys(realtimeRequired) as RealtimeRequired[]

/** Runs the accounting machine of one visit. */
export class VisitAccounting {
  readonly #parts: AccountingParts
  readonly #visit: AccountedVisit
  readonly #disconnect: () => void
  #progress: AccountingProgress
  #timer: Timer | undefined

  /** `disconnect` is called when the visit may not go on without accounting. */
  constructor(
    parts: AccountingParts,
    visit: AccountedVisit,
    progress: AccountingProgress,
    disconnect: () => void,
  ) {
    this.#parts = parts
    this.#visit = visit
    this.#progress = progress
    this.#disconnect = disconnect
  }

  get progress(): AccountingProgress {
    return this.#progress
  }

  /**
   * Goes on where a former process has stopped. Where the kernel counts less than it did, it has begun anew (the host was booted): what
   * it had counted was used all the same. @throws NetlinkError
   */
  async resume(): Promise<void> {
    const { counted, before, state, nextNumber } = this.#progress
    const now = await this.#count()
    const lost = (name: keyof Usage) => notBelowZero(counted[name] - now[name])
    this.#progress.before = usageOf((name) => before[name] - lost(name))
    if (nextNumber === 0) return this.start()
    if (state === 'Idle') return this.#disconnect()
    // What was on its way is the queue's to deliver, and is stored in any case.
    this.#progress.state = 'Open'
    this.#scheduleInterim()
  }

  /** Sends the start record and goes on with interim records. */
  start(): void {
    void this.#fire('service started', noUsage)
    this.#scheduleInterim()
  }

  /** What was used since the beginning of the visit. */
  async usage(): Promise<Usage> {
    const counted = await this.#count()
    const { before } = this.#progress
    return usageOf((name) => notBelowZero(counted[name] - before[name]))
  }

  /** To be called when the datapath of the visitor was changed: it may count anew. @throws NetlinkError */
  async note(): Promise<void> {
    await this.#count()
  }

  /** Ends the interim records without a stop record, for the end of the process. */
  pause(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Sends the stop record; `usage` was read before the kernel forgot it. Resolves when it is answered, or on the disk for later. */
  async stop(usage: Usage): Promise<void> {
    this.pause()
    await this.#fire('service ended', usage)
  }

  async #count(): Promise<Usage> {
    const counters = await this.#parts.datapath.counters(this.#visit.nai)
    if (counters) {
      this.#progress.counted = usageIn(counters)
      this.#progress.formerUplink = counters.formerUplink ?? noTraffic
    }
    return this.#progress.counted
  }

  #scheduleInterim(): void {
    const { intervalSeconds } = this.#progress
    if (intervalSeconds === 0) return
    const timer = this.#parts.clock.after(intervalSeconds * 1000, () => {
      this.#sendInterim()
        .catch((error: unknown) => this.#lost('INTERIM_RECORD', error))
        .finally(() => {
          // Only one interim record may be on its way; the next interval starts when it has arrived.
          if (this.#timer === timer) this.#scheduleInterim()
        })
    })
    this.#timer = timer
  }

  async #sendInterim(): Promise<void> {
    await this.#fire('interim interval', await this.usage())
  }

  async #fire(event: AccountingEvent, usage: Usage): Promise<void> {
    const { next, actions } = step(this.#progress.state, event, this.#progress.realtime)
    this.#progress.state = next
    for (const action of actions)
      switch (action) {
        case 'send start':
          await this.#send('START_RECORD', usage)
          break
        case 'send interim':
          await this.#send('INTERIM_RECORD', usage)
          break
        case 'send stop':
          await this.#send('STOP_RECORD', usage)
          break
        case 'disconnect':
          this.pause()
          this.#disconnect()
          break
      }
  }

  async #send(type: UsageRecord['type'], usage: Usage): Promise<void> {
    const number = this.#progress.nextNumber++
    const event = await this.#deliver(type, number, usage)
    // The outcome of a record that another one has followed says nothing of the state any more.
    if (number === this.#progress.nextNumber - 1) await this.#fire(event, usage)
  }

  async #deliver(type: UsageRecord['type'], number: number, usage: Usage): Promise<AccountingEvent> {
    const { clock, records, datapath } = this.#parts
    const { nai, homeAddress, homeAgent, session } = this.#visit
    const { sessionId, acctMultiSessionId } = session
    const now = clock.now()
    const report = type === 'START_RECORD' ? datapath.report(nai) : undefined
    try {
      const adding = records.add({
        sessionId,
        acctMultiSessionId,
        server: addressee(session, 'ACCOUNTING'),
        nai,
        homeAddress,
        homeAgent,
        type,
        number,
        ...usage,
        sessionSeconds: Math.round((now - this.#progress.startedAtMilliseconds) / 1000),
        eventSeconds: Math.floor(now / 1000),
        ...(report && { datapath: report }),
      })
      // Now it is on the disk. In this order a number may come twice, but no record is left out; each says all that was used.
      this.#parts.keep(this)
      return this.#heed(await adding)
    } catch (error) {
      this.#lost(type, error)
      return 'unsent, not stored'
    }
  }

  /** The answer may change how the next records are wanted. */
  #heed(delivery: Delivery): AccountingEvent {
    if (delivery.kind !== 'answered') return delivery.kind === 'refused' ? 'refused' : 'unsent, stored'
    const { interimIntervalSeconds, realtimeRequired: wanted } = delivery
    this.#progress.intervalSeconds = interimIntervalSeconds ?? this.#progress.intervalSeconds
    this.#progress.realtime =
      realtimeNames.find((name) => realtimeRequired[name] === wanted) ?? this.#progress.realtime
    return 'answered'
  }

  #lost(type: UsageRecord['type'], error: unknown): void {
    const { nai, session } = this.#visit
    const about = { event: 'accounting', nai, sessionId: session.sessionId, record: type }
    this.#parts.log.error({ ...about, reason: describeError(error) }, 'a usage record was lost')
  }
}

/** What the kernel has counted for a subscriber; nothing for one whom it does not know. @throws NetlinkError */
export async function countedUsage(datapath: Pick<Datapath, 'counters'>, nai: string): Promise<Usage> {
  const counters = await datapath.counters(nai)
  return counters ? usageIn(counters) : noUsage
}

function usageIn({ bytes, packets, uplink }: Counters): Usage {
  return {
    octets: bytes,
    packets,
    inputOctets: uplink?.bytes ?? 0n,
    inputPackets: uplink?.packets ?? 0n,
  }
}

function usageOf(value: (name: keyof Usage) => bigint): Usage {
  return {
    octets: value('octets'),
    packets: value('packets'),
    inputOctets: value('inputOctets'),
    inputPackets: value('inputPackets'),
  }
}

/**
 * Where the next visit of a node begins to count: where its former one has stopped, so that what passes between the two is not left out;
 * at zero where its class was made anew. @param now what is counted after the change
 */
export function countedBefore(former: Usage, now: Usage): Usage {
  return usageOf((name) => (now[name] < former[name] ? 0n : former[name]))
}

/** The accounting of a visit that begins now, by a class that has counted `before`. */
export function newProgress(clock: Clock, intervalSeconds: number, before: Usage): AccountingProgress {
  return {
    state: 'Idle',
    // The default of RFC 6733, section 9.8.7.
    realtime: 'GRANT_AND_STORE',
    intervalSeconds,
    nextNumber: 0,
    startedAtMilliseconds: clock.now(),
    before,
    counted: before,
    formerUplink: noTraffic,
  }
}

/** A class that was set up anew counts from zero. */
function notBelowZero(difference: bigint): bigint {
  return difference < 0n ? 0n : difference
}
