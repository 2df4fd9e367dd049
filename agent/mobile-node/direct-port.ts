import { createSocket, type Socket } from 'node:dgram'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'

type Receive = (datagram: { payload: Buffer; source: Ipv4Address }) => void

/**
 * Registrations between a node's own care-of address and its home agent, by the routes of the host (RFC 5944, section 3.6.1.1). The kernel
 * checks the UDP checksums.
 */
export class DirectPort {
  readonly #receive: Receive
  readonly #log: Log
  #open: { socket: Socket; address: Ipv4Address } | undefined

  constructor(receive: Receive, log: Log) {
    this.#receive = receive
    this.#log = log
  }

  /** Sends from `source`, which the host must have; what is lost is logged, for it will be sent again. */
  send(payload: Buffer, { source, destination }: { source: Ipv4Address; destination: Ipv4Address }): void {
    this.#socketAt(source).send(payload, registrationPort, destination, (error) => {
      if (error) this.#complain(error)
    })
  }

  close(): void {
    this.#open?.socket.close()
    this.#open = undefined
  }

  #socketAt(address: Ipv4Address): Socket {
    if (this.#open?.address === address) return this.#open.socket
    this.close()
    const socket = createSocket('udp4')
    socket.on('message', (payload, { address: source }) => this.#receive({ payload, source }))
    socket.on('error', (error) => {
      this.#complain(error)
      if (this.#open?.socket === socket) this.close()
    })
    socket.bind({ address, port: 0 })
    this.#open = { socket, address }
    return socket
  }

  #complain(error: Error): void {
    this.#log.warn(
      { event: 'request-lost', reason: error.message },
      'a registration request could not be sent',
    )
  }
}
