/** Registrations that go to the home agent directly, while the node's key with it lasts (RFC 5944, sections 3.7.2.3 and 3.7.3). */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Clock, Timer } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import type { RegistrationReply } from '#wire/mobile-ip/registration-reply.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'
import type { Endpoint } from '../revocation/revocations.ts'
import type { HomeAgentReply } from './node-replies.ts'
import { decodeReply, isReplyTo } from './reply-checks.ts'

/** The home agent's reply, or why there is none. */
export type RelayOutcome = HomeAgentReply | { code: ReplyCode; reason: string }

/** What this host's own routing says of a home agent (RFC 5944, section 3.4); anything else is 88. A UDP socket is not told what routers say. */
const unreachable: Readonly<Record<string, ReplyCode>> = {
  ENETUNREACH: 80,
  EHOSTUNREACH: 81,
}

interface Waiting {
  request: RegistrationRequest
  timer: Timer
  settle(outcome: RelayOutcome): void
}

export interface HomeAgentRelayOptions {
  careOfAddress: Ipv4Address
  timeoutMilliseconds: number
  /** Takes what else comes to the port, such as a revocation; false: it is nothing that it knows. */
  others(bytes: Buffer, from: Endpoint): boolean
  clock: Clock
  log: Log
}

export class HomeAgentRelay {
  readonly #socket: Socket
  readonly #options: HomeAgentRelayOptions
  readonly #waiting = new Set<Waiting>()

  private constructor(socket: Socket, options: HomeAgentRelayOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('message', (bytes, from) => {
      if (!options.others(bytes, from)) this.#receive(bytes, from.address)
    })
    socket.on('error', (error) =>
      options.log.error({ event: 'relay', reason: error.message }, 'the relay socket failed'),
    )
  }

  /** The source of relayed requests is the care-of address. The bind error of Node.js when its port 434 is taken. */
  static async open(options: HomeAgentRelayOptions): Promise<HomeAgentRelay> {
    const socket = createSocket('udp4')
    socket.bind(registrationPort, options.careOfAddress)
    await once(socket, 'listening')
    return new HomeAgentRelay(socket, options)
  }

  /** Relays a request, as `bytes`, to its home agent, and waits for the reply. */
  relay(bytes: Buffer, request: RegistrationRequest): Promise<RelayOutcome> {
    const { clock, timeoutMilliseconds } = this.#options
    return new Promise((resolve) => {
      const settle = (outcome: RelayOutcome): void => {
        waiting.timer.cancel()
        this.#waiting.delete(waiting)
        resolve(outcome)
      }
      const late = { code: 78, reason: 'the home agent did not answer' } as const
      const timer = clock.after(timeoutMilliseconds, () => settle(late))
      const waiting: Waiting = { request, timer, settle }
      this.#waiting.add(waiting)
      this.#socket.send(bytes, registrationPort, request.homeAgent, (error) => {
        if (error)
          settle({ code: codeOf(error), reason: `the home agent cannot be reached: ${error.message}` })
      })
    })
  }

  /** Sends a message that no reply is waited for. */
  send(bytes: Buffer, { address, port }: Endpoint): void {
    this.#socket.send(bytes, port, address, (error) => {
      if (error)
        this.#options.log.warn(
          { event: 'relay', to: address, reason: error.message },
          'a message to a home agent was lost',
        )
    })
  }

  close(): void {
    for (const waiting of this.#waiting) waiting.settle({ code: 64, reason: 'the foreign agent ends' })
    this.#socket.close()
  }

  #receive(bytes: Buffer, from: Ipv4Address): void {
    const reply = decodeReply(bytes)
    if ('unreadable' in reply) this.#discard(from, reply.unreadable)
    else {
      const waiting = this.#waiting
        .values()
        .find(({ request }) => isFromAddressee(reply, request, from) && isReplyTo(reply, request))
      if (waiting) waiting.settle({ reply, bytes })
      else this.#discard(from, 'no request is waiting for it')
    }
  }

  #discard(from: Ipv4Address, reason: string): void {
    this.#options.log.debug({ event: 'reply-discarded', from, reason }, 'registration reply discarded')
  }
}

function codeOf(error: Error): ReplyCode {
  const name = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return unreachable[name] ?? 88
}

/** A request to the broadcast address of the home network is denied by each home agent there, with its address (section 3.8.3.2). */
function isFromAddressee(
  { code, homeAgent }: RegistrationReply,
  request: RegistrationRequest,
  from: Ipv4Address,
): boolean {
  return from === request.homeAgent || (code === 136 && from === homeAgent)
}
