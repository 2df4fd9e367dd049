/** Registrations that go to the home agent directly, while the node's key with it lasts (RFC 5944, sections 3.7.2.3 and 3.7.3). */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Clock, Timer } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { decodeReply, isReplyTo } from './reply-checks.ts'

export interface RelayedReply {
  reply: RegistrationReply
  bytes: Buffer
}

interface Waiting {
  request: RegistrationRequest
  timer: Timer
  settle(reply: RelayedReply | undefined): void
}

export class HomeAgentRelay {
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #log: Log
  readonly #timeoutMilliseconds: number
  readonly #waiting = new Set<Waiting>()

  private constructor(socket: Socket, clock: Clock, log: Log, timeoutMilliseconds: number) {
    this.#socket = socket
    this.#clock = clock
    this.#log = log
    this.#timeoutMilliseconds = timeoutMilliseconds
    socket.on('message', (bytes, from) => this.#receive(bytes, from.address))
    socket.on('error', (error) =>
      log.error({ event: 'relay', reason: error.message }, 'the relay socket failed'),
    )
  }

  /** The source of relayed requests is the care-of address. The bind error of Node.js when its port 434 is taken. */
  static async open(options: {
    careOfAddress: Ipv4Address
    timeoutMilliseconds: number
    clock: Clock
    log: Log
  }): Promise<HomeAgentRelay> {
    const socket = createSocket('udp4')
    socket.bind(registrationPort, options.careOfAddress)
    await once(socket, 'listening')
    return new HomeAgentRelay(socket, options.clock, options.log, options.timeoutMilliseconds)
  }

  /** Relays a request to its home agent; the reply, or undefined when none came in time. */
  relay(bytes: Buffer, request: RegistrationRequest): Promise<RelayedReply | undefined> {
    return new Promise((resolve) => {
      const settle = (reply: RelayedReply | undefined): void => {
        waiting.timer.cancel()
        this.#waiting.delete(waiting)
        resolve(reply)
      }
      const timer = this.#clock.after(this.#timeoutMilliseconds, () => settle(undefined))
      const waiting: Waiting = { request, timer, settle }
      this.#waiting.add(waiting)
      this.#socket.send(bytes, registrationPort, request.homeAgent)
    })
  }

  close(): void {
    for (const waiting of this.#waiting) waiting.settle(undefined)
    this.#socket.close()
  }

  #receive(bytes: Buffer, from: Ipv4Address): void {
    const reply = decodeReply(bytes)
    if ('unreadable' in reply) this.#discard(from, reply.unreadable)
    else {
      const waiting = this.#waiting
        .values()
        .find(({ request }) => request.homeAgent === from && isReplyTo(reply, request))
      if (waiting) waiting.settle({ reply, bytes })
      else this.#discard(from, 'no request is waiting for it')
    }
  }

  #discard(from: Ipv4Address, reason: string): void {
    this.#log.debug({ event: 'reply-discarded', from, reason }, 'registration reply discarded')
  }
}
