import { addressMessage, RTM_ADDRESS } from './address.ts'
import type { Decoded } from './attribute.ts'
import { linkMessage, RTM_LINK } from './link.ts'
import { messagesIn } from './message.ts'
import { neighbourMessage, RTM_NEIGHBOUR } from './neighbour.ts'
import { RTM_ROUTE, routeMessage } from './route.ts'
import { RTM_RULE, ruleMessage } from './rule.ts'
import { Transport } from './transport.ts'

/** What can be watched: the multicast groups of `enum rtnetlink_groups` (linux/rtnetlink.h), message numbers, layout. */
const monitored = {
  link: { groups: [1], numbers: RTM_LINK, format: linkMessage },
  neighbour: { groups: [3], numbers: RTM_NEIGHBOUR, format: neighbourMessage },
  address: { groups: [5, 9], numbers: RTM_ADDRESS, format: addressMessage },
  route: { groups: [7, 11], numbers: RTM_ROUTE, format: routeMessage },
  rule: { groups: [8, 19], numbers: RTM_RULE, format: ruleMessage },
} as const
export type MonitorGroup = keyof typeof monitored

/** `overrun`: the kernel dropped notifications. What was known of the watched objects is stale: dump again. */
export type MonitorEvent =
  | {
      [Group in MonitorGroup]: {
        object: Group
        change: 'new' | 'delete'
        value: Decoded<(typeof monitored)[Group]['format']>
      }
    }[MonitorGroup]
  | { object: 'overrun' }

/**
 * The changes of some objects, from the moment it was opened. One consumer reads it with `for await`; leaving the loop, or
 * `close`, ends it. An open monitor keeps the process alive.
 */
export class Monitor implements AsyncIterableIterator<MonitorEvent, void, undefined> {
  readonly #transport: Transport
  readonly #events: MonitorEvent[] = []
  readonly #waiting: PromiseWithResolvers<IteratorResult<MonitorEvent, void>>[] = []
  #failure: unknown
  #closed = false

  constructor(transport: Transport) {
    this.#transport = transport
    transport.onReadable(() => {
      try {
        this.#read()
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws netlink/malformed, os/system-call */
  next(): Promise<IteratorResult<MonitorEvent, void>> {
    const event = this.#events.shift()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    const waiting = Promise.withResolvers<IteratorResult<MonitorEvent, void>>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  return(): Promise<IteratorResult<MonitorEvent, void>> {
    this.close()
    return Promise.resolve({ done: true, value: undefined })
  }

  close(): void {
    this.#closed = true
    this.#transport.close()
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }

  #read(): void {
    for (let length = this.#transport.receive(); length !== undefined; length = this.#transport.receive()) {
      if (length === 'overrun') this.#emit({ object: 'overrun' })
      else
        for (const { type, from, to } of messagesIn(this.#transport.received, length)) {
          const event = decodeEvent(type, this.#transport.received.subarray(from, to))
          if (event !== undefined) this.#emit(event)
        }
    }
  }

  #emit(event: MonitorEvent): void {
    const waiting = this.#waiting.shift()
    if (waiting === undefined) this.#events.push(event)
    else waiting.resolve({ done: false, value: event })
  }

  /** Whoever waits, or asks when the events before it are read, gets the error. */
  #fail(error: unknown): void {
    this.#failure = error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    this.close()
  }
}

export function openMonitor(groups: readonly MonitorGroup[], namespace: string | undefined): Monitor {
  const numbers = groups.flatMap((group) => [...monitored[group].groups])
  return new Monitor(new Transport({ ...(namespace === undefined ? {} : { namespace }), groups: numbers }))
}

function decodeEvent(type: number, body: Buffer): MonitorEvent | undefined {
  const change = type % 4 === 0 ? 'new' : 'delete'
  for (const object of Object.keys(monitored) as MonitorGroup[]) {
    const { numbers, format } = monitored[object]
    if (type === numbers.NEW || type === numbers.DELETE)
      // The format is the one of the object's row.
      return { object, change, value: format.read(body) } as MonitorEvent
  }
  return undefined
}
