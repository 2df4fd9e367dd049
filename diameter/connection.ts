import type { X509Certificate } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { describeError } from '#core/error.ts'
import { encodeRawMessage, type RawMessage } from '#wire/diameter/raw-message.ts'
import { nameFault } from './credentials.ts'
import { longestMessageBytes, MessageFramer } from './message-framer.ts'
import type { TlsRole, TransportSecurity } from './transport-security.ts'

export interface ConnectionListener {
  /** One whole message, not yet looked into. */
  message(bytes: Buffer): void
  /** The connection is gone, by the peer or by a fault; never called for our own `close`. */
  closed(why: string): void
}

export interface Securing {
  security: TransportSecurity
  role: TlsRole
  /** Whose certificate it has to be; undefined where the CER has yet to say it: see `nameFault`. */
  peer: string | undefined
}

/** A peer that reads nothing is cut off when this much waits for it. */
const unsentBytesLimit = 8 * 1024 * 1024

/** The transport of RFC 6733, section 2.1: messages over one connection, TCP or TLS. */
export class DiameterConnection {
  readonly remoteHost: string
  /** With the port. */
  readonly remoteAddress: string
  readonly #framer = new MessageFramer()
  #socket: Socket
  #certificate: X509Certificate | undefined
  #isSecuring = false
  #isOver = false
  #listener: ConnectionListener | undefined
  readonly #receive = (chunk: Buffer | string): void => {
    try {
      this.#framer.push(Buffer.from(chunk), (bytes) => this.#listener?.message(bytes))
    } catch (error) {
      this.#fail(describeError(error))
    }
  }
  readonly #failed = (error: Error): void => this.#fail(describeError(error))
  readonly #closed = (): void => this.#fail('the peer closed the connection')

  constructor(socket: Socket) {
    this.#socket = socket
    this.remoteHost = socket.remoteAddress ?? 'unknown'
    this.remoteAddress = `${this.remoteHost}:${socket.remotePort ?? 0}`
    socket.setNoDelay(true)
    socket.on('error', this.#failed).on('close', this.#closed)
  }

  /** Opens a TCP connection; `answered` is called once, with the connection or with why there is none. Returns how to give up. */
  static dial(
    address: string,
    port: number,
    answered: (result: DiameterConnection | string) => void,
  ): () => void {
    const socket = connect({ host: address, port })
    const refused = (error: Error): void => answered(describeError(error))
    socket.once('error', refused)
    socket.once('connect', () => {
      socket.off('error', refused)
      answered(new DiameterConnection(socket))
    })
    return () => socket.destroy()
  }

  /** Our address on this connection. */
  get localAddress(): string {
    return this.#socket.localAddress?.replace(/^::ffff:/, '') ?? '0.0.0.0'
  }

  get isTls(): boolean {
    return this.#certificate !== undefined
  }

  /** Why the certificate at the other end is not that of `identity`; undefined when it is, and without TLS. */
  nameFault(identity: string): string | undefined {
    return this.#certificate && nameFault(this.#certificate, identity)
  }

  /** Who hears of messages from now on, and how long one may be. Nothing is read before the first listener. */
  listen(listener: ConnectionListener, longestBytes = longestMessageBytes): void {
    const isFirst = this.#listener === undefined
    this.#listener = listener
    this.#framer.longestBytes = longestBytes
    if (isFirst && !this.#isSecuring) this.#socket.on('data', this.#receive)
    if (this.#socket.destroyed) this.#fail('the peer closed the connection')
  }

  /**
   * Goes on with TLS. What the peer sent in plain before, and what of it is not yet a message, can no longer be told from what a third
   * party put in, so its presence is a fault. `answered` is called once, unless the connection is closed here before.
   */
  secure({ security, role, peer }: Securing, answered: (fault: string | undefined) => void): void {
    const plain = this.#socket
    const fail = (fault: string): void => {
      this.#isOver = true
      this.#listener = undefined
      plain.destroy()
      answered(fault)
    }
    plain.off('data', this.#receive).off('error', this.#failed).off('close', this.#closed)
    if (!this.#framer.isEmpty) {
      plain.on('error', () => {})
      fail('it sent more before the TLS handshake')
      return
    }
    this.#isSecuring = true
    security.handshake(plain, role, peer, (result) => {
      if (this.#isOver) return
      if ('fault' in result) {
        fail(result.fault)
        return
      }
      this.#isSecuring = false
      this.#socket = result.socket
      this.#certificate = result.certificate
      result.socket.on('error', this.#failed).on('close', this.#closed)
      const wrongName = peer === undefined ? undefined : this.nameFault(peer)
      if (wrongName !== undefined) {
        result.socket.destroy()
        fail(wrongName)
        return
      }
      if (this.#listener !== undefined) result.socket.on('data', this.#receive)
      answered(undefined)
    })
  }

  /** A message that comes while TLS is being set up has no way to go: it is dropped. */
  send(message: RawMessage): void {
    if (!this.#socket.writable || this.#isSecuring) return
    this.#socket.write(encodeRawMessage(message))
    if (this.#socket.writableLength > unsentBytesLimit) this.#fail('the peer does not read what it is sent')
  }

  /** Closes after what was sent has left. The listener hears nothing any more. */
  close(): void {
    this.#isOver = true
    this.#listener = undefined
    if (this.#isSecuring) this.#socket.destroy()
    else this.#socket.destroySoon()
  }

  #fail(why: string): void {
    const listener = this.#listener
    this.#listener = undefined
    this.#isOver = true
    this.#socket.destroy()
    listener?.closed(why)
  }
}
