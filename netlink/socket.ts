import { setImmediate } from 'node:timers/promises'
import { Batch, type Result } from './batch.ts'
import { readDump } from './dump.ts'
import { getLink, type Link } from './link.ts'
import type { NetlinkRequest } from './message.ts'
import { type Monitor, type MonitorGroup, openMonitor } from './monitor.ts'
import { NetlinkError } from './netlink-error.ts'
import { Transport } from './transport.ts'

export type { Result } from './batch.ts'

type AnswerOf<Request> = Request extends NetlinkRequest<infer Answer> ? Answer : never
export type ResultsOf<Requests extends readonly NetlinkRequest[]> = {
  -readonly [Position in keyof Requests]: Result<AnswerOf<Requests[Position]>>
}

export interface NetlinkSocketOptions {
  /**
   * Path of a network namespace such as `/run/netns/a1`; this process's own when absent. It must stay valid while the socket is
   * used: dumps and monitors open sockets of their own there.
   */
  namespace?: string
}

/** How long a transaction keeps the event loop at most, give or take one send. */
const sliceMilliseconds = 5

/**
 * Speaks rtnetlink with the kernel. Requests name interfaces: where the kernel wants an index, the socket asks for it just before
 * that request is sent and after all earlier requests of the transaction were carried out, so a link that a transaction makes
 * can be used by name in the same transaction. Give the index (a number) instead to save that look-up.
 */
export class NetlinkSocket {
  readonly #transport: Transport
  readonly #namespace: string | undefined
  #sequence = 0
  #closed = false

  private constructor(transport: Transport, namespace: string | undefined) {
    this.#transport = transport
    this.#namespace = namespace
  }

  /** @throws os/system-call, os/unsupported */
  static open({ namespace }: NetlinkSocketOptions = {}): NetlinkSocket {
    return new NetlinkSocket(new Transport(namespace === undefined ? {} : { namespace }), namespace)
  }

  /**
   * Carries out one request.
   * @throws netlink/refused with the kernel's errno and words; wire/unencodable, netlink/closed, os/system-call
   */
  async request<Answer>(request: NetlinkRequest<Answer>): Promise<Answer> {
    const [result] = await this.transaction([request])
    if (!result.ok) throw result.error
    return result.reply
  }

  /**
   * Carries out many requests in order, in few sends. Not atomic: those after a refused one are carried out too, and each has its
   * own result. @throws netlink/closed, os/system-call
   */
  async transaction<const Requests extends readonly NetlinkRequest[]>(
    requests: Requests,
  ): Promise<ResultsOf<Requests>> {
    const batch = this.#newBatch()
    let sliceEnd = performance.now() + sliceMilliseconds
    for (const request of requests) {
      batch.add(request)
      if (performance.now() < sliceEnd) continue
      await setImmediate()
      this.#assertOpen()
      sliceEnd = performance.now() + sliceMilliseconds
    }
    batch.flush()
    // Each result holds what the request at its position answered.
    return batch.results as ResultsOf<Requests>
  }

  /**
   * All objects that a dump request asks for. The dump is read whole, and again when the kernel says that it changed meanwhile,
   * before the first object is handed out. @throws netlink/refused, netlink/overrun, netlink/closed
   */
  async *dump<Item>(request: NetlinkRequest<Item>): AsyncGenerator<Item, void, undefined> {
    this.#assertOpen()
    yield* readDump(request, this.#namespace, (name) => this.#indexOf(name))
  }

  /** Changes of the kernel's objects from now on, whoever makes them. Like `ip monitor`. @throws os/system-call */
  monitor(groups: readonly MonitorGroup[]): Monitor {
    this.#assertOpen()
    return openMonitor(groups, this.#namespace)
  }

  close(): void {
    this.#closed = true
    this.#transport.close()
  }

  #newBatch(): Batch {
    this.#assertOpen()
    return new Batch(
      this.#transport,
      () => this.#nextSequence(),
      (name) => this.#indexOf(name),
    )
  }

  #indexOf(name: string): number {
    const batch = this.#newBatch()
    batch.add(getLink(name))
    batch.flush()
    const [result] = batch.results as ResultsOf<[NetlinkRequest<Link>]>
    if (result.ok) return result.reply.index
    const { code, errno, message, kernelText } = result.error
    throw new NetlinkError(code, `interface "${name}": ${errno ?? message}`, { errno, kernelText })
  }

  #nextSequence(): number {
    this.#sequence = (this.#sequence % 0xffffffff) + 1
    return this.#sequence
  }

  #assertOpen(): void {
    if (this.#closed) throw new NetlinkError('netlink/closed', 'the netlink socket is closed')
  }
}
