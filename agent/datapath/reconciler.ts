import type { Log } from '#core/log.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import type { NetlinkError } from '#netlink/netlink-error.ts'
import type { Result } from '#netlink/socket.ts'
import { DatapathError } from './datapath-error.ts'
import { Holdings, type Step } from './holdings.ts'
import { isMissing, type Kernel } from './kernel.ts'
import { type KernelObject, keyOf } from './kernel-object.ts'
import { messagesFor } from './kernel-object-message.ts'
import { difference, expected, type Held, readBack, readIndex } from './read-back.ts'

export interface Reconciled {
  held: Map<string, Held>
  formerGone: boolean
}

/** Holds what the kernel would not remove, so that it is known to be there. */
const nobody = '(left over)'

/**
 * Brings the kernel's objects for one subscriber from what they are to what they should be, or leaves them as
 * they are.
 */
export class Reconciler {
  readonly #kernel: Kernel
  readonly #log: Log
  readonly #holdings = new Holdings()

  constructor(kernel: Kernel, log: Log) {
    this.#kernel = kernel
    this.#log = log
  }

  /**
   * Gives the subscriber these objects, parents first. What is new or different and the read-back of all go
   * in one transaction; what is obsolete is removed only when all that is in force, for the kernel carries
   * out what follows a refused message too.
   * @returns what the kernel holds, by key, and whether all of the former state is gone
   * @throws datapath/rejected, datapath/read-back after everything was taken back
   */
  async set(subscriber: string, objects: readonly KernelObject[]): Promise<Reconciled> {
    const { steps, obsolete } = this.#holdings.change(subscriber, objects)
    const making = steps.map(({ object, before }) => messagesFor(object)[before ? 'change' : 'add'])
    const devices = routeDevices(objects)
    const reading = [...objects.map(readBack), ...devices.map(readIndex)]
    const results = await this.#carryOut([...making.map(acknowledged), ...reading])
    const made = results.slice(0, making.length)
    const [refusal] = made.flatMap((result) => (result.ok ? [] : [result.error]))
    if (refusal) {
      const done = steps.filter((_, position) => mayBeInForce(made[position]))
      throw await this.#takeBack(subscriber, done, 'datapath/rejected', refusal)
    }
    const read = readings(objects, devices, results.slice(making.length))
    if (read.fault) throw await this.#takeBack(subscriber, steps, 'datapath/read-back', read.fault)
    // The new state is in force whatever becomes of the old one.
    const left = await this.#remove(obsolete)
    for (const { error } of left)
      this.#log.error({ subscriber, reason: error.message }, 'a part of the former datapath is left over')
    const leftOver = [...this.#holdings.of(nobody), ...left.map(({ object }) => object)]
    this.#holdings.record(nobody, leftOver)
    this.#holdings.record(subscriber, objects)
    return { held: read.held, formerGone: left.length === 0 }
  }

  /**
   * Removes what only this subscriber needs, children first. Nothing for one who has nothing.
   * @throws datapath/rejected naming what is left over; the call may be repeated
   */
  async remove(subscriber: string): Promise<void> {
    const { obsolete } = this.#holdings.change(subscriber, [])
    const left = await this.#remove(obsolete)
    const kept = new Set(left.map(({ object }) => object))
    const removed = new Set(obsolete.filter((object) => !kept.has(object)))
    // What the subscriber shares with others it holds as long as it has anything.
    const held = kept.size === 0 ? [] : this.#holdings.of(subscriber).filter((object) => !removed.has(object))
    this.#holdings.record(subscriber, held)
    const [first] = left
    if (first === undefined) return
    const what = `a part of the datapath of ${subscriber} is left over`
    throw new DatapathError('datapath/rejected', what, { cause: first.error })
  }

  async #remove(objects: readonly KernelObject[]): Promise<{ object: KernelObject; error: NetlinkError }[]> {
    const results = await this.#carryOut(objects.map((object) => messagesFor(object).remove))
    return objects.flatMap((object, position) => {
      const result = results[position]
      return result === undefined || result.ok || isMissing(result.error)
        ? []
        : { object, error: result.error }
    })
  }

  /** Undoes steps that were carried out, the last first, and makes the error that says so. */
  async #takeBack(
    subscriber: string,
    done: readonly Step[],
    code: 'datapath/rejected' | 'datapath/read-back',
    cause: Error,
  ): Promise<DatapathError> {
    const undoing = done
      .toReversed()
      .map(({ object, before }) => (before ? messagesFor(before).change : messagesFor(object).remove))
    const failed = (await this.#carryOut(undoing)).flatMap((result) =>
      result.ok || isMissing(result.error) ? [] : [result.error.message],
    )
    const now =
      failed.length === 0 ? 'all was taken back' : `not all could be taken back (${failed.join('; ')})`
    return new DatapathError(code, `the datapath of ${subscriber} could not be set, ${now}`, { cause })
  }

  async #carryOut<Answer>(requests: readonly NetlinkRequest<Answer>[]): Promise<Result<Answer>[]> {
    if (requests.length === 0) return []
    if (this.#log.isLevelEnabled('debug'))
      this.#log.debug({ commands: requests.map((request) => request.render()) }, 'kernel')
    return this.#kernel.transaction(requests)
  }
}

function acknowledged(request: NetlinkRequest): NetlinkRequest<Held> {
  return { ...request, answer: () => ({}) }
}

/** A message whose acknowledgement was lost may have been carried out. */
function mayBeInForce(result: Result | undefined): boolean {
  return result !== undefined && (result.ok || result.error.code === 'netlink/overrun')
}

function routeDevices(objects: readonly KernelObject[]): string[] {
  return [...new Set(objects.flatMap((object) => (object.kind === 'route' ? [object.device] : [])))]
}

/** What the kernel says it holds of the objects, or the first thing that is not as it should be. */
function readings(
  objects: readonly KernelObject[],
  devices: readonly string[],
  results: readonly Result<Held>[],
): { held: Map<string, Held>; fault?: Error } {
  const held = new Map<string, Held>()
  const indices = new Map<string, unknown>()
  for (const [position, result] of results.entries()) {
    if (!result.ok) return { held, fault: result.error }
    const object = objects[position]
    if (object) held.set(keyOf(object), result.reply)
    else indices.set(devices[position - objects.length] ?? '', result.reply.index)
  }
  for (const object of objects) {
    const wanted = expected(object, (device) => indices.get(device))
    const fault = difference(wanted, held.get(keyOf(object)) ?? {})
    if (fault !== undefined)
      return { held, fault: new DatapathError('datapath/read-back', `${keyOf(object)}: ${fault}`) }
  }
  return { held }
}
