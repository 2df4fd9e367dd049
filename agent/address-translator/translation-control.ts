/**
 * Tells home servers how the addresses of their subscribers are translated, as an Accounting-Request with an EVENT_RECORD
 * (docs/decisions/0030). A report is the whole state of a subscriber, so that one which is lost is made good by the next.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { isSuccess } from '#diameter/handler.ts'
import type { DiameterNode } from '#diameter/node.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import {
  encodeTranslationReport,
  mostReported,
  type TranslationReport,
} from '#wire/diameter/translation-report.ts'
import { isWithin } from '../route-optimization/network.ts'
import { commitOrLater } from '../state-store/commit.ts'
import type { AddressTranslatorConfig, Pool } from './config.ts'
import { type Mapping, mappingsOf, poolUsed } from './translation-table.ts'
import type { TranslationReader } from './translator-kernel.ts'
import type { TranslatorState } from './translator-state.ts'

export interface TranslationControlParts {
  config: Omit<AddressTranslatorConfig, 'diameter'>
  reader: TranslationReader
  state: TranslatorState
  diameter: Pick<DiameterNode, 'request' | 'sessionId'>
  clock: Clock
  log: Log
}

/** What a home server knows of one subscriber. */
interface Told {
  /** Undefined: nothing, or nobody knows. */
  report: TranslationReport | undefined
  isUnderWay: boolean
  /** Not before: what a server has refused, or not answered, is not pressed on it. Milliseconds since 1970 */
  again: number
}

/** However often the table changes, it is looked at no sooner than this after the last look. */
const shortestPauseMilliseconds = 200
const retryMilliseconds = 5000
const eventRecord = dictionary['Accounting-Record-Type'].values.EVENT_RECORD

export class TranslationControl {
  readonly #parts: TranslationControlParts
  readonly #told = new Map<Ipv4Address, Told>()
  #timer: Timer | undefined
  #lookedAt = Number.NEGATIVE_INFINITY
  #isLooking = false
  #hasChanged = false
  #isClosed = false

  /** Goes on with those of whom a former process has told. */
  constructor(parts: TranslationControlParts) {
    this.#parts = parts
    for (const [homeAddress] of parts.state.told.entries()) this.#told.set(homeAddress, unknown())
  }

  start(): void {
    if (this.#isClosed) return
    this.#parts.reader.watch(() => this.#lookSoon())
    this.#look()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#parts.reader.close()
  }

  #lookSoon(): void {
    if (this.#isClosed) return
    this.#hasChanged = true
    if (!this.#isLooking)
      this.#lookIn(Math.max(0, this.#lookedAt + shortestPauseMilliseconds - this.#parts.clock.now()))
  }

  #lookIn(milliseconds: number): void {
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(milliseconds, () => this.#look())
  }

  #look(): void {
    const { clock, config, log, reader } = this.#parts
    this.#lookedAt = clock.now()
    this.#isLooking = true
    this.#hasChanged = false
    reader
      .read()
      .then((connections) => {
        if (!this.#isClosed) this.#tellAll(mappingsOf(connections))
      })
      .catch((error: unknown) => {
        if (!this.#isClosed)
          log.error(
            { event: 'address-translation', reason: describeError(error) },
            'the table could not be read',
          )
      })
      .finally(() => {
        this.#isLooking = false
        if (this.#isClosed) return
        this.#lookIn(this.#hasChanged ? shortestPauseMilliseconds : config.intervalSeconds * 1000)
      })
  }

  #tellAll(mappings: readonly Mapping[]): void {
    const used = new Map(this.#parts.config.pools.map((pool) => [pool.name, poolUsed(pool, mappings)]))
    const byHost = Map.groupBy(mappings, ({ insideAddress }) => insideAddress)
    for (const homeAddress of new Set([...byHost.keys(), ...this.#told.keys()]))
      this.#tell(this.#reportOf(homeAddress, byHost.get(homeAddress) ?? [], used))
  }

  #reportOf(
    homeAddress: Ipv4Address,
    mappings: readonly Mapping[],
    used: ReadonlyMap<string, number>,
  ): TranslationReport {
    const { hosts, correspondents } = this.#parts.config
    const own = hosts.filter(({ inside }) => inside === homeAddress)
    const pool = own.length > 0 ? undefined : this.#poolOf(homeAddress)?.name
    return {
      homeAddress,
      ...(pool !== undefined && { pool }),
      poolUsed: pool === undefined ? 0 : (used.get(pool) ?? 0),
      addresses: [...own, ...correspondents],
      mappings: mappings.slice(0, mostReported).map(({ insideAddress: _, ...mapping }) => mapping),
    }
  }

  #poolOf(homeAddress: Ipv4Address): Pool | undefined {
    const { masquerade, pools } = this.#parts.config
    const name = masquerade.find(({ network }) => isWithin(homeAddress, [network]))?.pool
    return pools.find((pool) => pool.name === name)
  }

  /** Hosts that are nobody's subscribers are nobody's business. */
  #tell(report: TranslationReport): void {
    const { config, clock, log, state } = this.#parts
    const { homeAddress } = report
    const home = config.subscribers.find(({ network }) => isWithin(homeAddress, [network]))
    const known = this.#told.get(homeAddress) ?? unknown()
    if (!home || known.isUnderWay || clock.now() < known.again) return
    if (!isWorthTelling(known.report, report, config.poolChange)) return
    known.isUnderWay = true
    this.#told.set(homeAddress, known)
    state.told.set(homeAddress, { homeAddress })
    commitOrLater(state, log, `that ${homeAddress} was reported`)
    void this.#send(home, report)
      .then((isTold) => {
        known.report = isTold ? report : undefined
        if (!isTold) known.again = clock.now() + retryMilliseconds
        else if (report.mappings.length === 0) this.#forget(homeAddress)
      })
      .finally(() => {
        known.isUnderWay = false
      })
  }

  #forget(homeAddress: Ipv4Address): void {
    const { log, state } = this.#parts
    if (this.#isClosed) return
    this.#told.delete(homeAddress)
    state.told.delete(homeAddress)
    commitOrLater(state, log, `that ${homeAddress} has no mappings`)
  }

  async #send(
    home: AddressTranslatorConfig['subscribers'][number],
    report: TranslationReport,
  ): Promise<boolean> {
    const { diameter, log } = this.#parts
    const about = { event: 'translation-report', server: home.server ?? home.realm, ...report }
    try {
      const answer = await diameter.request('Accounting', {
        'Session-Id': diameter.sessionId('translation'),
        'Destination-Realm': home.realm,
        ...(home.server === undefined ? {} : { 'Destination-Host': home.server }),
        'Accounting-Record-Type': eventRecord,
        'Accounting-Record-Number': 0,
        'Translation-Report': encodeTranslationReport(report),
      })
      if (isSuccess(answer)) {
        log.debug(about, `reported how ${report.homeAddress} is translated`)
        return true
      }
      log.warn(
        { ...about, resultCode: answer.avps['Result-Code'], reason: answer.avps['Error-Message'] },
        `the home server does not take the report of ${report.homeAddress}`,
      )
    } catch (error) {
      log.warn({ ...about, reason: describeError(error) }, 'the home server was not told of a translation')
    }
    return false
  }
}

function unknown(): Told {
  return { report: undefined, isUnderWay: false, again: 0 }
}

/** A pool that is more or less full is told when it has changed so much, and when it is full, or empty. */
function isWorthTelling(
  told: TranslationReport | undefined,
  { poolUsed, ...now }: TranslationReport,
  poolChange: number,
): boolean {
  if (told === undefined) return true
  const { poolUsed: former, ...rest } = told
  const isAtEnd = poolUsed !== former && (poolUsed === 0 || poolUsed === 1)
  return isAtEnd || Math.abs(poolUsed - former) >= poolChange || !isDeepStrictEqual(rest, now)
}
