import { isDeepStrictEqual } from 'node:util'
import type { Log } from '#core/log.ts'
import type { NetlinkRequest } from '#netlink/message.ts'
import { NetlinkError } from '#netlink/netlink-error.ts'
import { getQdisc } from '#netlink/qdisc.ts'
import type { Result } from '#netlink/socket.ts'
import { DatapathError } from './datapath-error.ts'
import { Holdings, type Step } from './holdings.ts'
import { isMissing, type Kernel } from './kernel.ts'
import { type KernelObject, keyOf } from './kernel-object.ts'
import { messagesFor, qdiscKey } from './kernel-object-message.ts'
import { owned } from './owned.ts'
import { difference, expected, type Held, readBack, readIndex } from './read-back.ts'
import { namedDevices, readings } from './readings.ts'
import { inStages, making } from './stages.ts'

/** Holds what the kernel would not remove, so that it is known to be there. */
const nobody = '(left over)'
/** Holds what a subscriber has no use for any more until it is removed, which classes are when their queues are empty. */
const formerOf = (subscriber: string) => `${subscriber} (former)`
/** Holds what was adopted, until it is known whose it is. */
const formerProcess = '(former process)'

/**
 * Brings the kernel's objects for one subscriber from what they are to what they should be, or leaves them as
 * they are.
 */
export class Reconciler {
  readonly #kernel: Kernel
  readonly #log: Log
  readonly #holdings = new Holdings()
  /** Subscribers who have left something that is still there. */
  readonly #former = new Set<string>()
  /** Whether packets wait in what they have left. */
  #isDraining = false

  constructor(kernel: Kernel, log: Log) {
    this.#kernel = kernel
    this.#log = log
  }

  /**
   * Gives the subscriber these objects, parents first. What is new goes ahead of what is changed in place: packets meet a change
   * at once, and the kernel carries out what follows a refused message too. The last of both and the read-back of all go in one
   * transaction; what is obsolete is removed only when all that is in force: at once what could still meet the subscriber's
   * packets, the rest by `removeFormer`, for deleting a link takes the kernel long.
   * @returns what the kernel holds, by key
   * @throws datapath/rejected, datapath/read-back after everything was taken back
   */
  async set(subscriber: string, objects: readonly KernelObject[]): Promise<Map<string, Held>> {
    const { steps: asked, obsolete } = this.#holdings.change(subscriber, objects)
    const { ahead, last } = inStages(asked)
    const steps = [...ahead, ...last]
    const devices = namedDevices(objects)
    const reading = [...objects.map(readBack), ...devices.map(readIndex)]
    await this.#demand(subscriber, await this.#carryOut(ahead.map(making)), ahead)
    const results = await this.#carryOut([...last.map(making), ...reading])
    await this.#demand(subscriber, results.slice(0, last.length), last, ahead)
    const read = readings(objects, devices, results.slice(last.length))
    if (read.fault) throw await this.#takeBack(subscriber, steps, 'datapath/read-back', read.fault)
    const atOnce = stillMet(obsolete, objects)
    const left = await this.#remove(atOnce)
    if (left[0]) {
      const kept = new Set(left.map(({ object }) => object))
      const removed = atOnce.flatMap((object) => (kept.has(object) ? [] : [{ object, before: object }]))
      throw await this.#takeBack(subscriber, [...steps, ...removed], 'datapath/rejected', left[0].error)
    }
    this.#holdings.record(subscriber, objects)
    this.#keepFormer(
      subscriber,
      obsolete.filter((object) => !atOnce.includes(object)),
    )
    return read.held
  }

  /** @throws datapath/rejected when the kernel refused one of these steps, after they and those before were taken back */
  async #demand(
    subscriber: string,
    made: readonly Result<Held>[],
    steps: readonly Step[],
    before: readonly Step[] = [],
  ): Promise<void> {
    const position = made.findIndex((result) => !result.ok)
    const refused = made[position]
    if (refused?.ok !== false) return
    const done = [...before, ...steps.filter((_, index) => mayBeInForce(made[index]))]
    const cause = inOurWords(steps[position]?.object, refused.error)
    throw await this.#takeBack(subscriber, done, 'datapath/rejected', cause)
  }

  /** Takes note of what the subscriber has left, children first. What it has taken up again is its own. */
  #keepFormer(subscriber: string, obsolete: readonly KernelObject[]): void {
    const own = new Set(this.#holdings.of(subscriber).map(keyOf))
    const holder = formerOf(subscriber)
    const former = this.#holdings.of(holder).filter((object) => !own.has(keyOf(object)))
    this.#holdings.record(holder, [...obsolete.toReversed(), ...former])
    if (this.#holdings.of(holder).length > 0) this.#former.add(subscriber)
    else this.#former.delete(subscriber)
  }

  /** Removes what has been replaced, classes when their queues are empty. False where a part is left over. It does not throw. */
  async removeFormer(): Promise<boolean> {
    this.#isDraining = false
    for (const subscriber of this.#former) {
      const { obsolete } = this.#holdings.change(formerOf(subscriber), [])
      const waiting = await this.#waiting(obsolete)
      const gone = obsolete.filter((object) => !waiting.includes(object))
      await this.#removeOrKeep(subscriber, gone)
      this.#holdings.record(formerOf(subscriber), waiting.toReversed())
      if (waiting.length > 0) this.#isDraining = true
      else this.#former.delete(subscriber)
    }
    return !this.hasLeftovers
  }

  /** Children first. */
  async #removeOrKeep(subscriber: string, objects: readonly KernelObject[]): Promise<void> {
    const left = await this.#remove(objects)
    for (const { error } of left)
      this.#log.error({ subscriber, reason: error.message }, 'a part of the former datapath is left over')
    const kept = left.map(({ object }) => object)
    this.#holdings.record(nobody, [...kept.toReversed(), ...this.#holdings.of(nobody)])
  }

  /** Classes and what belongs to them, if a packet waits there: deleting a class drops its queue. */
  async #waiting(obsolete: readonly KernelObject[]): Promise<KernelObject[]> {
    const queues = obsolete.flatMap((object) =>
      object.kind === 'qdisc' && object.type === 'fq_codel' ? [getQdisc(qdiscKey(object))] : [],
    )
    const isWaiting = (await this.#carryOut(queues)).some(
      (result) => result.ok && (result.reply.statistics?.queue?.queueLength ?? 0) > 0,
    )
    return isWaiting ? obsolete.filter(({ kind }) => shapingKinds.has(kind)) : []
  }

  /**
   * Takes over what a former process made, as far as it is there: what is as it should be stays untouched, what differs is changed
   * in place. `set` does the rest; `forsake` ends the time until all have been set.
   */
  async adopt(objects: readonly KernelObject[]): Promise<void> {
    const devices = namedDevices(objects)
    const results = await this.#carryOut([...objects.map(readBack), ...devices.map(readIndex)])
    const indices = new Map(
      devices.map((device, position) => {
        const result = results[objects.length + position]
        return [device, result?.ok ? result.reply.index : undefined]
      }),
    )
    const found = objects.flatMap((object, position) => {
      const result = results[position]
      return result?.ok ? [{ object, held: result.reply }] : []
    })
    const isRight = ({ object, held }: (typeof found)[number]) =>
      difference(
        expected(object, (device) => indices.get(device)),
        held,
      ) === undefined
    const different = found.filter((each) => !isRight(each))
    const changed = different.flatMap(({ object }) => (changedAtOnce.has(object.kind) ? [object] : []))
    await this.#carryOut(changed.map((object) => messagesFor(object).change))
    const former = different.flatMap(({ object, held }) => asFormer(object, held) ?? [])
    const taken = [...found.filter(isRight).map(({ object }) => object), ...changed, ...former]
    const known = this.#holdings.of(formerProcess)
    const keys = new Set(known.map(keyOf))
    this.#holdings.record(formerProcess, [...known, ...taken.filter((object) => !keys.has(keyOf(object)))])
  }

  /** From now on what nobody was set is nobody's. */
  forsake(): void {
    this.#holdings.record(formerProcess, [])
  }

  /** Whether an object was set as it is. */
  isInForce(object: KernelObject): boolean {
    return isDeepStrictEqual(this.#holdings.get(keyOf(object)), object)
  }

  /** Whether somebody holds the object with this key. */
  holds(key: string): boolean {
    return this.#holdings.has(key)
  }

  /** Whether the kernel would not remove something that nobody needs. */
  get hasLeftovers(): boolean {
    return this.#holdings.of(nobody).length > 0 || this.#former.size > 0
  }

  /** Whether packets wait in queues that nobody needs. */
  get isDraining(): boolean {
    return this.#isDraining
  }

  /** Tries to remove what is left over once more. False where it still is. */
  async removeLeftovers(): Promise<boolean> {
    const { obsolete } = this.#holdings.change(nobody, [])
    const left = await this.#remove(obsolete)
    this.#holdings.record(nobody, left.map(({ object }) => object).reverse())
    return this.removeFormer()
  }

  /**
   * Removes what only this subscriber needs, children first. Nothing for one who has nothing.
   * @throws datapath/rejected naming what is left over; the call may be repeated
   */
  async remove(subscriber: string): Promise<void> {
    await this.#removeOrKeep(subscriber, this.#holdings.change(formerOf(subscriber), []).obsolete)
    this.#holdings.record(formerOf(subscriber), [])
    this.#former.delete(subscriber)
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
    const gone = new Set(
      objects.flatMap((object, position) =>
        object.kind === 'link' && results[position]?.ok ? [object.name] : [],
      ),
    )
    return objects.flatMap((object, position) => {
      const result = results[position]
      if (result === undefined || result.ok || isMissing(result.error)) return []
      // It went with its interface.
      return 'device' in object && gone.has(object.device) ? [] : { object, error: result.error }
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

/** A message whose acknowledgement was lost may have been carried out. */
function mayBeInForce(result: Result | undefined): boolean {
  return result !== undefined && (result.ok || result.error.code === 'netlink/overrun')
}

const shapingKinds = new Set<KernelObject['kind']>(['qdisc', 'class', 'marked-filter'])
const deciding = new Set<KernelObject['kind']>(['rule', 'reverse-route', 'route', 'neighbour'])

/** What needs nothing that `set` has still to make. */
const changedAtOnce = new Set<KernelObject['kind']>(['link', 'qdisc', 'class', 'marked-filter', 'neighbour'])

/**
 * Stands for what was found in the place of an object that needs others, so that `set` changes it in its turn. A route that is
 * not in our table is another's, and rules and the routes of groups are told by what they do: there is none then.
 */
function asFormer(object: KernelObject, held: Held): KernelObject | undefined {
  if (object.kind === 'packet-filter') return { ...object, fields: {} }
  const isOurs = object.kind === 'route' && held.table === owned.routeTable
  return isOurs ? { ...object, device: formerProcess } : undefined
}

/** What is obsolete and yet decides about packets on the ways that the subscriber goes on using. */
function stillMet(obsolete: readonly KernelObject[], objects: readonly KernelObject[]): KernelObject[] {
  const filtered = objects.flatMap((object) => (object.kind === 'packet-filter' ? [object.device] : []))
  return obsolete.filter(
    (object) =>
      deciding.has(object.kind) || (object.kind === 'packet-filter' && filtered.includes(object.device)),
  )
}

/** A missing driver is all that the kernel calls an invalid argument in a tunnel over UDP. */
function inOurWords(object: KernelObject | undefined, error: NetlinkError): NetlinkError {
  if (object?.kind !== 'link' || object.udp === undefined || error.errno !== 'EINVAL') return error
  const { errno, rendered } = error
  const kernelText = 'the kernel lacks the driver "fou", which tunnels over UDP need'
  return new NetlinkError('netlink/refused', `${rendered}: ${errno}, ${kernelText}`, {
    errno,
    kernelText,
    rendered,
  })
}
