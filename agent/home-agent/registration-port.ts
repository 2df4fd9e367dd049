/** UDP port 434: registrations and revocations that come to the agent itself. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import type { Endpoint } from '../revocation/revocations.ts'

export interface ReceivedDatagram {
  bytes: Buffer
  from: Endpoint
  /** It came to the broadcast address of the home network. */
  isBroadcast: boolean
}

export class RegistrationPort {
  readonly #socket: Socket
  readonly #broadcasts: Socket | undefined
  readonly #log: Log

  private constructor(socket: Socket, broadcasts: Socket | undefined, log: Log) {
    this.#socket = socket
    this.#broadcasts = broadcasts
    this.#log = log
    for (const each of [socket, broadcasts])
      each?.on('error', (error) =>
        log.error({ event: 'registration-port', reason: error.message }, 'port 434 failed'),
      )
  }

  /** @param broadcastAddress of the home network, if it is to be heard. The bind error of Node.js when the port is taken. */
  static async open(
    address: Ipv4Address,
    broadcastAddress: Ipv4Address | undefined,
    log: Log,
  ): Promise<RegistrationPort> {
    const socket = await bound(address)
    try {
      const broadcasts = broadcastAddress === undefined ? undefined : await bound(broadcastAddress)
      return new RegistrationPort(socket, broadcasts, log)
    } catch (error) {
      socket.close()
      throw error
    }
  }

  /** Calls `receive` with each datagram, and sends what it resolves with back to where the datagram came from. */
  listen(receive: (datagram: ReceivedDatagram) => Promise<Buffer | undefined>): void {
    const on = (socket: Socket | undefined, isBroadcast: boolean): void => {
      socket?.on('message', (bytes, { address, port }) => {
        const from = { address, port }
        receive({ bytes, from, isBroadcast }).then(
          (reply) => reply && this.send(reply, from),
          (error: unknown) =>
            this.#log.error(
              { event: 'registration', from: address, reason: describeError(error) },
              'registration failed',
            ),
        )
      })
    }
    on(this.#socket, false)
    on(this.#broadcasts, true)
  }

  /** From the agent's own address, whichever the request went to. */
  send(bytes: Buffer, { address, port }: Endpoint): void {
    this.#socket.send(bytes, port, address, (error) => {
      if (error)
        this.#log.debug({ event: 'datagram-lost', to: address, reason: error.message }, 'datagram not sent')
    })
  }

  close(): void {
    this.#socket.close()
    this.#broadcasts?.close()
  }
}

async function bound(address: Ipv4Address): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(registrationPort, address)
  await once(socket, 'listening')
  return socket
}
