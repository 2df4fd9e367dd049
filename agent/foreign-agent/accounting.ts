/** Usage records of one visit: start, interim at the interval that the home server sets, stop (RFC 6733, section 9; RFC 4004, 10). */
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { isSuccess } from '#diameter/handler.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { AuthorizedSession } from '../authorized-session/authorized-session.ts'
import type { Datapath } from '../datapath/datapath.ts'

/** What went to the user. Input is absent from the records: the datapath counts the downlink only. */
export interface Usage {
  octets: bigint
  packets: bigint
}

export const noUsage: Usage = { octets: 0n, packets: 0n }

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
  diameter: Pick<DiameterNode, 'request'>
  datapath: Pick<Datapath, 'counters'>
  clock: Clock
  log: Log
}

const recordType = dictionary['Accounting-Record-Type'].values
const mobileIpv4Application = 2

export class VisitAccounting {
  readonly #parts: AccountingParts
  readonly #visit: AccountedVisit
  readonly #startedAt: number
  #nextRecord = 0
  #timer: Timer | undefined

  constructor(parts: AccountingParts, visit: AccountedVisit) {
    this.#parts = parts
    this.#visit = visit
    this.#startedAt = parts.clock.now()
  }

  /** Sends the start record and goes on with interim records. */
  start(): void {
    void this.#send('START_RECORD', noUsage)
    this.#scheduleInterim()
  }

  /** What was used since the beginning of the visit. */
  async usage(): Promise<Usage> {
    const { nai, before } = this.#visit
    const counted = await countedUsage(this.#parts.datapath, nai)
    return { octets: counted.octets - before.octets, packets: counted.packets - before.packets }
  }

  /** Ends the interim records without a stop record, for the end of the process. */
  pause(): void {
    this.#timer?.cancel()
  }

  /** Sends the stop record; `usage` was read before the kernel forgot it. Resolves when it is answered or lost. */
  async stop(usage: Usage): Promise<void> {
    this.pause()
    await this.#send('STOP_RECORD', usage)
  }

  #scheduleInterim(): void {
    const { interimIntervalSeconds } = this.#visit
    if (interimIntervalSeconds === 0) return
    const timer = this.#parts.clock.after(interimIntervalSeconds * 1000, () => {
      this.#sendInterim()
        .catch((error: unknown) => this.#warn('INTERIM_RECORD', describeError(error)))
        .finally(() => {
          // Only one interim record may be on its way; the next interval starts when it has arrived.
          if (this.#timer === timer) this.#scheduleInterim()
        })
    })
    this.#timer = timer
  }

  async #sendInterim(): Promise<void> {
    await this.#send('INTERIM_RECORD', await this.usage())
  }

  async #send(type: keyof typeof recordType, { octets, packets }: Usage): Promise<void> {
    const { diameter, clock } = this.#parts
    const { nai, homeAddress, homeAgent, session } = this.#visit
    try {
      const answer = await diameter.request('Accounting', {
        'Session-Id': session.sessionId,
        'Destination-Realm': session.server.realm,
        ...(session.server.host === undefined ? {} : { 'Destination-Host': session.server.host }),
        'Accounting-Record-Type': recordType[type],
        'Accounting-Record-Number': this.#nextRecord++,
        'Acct-Application-Id': mobileIpv4Application,
        'User-Name': nai,
        'Acct-Multi-Session-Id': session.acctMultiSessionId,
        'Accounting-Output-Octets': octets,
        'Accounting-Output-Packets': packets,
        'Acct-Session-Time': Math.round((clock.now() - this.#startedAt) / 1000),
        'MIP-Home-Agent-Address': homeAgent,
        'MIP-Mobile-Node-Address': homeAddress,
      })
      if (!isSuccess(answer)) this.#warn(type, `Result-Code ${answer.avps['Result-Code']}`)
    } catch (error) {
      this.#warn(type, describeError(error))
    }
  }

  #warn(type: keyof typeof recordType, reason: string): void {
    const { nai, session } = this.#visit
    const about = { event: 'accounting', nai, sessionId: session.sessionId, record: type, reason }
    this.#parts.log.warn(about, 'a usage record was lost')
  }
}

/** What the kernel has counted for a subscriber; nothing for one whom it does not know. @throws NetlinkError */
export async function countedUsage(datapath: Pick<Datapath, 'counters'>, nai: string): Promise<Usage> {
  const counters = await datapath.counters(nai)
  return counters ? { octets: counters.bytes, packets: counters.packets } : noUsage
}
