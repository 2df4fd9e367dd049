import { addressMessage, RTM_ADDRESS } from './address.ts'
import type { Decoded } from './attribute.ts'
import { chainMessage, RTM_CHAIN } from './chain.ts'
import { classMessage, RTM_CLASS } from './class.ts'
import { filterMessage, RTM_FILTER } from './filter.ts'
import { linkMessage, RTM_LINK } from './link.ts'
import { messagesIn } from './message.ts'
import { namespaceIdMessage, RTM_NAMESPACE_ID } from './namespace-id.ts'
import { neighbourMessage, RTM_NEIGHBOUR } from './neighbour.ts'
import { netConfigurationMessage, RTM_NET_CONFIGURATION } from './net-configuration.ts'
import { asNetlinkError } from './netlink-error.ts'
import { nexthopMessage, RTM_NEXTHOP } from './nexthop.ts'
import { qdiscMessage, RTM_QDISC } from './qdisc.ts'
import { RTM_ROUTE, routeMessage } from './route.ts'
import { RTM_RULE, ruleMessage } from './rule.ts'
import { actionMessage, RTM_ACTION } from './shared-action.ts'
import { sliceIsOver } from './slice.ts'
import type { Transport } from './transport.ts'

/** What can be watched: the multicast groups of `enum rtnetlink_groups` (linux/rtnetlink.h), message numbers, layout. */
const monitored = {
  link: { groups: [1], numbers: RTM_LINK, format: linkMessage },
  neighbour: { groups: [3], numbers: RTM_NEIGHBOUR, format: neighbourMessage },
  qdisc: { groups: [4], numbers: RTM_QDISC, format: qdiscMessage },
  class: { groups: [4], numbers: RTM_CLASS, format: classMessage },
  filter: { groups: [4], numbers: RTM_FILTER, format: filterMessage },
  chain: { groups: [4], numbers: RTM_CHAIN, format: chainMessage },
  /** Each event is about one or more. */
  action: { groups: [4], numbers: RTM_ACTION, format: actionMessage },
  address: { groups: [5, 9], numbers: RTM_ADDRESS, format: addressMessage },
  route: { groups: [7, 11], numbers: RTM_ROUTE, format: routeMessage },
  rule: { groups: [8, 19], numbers: RTM_RULE, format: ruleMessage },
  namespaceId: { groups: [28], numbers: RTM_NAMESPACE_ID, format: namespaceIdMessage },
  netConfiguration: { groups: [24, 25, 29], numbers: RTM_NET_CONFIGURATION, format: netConfigurationMessage },
  nexthop: { groups: [32], numbers: RTM_NEXTHOP, format: nexthopMessage },
} as const
export type MonitorGroup = keyof typeof monitored
export const monitorGroups = Object.keys(monitored) as readonly MonitorGroup[]

/**
 * `overrun`: notifications were dropped, by the kernel or because nobody read the monitor. What was known of the watched objects
 * is stale: dump again.
 */
export type MonitorEvent = ObjectEvent | Overrun
interface Overrun {
  object: 'overrun'
}
type ObjectEvent = {
  [Group in MonitorGroup]: {
    object: Group
    change: 'new' | 'delete'
    value: Decoded<(typeof monitored)[Group]['format']>
  }
}[MonitorGroup]

/** What a generic netlink family tells. */
export interface FamilyEvent<Value> {
  object: 'message'
  value: Value
}

/** Reads a notification; undefined when it is none of those that are watched. */
type Decode<Event> = (type: number, body: Buffer) => Event | undefined

/** What waits for a reader at most; one more, and all of them become one overrun. */
export const queuedEvents = 4096

/** What a monitor needs of a transport; tests have a kernel of their own behind it. */
export type Notifications = Pick<Transport, 'receive' | 'received' | 'onReadable' | 'close'>

/**
 * The changes of some objects, from the moment it was opened. One consumer reads it with `for await`; leaving the loop, `close`, or
 * closing the socket that it belongs to ends it. An open monitor keeps the process alive.
 */
export class Monitor<Event extends object = ObjectEvent>
  implements AsyncIterableIterator<Event | Overrun, void, undefined>
{
  readonly #transport: Notifications
  readonly #decode: Decode<Event>
  readonly #onClose: () => void
  readonly #waiting: PromiseWithResolvers<IteratorResult<Event | Overrun, void>>[] = []
  #events: (Event | Overrun)[] = []
  /** How many of `#events` were read. */
  #read = 0
  #failure: unknown
  #closed = false

  constructor(transport: Notifications, decode: Decode<Event>, onClose: () => void = () => {}) {
    this.#transport = transport
    this.#decode = decode
    this.#onClose = onClose
    transport.onReadable(() => {
      try {
        this.#receive()
      } catch (error) {
        this.#fail(asNetlinkError(error, 'netlink/malformed'))
      }
    })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** @throws netlink/malformed, os/system-call */
  next(): Promise<IteratorResult<Event | Overrun, void>> {
    const event = this.#events[this.#read]
    if (event !== undefined) {
      this.#read++
      if (this.#read === this.#events.length) this.#forget()
      return Promise.resolve({ done: false, value: event })
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    const waiting = Promise.withResolvers<IteratorResult<Event | Overrun, void>>()
    this.#waiting.push(waiting)
    return waiting.promise
  }

  return(): Promise<IteratorResult<Event | Overrun, void>> {
    this.close()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Whoever waits for an event learns that there is none; those not yet read are gone. */
  close(): void {
    this.#forget()
    this.#end()
    for (const { resolve } of this.#waiting.splice(0)) resolve({ done: true, value: undefined })
  }

  /** Reads for one slice; the rest makes the socket readable again. */
  #receive(): void {
    do {
      const length = this.#transport.receive()
      if (length === undefined) return
      if (length === 'overrun') this.#overrun()
      else this.#takeAll(length)
    } while (!this.#closed && !sliceIsOver())
  }

  #takeAll(length: number): void {
    for (const { type, from, to } of messagesIn(this.#transport.received, length)) {
      const event = this.#decode(type, this.#transport.received.subarray(from, to))
      if (event !== undefined) this.#emit(event)
    }
  }

  #emit(event: Event | Overrun): void {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) waiting.resolve({ done: false, value: event })
    else if (this.#events.length - this.#read < queuedEvents) this.#events.push(event)
    else this.#overrun()
  }

  /** The events before an overrun tell nothing that a dump does not. */
  #overrun(): void {
    this.#forget()
    this.#emit({ object: 'overrun' })
  }

  #forget(): void {
    this.#events = []
    this.#read = 0
  }

  /** Whoever waits, or asks when the events before it are read, gets the error. */
  #fail(error: unknown): void {
    this.#failure = error
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    this.#end()
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#transport.close()
    this.#onClose()
  }
}

/** Reads what is said of these objects. */
export function decoderOf(groups: readonly MonitorGroup[]): Decode<ObjectEvent> {
  return (type, body) => {
    for (const object of groups) {
      const { numbers, format } = monitored[object]
      if (type !== numbers.NEW && type !== numbers.DELETE) continue
      const change = type === numbers.NEW ? 'new' : 'delete'
      // The format is the one of the object's row.
      return { object, change, value: format.read(body) } as ObjectEvent
    }
    return undefined
  }
}

/** The numbers of the multicast groups to join. */
export function multicastGroups(groups: readonly MonitorGroup[]): number[] {
  return [...new Set(groups.flatMap((group) => [...monitored[group].groups]))]
}
