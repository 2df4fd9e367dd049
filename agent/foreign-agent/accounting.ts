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
import type { Datapath } from '../datapath/datapath.ts'

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
  /** 0: only start and stop. */
  interimIntervalSeconds: number
  /** What the kernel had counted when the visit began: its class may be older than the session. */
  before: Usage
}

export interface AccountingParts {
  records: Pick<RecordQueue, 'add'>
  datapath: Pick<Datapath, 'counters' | 'report'>
  clock: Clock
  log: Log
}

const realtimeRequired = dictionary['Accounting-Realtime-Required'].values
const realtimeNames = Object.keys(realtimeRequired) as RealtimeRequired[]

/** Runs the accounting machine of one visit. */
export class VisitAccounting {
  readonly #parts: AccountingParts
  readonly #visit: AccountedVisit
  readonly #disconnect: () => void
  readonly #startedAt: number
  #state: AccountingState = 'Idle'
  /** The default of RFC 6733, section 9.8.7. */
  #realtime: RealtimeRequired = 'GRANT_AND_STORE'
  #intervalSeconds: number
  #nextNumber = 0
  #timer: Timer | undefined

  /** `disconnect` is called when the visit may not go on without accounting. */
  constructor(parts: AccountingParts, visit: AccountedVisit, disconnect: () => void) {
    this.#parts = parts
    this.#visit = visit
    this.#disconnect = disconnect
    this.#startedAt = parts.clock.now()
    this.#intervalSeconds = visit.interimIntervalSeconds
  }

  /** Sends the start record and goes on with interim records. */
  start(): void {
    void this.#fire('service started', noUsage)
    this.#scheduleInterim()
  }

  /** What was used since the beginning of the visit. */
  async usage(): Promise<Usage> {
    const { nai, before } = this.#visit
    const counted = await countedUsage(this.#parts.datapath, nai)
    const since = (name: keyof Usage) => notBelowZero(counted[name] - before[name])
    return {
      octets: since('octets'),
      packets: since('packets'),
      inputOctets: since('inputOctets'),
      inputPackets: since('inputPackets'),
    }
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

  #scheduleInterim(): void {
    if (this.#intervalSeconds === 0) return
    const timer = this.#parts.clock.after(this.#intervalSeconds * 1000, () => {
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
    const { next, actions } = step(this.#state, event, this.#realtime)
    this.#state = next
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
    const number = this.#nextNumber++
    const event = await this.#deliver(type, number, usage)
    // The outcome of a record that another one has followed says nothing of the state any more.
    if (number === this.#nextNumber - 1) await this.#fire(event, usage)
  }

  async #deliver(type: UsageRecord['type'], number: number, usage: Usage): Promise<AccountingEvent> {
    const { clock, records, datapath } = this.#parts
    const { nai, homeAddress, homeAgent, session } = this.#visit
    const { sessionId, acctMultiSessionId } = session
    const now = clock.now()
    const report = type === 'START_RECORD' ? datapath.report(nai) : undefined
    try {
      const delivery = await records.add({
        sessionId,
        acctMultiSessionId,
        server: addressee(session, 'ACCOUNTING'),
        nai,
        homeAddress,
        homeAgent,
        type,
        number,
        ...usage,
        sessionSeconds: Math.round((now - this.#startedAt) / 1000),
        eventSeconds: Math.floor(now / 1000),
        ...(report && { datapath: report }),
      })
      return this.#heed(delivery)
    } catch (error) {
      this.#lost(type, error)
      return 'unsent, not stored'
    }
  }

  /** The answer may change how the next records are wanted. */
  #heed(delivery: Delivery): AccountingEvent {
    if (delivery.kind !== 'answered') return delivery.kind === 'refused' ? 'refused' : 'unsent, stored'
    this.#intervalSeconds = delivery.interimIntervalSeconds ?? this.#intervalSeconds
    this.#realtime =
      realtimeNames.find((name) => realtimeRequired[name] === delivery.realtimeRequired) ?? this.#realtime
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
  if (!counters) return noUsage
  const { bytes, packets, uplink } = counters
  return {
    octets: bytes,
    packets,
    inputOctets: uplink?.bytes ?? 0n,
    inputPackets: uplink?.packets ?? 0n,
  }
}

/** A class that was set up anew counts from zero. */
function notBelowZero(difference: bigint): bigint {
  return difference < 0n ? 0n : difference
}
