import type { Log } from '#core/log.ts'
import { getClass } from '#netlink/class.ts'
import { getQdisc } from '#netlink/qdisc.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { layBase, prune } from './base.ts'
import { type ClassId, ClassIds, classIdValue } from './class-id.ts'
import { DatapathError } from './datapath-error.ts'
import { desiredObjects, type Shaper } from './desired-state.ts'
import type { Applied, Shaping, SubscriberFootprint } from './footprint.ts'
import type { Kernel } from './kernel.ts'
import { type KernelObject, keyOf } from './kernel-object.ts'
import type { Held } from './read-back.ts'
import { Reconciler } from './reconciler.ts'
import { tunnelName } from './tunnel-name.ts'

export { DatapathError } from './datapath-error.ts'
export type { Applied, Shaping, SubscriberFootprint, Tunnel } from './footprint.ts'

export interface DatapathOptions extends Shaper {
  log: Log
}

/** What a subscriber was sent, since its class was made. */
export interface Counters {
  /** With the headers of the shaped interface, a tunnel's outer header included. */
  bytes: bigint
  packets: bigint
  /** Discarded by the queue of the class. */
  drops: bigint
}

interface Served {
  tunnel: string
  id: ClassId
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
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(kernel: Kernel, options: DatapathOptions) {
    this.#kernel = kernel
    this.#options = options
    this.#reconciler = new Reconciler(kernel, options.log)
  }

  /**
   * Removes what a former process left behind and lays the base: the rule for our table, HTB on the shaped
   * interface, clsact where packets are marked. Needs CAP_NET_ADMIN. @param kernel absent: that of this
   * network namespace
   * @throws datapath/rejected, netlink/refused, os/system-call
   */
  static async open(options: DatapathOptions, kernel: Kernel = NetlinkSocket.open()): Promise<Datapath> {
    try {
      await prune(kernel, options)
      await layBase(kernel, options)
    } catch (error) {
      kernel.close()
      throw error
    }
    return new Datapath(kernel, options)
  }

  /**
   * Sets all that the subscriber needs, or changes it to that; what is so already is only read back. A change
   * of rate is made in the class as it stands: nothing is interrupted. Calls take effect one after the other.
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
      const served = this.#served.get(subscriber)
      if (served) this.#classIds.release(served.id)
      this.#served.delete(subscriber)
    })
  }

  /** Of the subscriber's class; undefined for one who has none. @throws netlink/refused */
  counters(subscriber: string): Promise<Counters | undefined> {
    return this.#inTurn(async () => {
      const served = this.#served.get(subscriber)
      if (served === undefined) return undefined
      const device = this.#options.shapedInterface
      const classId = classIdValue(served.id)
      const [sent] = await this.#kernel.transaction([getClass({ device, classId })])
      // Codel drops when it dequeues, which the class does not count.
      const [queue] = await this.#kernel.transaction([getQdisc({ device, parent: classId })])
      if (!sent?.ok) throw sent?.error
      if (!queue?.ok) throw queue?.error
      const { basic, packets64 } = sent.reply.statistics ?? {}
      return {
        bytes: basic?.bytes ?? 0n,
        packets: packets64 ?? BigInt(basic?.packets ?? 0),
        drops: BigInt(queue.reply.statistics?.queue?.drops ?? 0),
      }
    })
  }

  /** Leaves the kernel as it is. */
  async close(): Promise<void> {
    await this.#inTurn(async () => this.#kernel.close())
  }

  async #set(subscriber: string, footprint: SubscriberFootprint): Promise<Applied> {
    const former = this.#served.get(subscriber)
    const tunnel = tunnelName(footprint.tunnel)
    const stays = former?.tunnel === tunnel
    const id = stays ? former.id : this.#classIds.allocate(tunnel)
    try {
      const objects = desiredObjects(footprint, id, this.#options)
      const { held, formerGone } = await this.#reconciler.set(subscriber, objects)
      this.#served.set(subscriber, { tunnel, id })
      if (former && !stays && formerGone) this.#classIds.release(former.id)
      return { downlink: heldShaping(objects, held, id) }
    } catch (error) {
      if (!stays) this.#classIds.release(id)
      throw error
    }
  }

  #inTurn<Outcome>(action: () => Promise<Outcome>): Promise<Outcome> {
    const turn = this.#turn.then(action)
    this.#turn = turn.catch(() => {})
    return turn
  }
}

/** What the kernel told of the subscriber's class. */
function heldShaping(
  objects: readonly KernelObject[],
  held: ReadonlyMap<string, Held>,
  id: ClassId,
): Shaping {
  const own = objects.find((object) => object.kind === 'class' && object.classId === classIdValue(id))
  const settings = own && held.get(keyOf(own))?.settings
  if (!settings)
    throw new DatapathError('datapath/read-back', 'the kernel did not tell the rates of the class')
  const { rateBitsPerSecond, ceilBitsPerSecond, priority } = settings
  return { rateBitsPerSecond, ceilBitsPerSecond, priority }
}
