import { type Clock, systemClock, type Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import type { DatapathReport } from '#wire/diameter/datapath-report.ts'
import { findLegs, strangers } from './adoption.ts'
import { appliedOf } from './applied.ts'
import { layBase, prune } from './base.ts'
import { type ClassId, ClassIds } from './class-id.ts'
import { desiredObjects, type Shaper } from './desired-state.ts'
import type { Applied, SubscriberFootprint } from './footprint.ts'
import { isMissing, type Kernel } from './kernel.ts'
import type { KernelObject } from './kernel-object.ts'
import { classIdsOf, type Leg, planLegs } from './leg.ts'
import { Reconciler } from './reconciler.ts'
import { reportOf } from './report.ts'
import {
  type Downlink,
  noTraffic,
  readDownlink,
  readUplink,
  sumOf,
  type Traffic,
  uplinkEntry,
} from './traffic.ts'

export type { Access } from './access-filters.ts'
export { DatapathError } from './datapath-error.ts'
export type {
  Applied,
  Flow,
  Match,
  PacketFilter,
  ReverseTunnel,
  Shaping,
  SubscriberFootprint,
  Tunnel,
} from './footprint.ts'

export interface DatapathOptions extends Shaper {
  log: Log
  /**
   * Who is served, as the agent's own store says, after a restart: what the kernel has for them stays as it is, and their classes
   * go on counting; `formerUplink` as the counters of the former process told it. Absent or empty: all that a former process left is
   * removed.
   */
  adopt?: readonly { subscriber: string; footprint: SubscriberFootprint; formerUplink?: Traffic }[]
  /** For another attempt at what the kernel would not remove; the system's when absent. */
  clock?: Clock
}

/** How long a part that the kernel would not remove is left alone. */
const secondAttemptMilliseconds = 30_000
/** After this the queues of classes that nobody uses any more are looked at again. */
const drainMilliseconds = 200

/** What a subscriber was sent, since its class was made. */
export interface Counters extends Downlink {
  /** Of a visitor: what it has sent since it came. Packets that the policer dropped are left out; link headers are not counted. */
  uplink?: Traffic
  /** The part of it that no filter of the kernel counts any more: for `adopt`. */
  formerUplink?: Traffic
}

interface Served {
  footprint: SubscriberFootprint
  /** By tunnel name; the first is that of the footprint's care-of address. */
  legs: ReadonlyMap<string, Leg>
  /** What the filters that were replaced since had counted of the uplink. */
  formerUplink: Traffic
}

/**
 * The kernel's part of an agent: tunnels, routes, classes and filters of its subscribers, by way of netlink
 * only.
 */
export class Datapath {
  readonly #kernel: Kernel
  readonly #options: DatapathOptions
  readonly #reconciler: Reconciler
  readonly #classIds = new ClassIds()
  readonly #served = new Map<string, Served>()
  /** What the kernel holds for those who were adopted. */
  readonly adopted = new Map<string, Applied>()
  /** Ids of classes that the kernel may still have. */
  #retained: ClassId[] = []
  #secondAttempt: Timer | undefined
  #tidying: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(kernel: Kernel, options: DatapathOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#reconciler = new Reconciler(kernel, options.log)
  }

  /**
   * Lays the base: the rule for our table, HTB on the shaped interfaces, what may come in from an access
   * link. Of what a former process left behind it adopts what is asked for, and removes the rest then. Who
   * could not be adopted is missing in `adopted`, and the log says why. Needs CAP_NET_ADMIN. @param kernel absent: that of this
   * network namespace
   * @throws datapath/rejected, netlink/refused, os/system-call
   */
  static async open(options: DatapathOptions, kernel: Kernel = NetlinkSocket.open()): Promise<Datapath> {
    const datapath = new Datapath(kernel, options)
    const { adopt = [] } = options
    try {
      if (adopt.length === 0) await prune(kernel, options)
      await layBase(kernel, options)
      if (adopt.length > 0) await datapath.#adopt(adopt)
    } catch (error) {
      kernel.close()
      throw error
    }
    return datapath
  }

  /**
   * Sets all that the subscriber needs, or changes it to that; what is so already is only read back. A change
   * of rate is made in the class as it stands: nothing is interrupted. Calls take effect one after the other.
   * What the new state has replaced is removed when nobody waits for an answer.
   * @returns what the kernel holds, read back from it
   * @throws datapath/rejected (the kernel refused), datapath/read-back (it holds something else): what was
   * done is taken back
   */
  set(subscriber: string, footprint: SubscriberFootprint): Promise<Applied> {
    return this.#inTurn(() => this.#set(subscriber, footprint))
  }

  /**
   * Removes all that only this subscriber needed. Nothing to do for one who has nothing.
   * @throws datapath/rejected: a part is left over; the call may be repeated
   */
  remove(subscriber: string): Promise<void> {
    return this.#inTurn(async () => {
      await this.#reconciler.remove(subscriber)
      for (const leg of this.#served.get(subscriber)?.legs.values() ?? [])
        for (const id of classIdsOf(leg)) this.#classIds.release(id)
      this.#served.delete(subscriber)
    })
  }

  /** Resolves when all that was asked for is done, the removal of what was replaced included. */
  async settled(): Promise<void> {
    await this.#inTurn(async () => {})
    await this.#tidying
  }

  /** Of the subscriber's downlink, copies aside, and of a visitor's uplink; undefined for one who has none. @throws netlink/refused */
  counters(subscriber: string): Promise<Counters | undefined> {
    return this.#inTurn(async () => {
      const served = this.#served.get(subscriber)
      const [leg] = served?.legs.values() ?? []
      if (served === undefined || leg === undefined) return undefined
      const uplink = await readUplink(this.#kernel, served.footprint)
      const downlink = await readDownlink(this.#kernel, this.#options.shapedInterface, leg)
      const { formerUplink } = served
      return { ...downlink, ...(uplink && { uplink: sumOf(formerUplink, uplink), formerUplink }) }
    })
  }

  /** Where in the kernel the subscriber is, as of the last `set`; undefined for one who has nothing. */
  report(subscriber: string): DatapathReport | undefined {
    const served = this.#served.get(subscriber)
    return served && reportOf(served.footprint, served.legs, this.#options)
  }

  /** Leaves the kernel as it is. */
  async close(): Promise<void> {
    await this.settled()
    await this.#inTurn(async () => {
      this.#secondAttempt?.cancel()
      this.#kernel.close()
    })
  }

  async #adopt(live: NonNullable<DatapathOptions['adopt']>): Promise<void> {
    const found = new Map<string, Map<string, Leg>>()
    // All ids that are in use must be known before the first new one is given out.
    for (const { subscriber, footprint } of live)
      found.set(subscriber, await findLegs(this.#kernel, this.#options, footprint, this.#classIds))
    for (const { subscriber, footprint, formerUplink = noTraffic } of live) {
      try {
        const { legs } = planLegs(
          { legs: found.get(subscriber) ?? new Map(), footprint },
          footprint,
          this.#classIds,
        )
        this.#served.set(subscriber, { footprint, legs, formerUplink })
        await this.#reconciler.adopt(desiredObjects(footprint, legs, this.#options))
        this.adopted.set(subscriber, await this.set(subscriber, footprint))
      } catch (error) {
        await this.remove(subscriber)
        this.#options.log.error(
          { subscriber, reason: describeError(error) },
          'the subscriber was not adopted',
        )
      }
    }
    await this.settled()
    this.#reconciler.forsake()
    const removals = await strangers(this.#kernel, this.#options, (key) => this.#reconciler.holds(key))
    for (const result of await this.#kernel.transaction(removals))
      if (!result.ok && !isMissing(result.error))
        this.#options.log.error({ reason: result.error.message }, 'a part of a former datapath is left over')
  }

  async #set(subscriber: string, footprint: SubscriberFootprint) {
    const former = this.#served.get(subscriber)
    const { legs, taken, dropped } = planLegs(former, footprint, this.#classIds)
    try {
      const objects = desiredObjects(footprint, legs, this.#options)
      const sent = former && (await this.#uplinkToBeLost(former.footprint, objects))
      const held = await this.#reconciler.set(subscriber, objects)
      const applied = appliedOf(footprint, legs, { objects, held }, this.#options)
      const formerUplink = sumOf(former?.formerUplink ?? noTraffic, await this.#lostCount(sent, footprint))
      this.#served.set(subscriber, { footprint, legs, formerUplink })
      this.#retained.push(...dropped)
      if (this.#reconciler.hasLeftovers || dropped.length > 0) this.#tidyWhenIdle()
      return applied
    } catch (error) {
      for (const id of taken) this.#classIds.release(id)
      throw error
    }
  }

  /** What the filter of a visitor's uplink has counted, if another takes its place. */
  async #uplinkToBeLost(
    footprint: SubscriberFootprint,
    next: readonly KernelObject[],
  ): Promise<Traffic | undefined> {
    const key = uplinkEntry(footprint)
    const entry = next.find(
      (object) =>
        object.kind === 'packet-filter' &&
        object.device === key?.device &&
        object.priority === key.priority &&
        object.handle === key.handle,
    )
    return entry && this.#reconciler.isInForce(entry) ? undefined : this.#uplinkIfReadable(footprint)
  }

  /** A change does not fail for its count. */
  async #uplinkIfReadable(footprint: SubscriberFootprint): Promise<Traffic | undefined> {
    try {
      return await readUplink(this.#kernel, footprint)
    } catch (error) {
      const { homeAddress } = footprint
      const reason = describeError(error)
      this.#options.log.warn(
        { homeAddress, reason },
        'the count of an uplink could not be read, and may begin anew',
      )
      return undefined
    }
  }

  /** A filter in the place of another begins at zero: what that had counted. */
  async #lostCount(before: Traffic | undefined, footprint: SubscriberFootprint): Promise<Traffic> {
    const now = before && (await this.#uplinkIfReadable(footprint))
    return before && now && now.packets < before.packets ? before : noTraffic
  }

  /** After the answers, and after those of calls that came meanwhile: deleting an interface holds up all else. */
  #tidyWhenIdle(): void {
    const tidy = () =>
      this.#reconciler.removeFormer().finally(() => {
        this.#tidying = undefined
      })
    this.#tidying ??= this.#idle().then(() => this.#tidy(tidy))
  }

  /** Resolves when a turn of the event loop has brought no call. */
  async #idle(): Promise<void> {
    for (let last: Promise<unknown> | undefined; last !== this.#turn; ) {
      last = this.#turn
      await last
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Gives ids back when the kernel has none of their classes any more. */
  #tidy(remove: () => Promise<boolean>): Promise<void> {
    return this.#inTurn(async () => {
      if (await remove()) for (const id of this.#retained.splice(0)) this.#classIds.release(id)
      else this.#tryLater()
    }).catch((error: unknown) =>
      this.#options.log.error({ reason: describeError(error) }, 'what is left over could not be removed'),
    )
  }

  #tryLater(): void {
    const delay = this.#reconciler.isDraining ? drainMilliseconds : secondAttemptMilliseconds
    this.#secondAttempt ??= (this.#options.clock ?? systemClock).after(delay, () => {
      this.#secondAttempt = undefined
      void this.#tidy(() => this.#reconciler.removeLeftovers())
    })
  }

  #inTurn<Outcome>(action: () => Promise<Outcome>): Promise<Outcome> {
    const turn = this.#turn.then(action)
    this.#turn = turn.catch(() => {})
    return turn
  }
}
