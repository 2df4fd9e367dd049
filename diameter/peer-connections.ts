import type { Log } from '#core/log.ts'
import { commandAbbreviation } from '#wire/diameter/command.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { DiameterConnection } from './connection.ts'

/** I: the connection that we opened. R: the one that we accepted (RFC 6733, section 5.6). */
export type Side = 'I' | 'R'

export interface PeerConnectionsListener {
  message(side: Side, bytes: Buffer): void
  /** By the peer or by a fault; not after our own `close`. */
  closed(side: Side): void
}

/** The one or, while an election runs, two connections with a peer. */
export class PeerConnections {
  readonly #log: Log
  readonly #listener: PeerConnectionsListener
  readonly #connections = new Map<Side, DiameterConnection>()
  #giveUpDialling: () => void = () => {}

  constructor(log: Log, listener: PeerConnectionsListener) {
    this.#log = log
    this.#listener = listener
  }

  dial(address: string, port: number, answered: (connected: boolean) => void): void {
    this.#giveUpDialling = DiameterConnection.dial(address, port, (result) => {
      if (result instanceof DiameterConnection) this.adopt('I', result)
      else this.#log.debug({ why: result }, 'cannot be reached')
      answered(result instanceof DiameterConnection)
    })
  }

  adopt(side: Side, connection: DiameterConnection): void {
    this.#connections.set(side, connection)
    connection.listen({
      message: (bytes) => this.#listener.message(side, bytes),
      closed: (why) => {
        this.#log.debug({ side, why }, 'connection closed')
        this.#listener.closed(side)
      },
    })
  }

  send(side: Side, message: RawMessage): void {
    const { commandCode, request, hopByHop } = message
    this.#log.debug({ hopByHop }, `sent ${commandAbbreviation(commandCode, request)}`)
    this.#connections.get(side)?.send(message)
  }

  /** Our address on the connection. */
  address(side: Side): string {
    return this.#connections.get(side)?.localAddress ?? '0.0.0.0'
  }

  close(side: Side): void {
    this.#connections.get(side)?.close()
    this.#connections.delete(side)
  }

  closeAll(): void {
    this.#giveUpDialling()
    this.close('I')
    this.close('R')
  }
}
