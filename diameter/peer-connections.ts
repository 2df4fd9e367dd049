import type { Log } from '#core/log.ts'
import { commandAbbreviation } from '#wire/diameter/command.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { DiameterConnection } from './connection.ts'
import type { Security, TlsRole, TransportSecurity } from './transport-security.ts'

/** I: the connection that we opened. R: the one that we accepted (RFC 6733, section 5.6). */
export type Side = 'I' | 'R'

/** Where a peer is dialled: IPv4 address, and port. */
export interface Dial {
  address: string
  port: number
}

export interface PeerConnectionsOptions {
  identity: string
  security: Security
  transportSecurity: TransportSecurity
  log: Log
}

export interface PeerConnectionsListener {
  message(side: Side, bytes: Buffer): void
  /** By the peer or by a fault; not after our own `close`. */
  closed(side: Side): void
}

/** The one or, while an election runs, two connections with a peer. */
export class PeerConnections {
  readonly #options: PeerConnectionsOptions
  readonly #log: Log
  readonly #listener: PeerConnectionsListener
  readonly #connections = new Map<Side, DiameterConnection>()
  #giveUpDialling: () => void = () => {}

  constructor(options: PeerConnectionsOptions, listener: PeerConnectionsListener) {
    this.#options = options
    this.#log = options.log
    this.#listener = listener
  }

  /** With TLS from the first byte, if the peer uses that. */
  dial({ address, port }: Dial, answered: (isConnected: boolean) => void): void {
    this.#giveUpDialling = DiameterConnection.dial(address, port, (result) => {
      if (!(result instanceof DiameterConnection)) {
        this.#log.debug({ why: result }, 'cannot be reached')
        answered(false)
        return
      }
      const connected = (isSecure: boolean): void => {
        if (isSecure) this.adopt('I', result)
        answered(isSecure)
      }
      this.#giveUpDialling = () => result.close()
      if (this.#options.security === 'tls') this.#secure(result, 'client', connected)
      else connected(true)
    })
  }

  /** In-band TLS, if the peer uses that: it begins when the capabilities are exchanged, before anything else is said. */
  secureInBand(side: Side, answered: (isSecure: boolean) => void): void {
    const connection = this.#connections.get(side)
    if (this.#options.security !== 'inband-tls' || connection === undefined) answered(true)
    else this.#secure(connection, side === 'I' ? 'client' : 'server', answered)
  }

  #secure(connection: DiameterConnection, role: TlsRole, answered: (isSecure: boolean) => void): void {
    const { transportSecurity: security, identity } = this.#options
    connection.secure({ security, role, peer: identity }, (fault) => {
      if (fault !== undefined)
        this.#log.warn({ event: 'tls-refused', with: connection.remoteAddress, why: fault }, 'no TLS')
      answered(fault === undefined)
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

  isTls(side: Side): boolean {
    return this.#connections.get(side)?.isTls === true
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
