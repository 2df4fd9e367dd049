import { Batch, type Exchange } from './batch.ts'
import { type ConnectionEvent, connectionGroups, decodeConnectionEvent } from './connection.ts'
import { readDump } from './dump.ts'
import { DumpedObjects } from './dumped-objects.ts'
import { getFamily } from './generic-controller.ts'
import { getLink } from './link.ts'
import type { NetlinkRequest } from './message.ts'
import { MessageWriter } from './message-writer.ts'
import {
  decoderOf,
  type FamilyEvent,
  Monitor,
  type MonitorGroup,
  multicastGroups,
  type Notifications,
} from './monitor.ts'
import { type Namespace, namespacePath } from './namespace.ts'
import { asNetlinkError, NetlinkError } from './netlink-error.ts'
import { Pace } from './pace.ts'
import { nextSlice, sliceIsOver } from './slice.ts'
import { type Result, skipped, Transaction, type TransactionOptions, unsent } from './transaction.ts'
import { Transport, type TransportOptions } from './transport.ts'

export type { Namespace } from './namespace.ts'
export type { Result, TransactionOptions } from './transaction.ts'

type AnswerOf<Request> = Request extends NetlinkRequest<infer Answer> ? Answer : never
export type ResultsOf<Requests extends readonly NetlinkRequest[]> = {
  -readonly [Position in keyof Requests]: Result<AnswerOf<Requests[Position]>>
}

export interface NetlinkSocketOptions {
  /**
   * A network namespace: a path such as `/run/netns/a1`, `{ name: 'a1' }`, `{ pid }` or `{ fd }`; this process's own when absent. It
   * must stay valid while the socket is used: dumps and monitors open sockets of their own there.
   */
  namespace?: Namespace
  /** `route` (rtnetlink) when absent; `generic` for the requests of generic netlink families, `netfilter` for connections. */
  protocol?: 'route' | 'netfilter' | 'generic'
  /** What the kernel may queue for the socket and for each of its monitors; 4 MiB when absent. */
  bufferBytes?: number
}

/** Opens what is below a socket. */
export type Connect = (options: TransportOptions) => Exchange & Notifications

/**
 * Speaks netlink with the kernel. Requests name interfaces: where the kernel wants an index, the socket asks for it just before
 * that request is sent and after all earlier requests of the transaction were carried out, so a link that a transaction makes
 * can be used by name in the same transaction. Give the index (a number) instead to save that look-up.
 *
 * Requests and transactions are carried out one after the other in the order of the calls, never mingled; those that are made
 * without waiting for each other share sends. All sockets together keep the event loop for `sliceMilliseconds` (slice.ts) at a time.
 */
export class NetlinkSocket {
  readonly #options: TransportOptions
  readonly #connect: Connect
  readonly #transport: Exchange & Notifications
  readonly #pace = new Pace()
  readonly #families = new Map<string, number>()
  readonly #monitors = new Set<{ close(): void }>()
  readonly #names = {
    interfaceIndex: (name: string) => this.#indexOf(name),
    familyNumber: (name: string) => this.#familyNumber(name),
  }
  #queue: Transaction[] = []
  #draining = false
  #sequence = 0
  #closed = false

  private constructor(options: TransportOptions, connect: Connect) {
    this.#options = options
    this.#connect = connect
    this.#transport = connect(options)
  }

  /** `connect`: tests put a kernel of their own there. @throws os/system-call, os/unsupported */
  static open(
    { namespace, ...options }: NetlinkSocketOptions = {},
    connect: Connect = (transportOptions) => new Transport(transportOptions),
  ): NetlinkSocket {
    const place = namespace === undefined ? {} : { namespace: namespacePath(namespace) }
    return new NetlinkSocket({ ...options, ...place }, connect)
  }

  /**
   * Carries out one request.
   * @throws netlink/refused with the kernel's errno and words; netlink/overrun when its answer was lost; wire/unencodable,
   *   netlink/malformed, netlink/closed, os/system-call
   */
  async request<Answer>(request: NetlinkRequest<Answer>): Promise<Answer> {
    const [result] = await this.transaction([request])
    if (!result.ok) throw result.error
    return result.reply
  }

  /**
   * Carries out many requests in order, in few sends. Not atomic: each has its own result, and those after a refused one are
   * carried out too, unless `onError` is `stop`. A socket that is closed meanwhile leaves the error `netlink/closed` on those that
   * were not sent. @throws netlink/closed when it was closed before
   */
  async transaction<const Requests extends readonly NetlinkRequest[]>(
    requests: Requests,
    options: TransactionOptions = {},
  ): Promise<ResultsOf<Requests>> {
    this.#assertOpen()
    const transaction = new Transaction(requests, options)
    this.#queue.push(transaction)
    if (!this.#draining) {
      this.#draining = true
      queueMicrotask(() => this.#drain())
    }
    // Each result holds what the request at its position answered.
    return (await transaction.finished) as ResultsOf<Requests>
  }

  /**
   * All objects that a dump request asks for. The dump is read whole, and again when the kernel says that it changed meanwhile,
   * before the first object is handed out. @throws netlink/refused, netlink/overrun, netlink/malformed, netlink/closed
   */
  dump<Item>(request: NetlinkRequest<Item>): DumpedObjects<Item> {
    return new DumpedObjects(async () => {
      this.#assertOpen()
      const transport = this.#connect(this.#options)
      const { interfaceIndex, familyNumber } = this.#names
      const writer = new MessageWriter(interfaceIndex, 512, familyNumber)
      return await readDump(transport, request, writer, () => this.#assertOpen()).finally(() =>
        transport.close(),
      )
    })
  }

  /**
   * Changes of the kernel's objects from now on, whoever makes them, until it or the socket is closed. Like `ip monitor` and
   * `tc monitor`. @throws netlink/closed, os/system-call
   */
  monitor(groups: readonly MonitorGroup[]): Monitor {
    this.#assertOpen()
    return this.#watch({ protocol: 'route', groups: multicastGroups(groups) }, decoderOf(groups))
  }

  /**
   * What a generic netlink family tells from now on to one of its multicast groups, which `getFamily` lists. For sockets of the
   * protocol `generic`. @throws RangeError where the family has no such group; netlink/refused, netlink/closed, os/system-call
   */
  monitorFamily<Value>(
    { name, format }: { name: string; format: { read(body: Buffer): Value } },
    group: string,
  ): Monitor<FamilyEvent<Value>> {
    const number = this.#familyNumber(name)
    const { multicastGroups: known } = this.#lookUp(getFamily(name), `generic netlink family "${name}"`)
    const own = known?.find((one) => one.name === group)?.number
    if (own === undefined) throw new RangeError(`generic netlink family "${name}" has no group "${group}"`)
    return this.#watch({ protocol: 'generic', groups: [own] }, (type, body) =>
      type === number ? { object: 'message', value: format.read(body) } : undefined,
    )
  }

  /** Connections that the kernel begins and ends to track. Like `conntrack -E -e NEW,DESTROY`. @throws netlink/closed, os/system-call */
  monitorConnections(): Monitor<ConnectionEvent> {
    this.#assertOpen()
    const groups = [connectionGroups.new, connectionGroups.destroy]
    return this.#watch({ protocol: 'netfilter', groups }, decodeConnectionEvent)
  }

  #watch<Event extends object>(
    options: Pick<TransportOptions, 'protocol' | 'groups'>,
    decode: (type: number, body: Buffer) => Event | undefined,
  ): Monitor<Event> {
    const transport = this.#connect({ ...this.#options, ...options })
    const monitor: Monitor<Event> = new Monitor(transport, decode, () => this.#monitors.delete(monitor))
    this.#monitors.add(monitor)
    return monitor
  }

  /** Ends its monitors too. What was not sent yet gets the error `netlink/closed`. */
  close(): void {
    this.#closed = true
    this.#transport.close()
    for (const monitor of this.#monitors) monitor.close()
  }

  async #drain(): Promise<void> {
    const batch = new Batch(this.#transport, () => this.#nextSequence(), this.#names, this.#pace)
    while (this.#queue.length > 0) {
      const transactions = this.#queue
      this.#queue = []
      for (const transaction of transactions) await this.#carryOut(transaction, batch)
      if (this.#closed) batch.abandon()
      else batch.flush()
    }
    this.#draining = false
  }

  async #carryOut(transaction: Transaction, batch: Batch): Promise<void> {
    try {
      let position = 0
      for (const request of transaction.requests) {
        if (sliceIsOver()) {
          batch.forget()
          do await nextSlice()
          while (sliceIsOver())
        }
        if (this.#closed) transaction.put(position, unsent(request))
        else if (transaction.stops && transaction.failed !== undefined)
          transaction.put(position, skipped(request, transaction.failed))
        else {
          batch.add(transaction, position, request)
          if (transaction.stops) batch.flush()
        }
        position++
      }
    } catch (error) {
      // Nothing of a request but `render` can throw here. The other transactions go on.
      transaction.fail(error)
    }
  }

  #indexOf(name: string): number {
    if (this.#options.protocol !== 'generic') return this.#lookUp(getLink(name), `interface "${name}"`).index
    const { protocol, ...options } = this.#options
    const transport = this.#connect(options)
    try {
      return this.#lookUp(getLink(name), `interface "${name}"`, transport).index
    } finally {
      transport.close()
    }
  }

  #familyNumber(name: string): number {
    const known = this.#families.get(name)
    if (known !== undefined) return known
    if (this.#options.protocol !== 'generic')
      throw new RangeError(`generic netlink family "${name}" on a socket of another protocol`)
    const { number } = this.#lookUp(getFamily(name), `generic netlink family "${name}"`)
    if (number === undefined)
      throw new NetlinkError('netlink/malformed', `generic netlink family "${name}" has no number`)
    this.#families.set(name, number)
    return number
  }

  #lookUp<Answer>(request: NetlinkRequest<Answer>, what: string, transport = this.#transport): Answer {
    this.#assertOpen()
    const transaction = new Transaction([request])
    const batch = new Batch(transport, () => this.#nextSequence(), this.#names)
    batch.add(transaction, 0, request)
    batch.flush()
    const [result] = transaction.results as ResultsOf<[NetlinkRequest<Answer>]>
    if (result.ok) return result.reply
    const { code, errno, message, kernelText } = asNetlinkError(result.error, 'netlink/malformed')
    throw new NetlinkError(code, `${what}: ${errno ?? message}`, { errno, kernelText })
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence % 0xffffffff) + 1
    return this.#sequence
  }

  #assertOpen(): void {
    if (this.#closed) throw new NetlinkError('netlink/closed', 'the netlink socket is closed')
  }
}
