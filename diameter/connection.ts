import { connect, type Socket } from 'node:net'
import { describeError } from '#core/error.ts'
import { encodeRawMessage, type RawMessage } from '#wire/diameter/raw-message.ts'
import { MessageFramer } from './message-framer.ts'

export interface ConnectionListener {
  /** One whole message, not yet looked into. */
  message(bytes: Buffer): void
  /** The connection is gone, by the peer or by a fault; never called for our own `close`. */
  closed(why: string): void
}

/** A peer that reads nothing is cut off when this much waits for it. */
const unsentBytesLimit = 8 * 1024 * 1024

/** The transport of RFC 6733, section 2.1: messages over one TCP connection. */
export class DiameterConnection {
  readonly #socket: Socket
  readonly #framer = new MessageFramer()
  #listener: ConnectionListener | undefined

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', (error) => this.#fail(describeError(error)))
    socket.on('close', () => this.#fail('the peer closed the connection'))
  }

  /** Opens a connection; `answered` is called once, with the connection or with why there is none. Returns how to give up. */
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

  get remoteAddress(): string {
    return `${this.#socket.remoteAddress ?? 'unknown'}:${this.#socket.remotePort ?? 0}`
  }

  /** Who hears of messages from now on. Nothing is read before the first listener. */
  listen(listener: ConnectionListener): void {
    const isFirst = this.#listener === undefined
    this.#listener = listener
    if (isFirst)
      this.#socket.on('data', (chunk) => this.#receive(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)))
    if (this.#socket.destroyed) this.#fail('the peer closed the connection')
  }

  send(message: RawMessage): void {
    if (!this.#socket.writable) return
    this.#socket.write(encodeRawMessage(message))
    if (this.#socket.writableLength > unsentBytesLimit) this.#fail('the peer does not read what it is sent')
  }

  /** Closes after what was sent has left. The listener hears nothing any more. */
  close(): void {
    this.#listener = undefined
    this.#socket.destroySoon()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#framer.push(chunk, (bytes) => this.#listener?.message(bytes))
    } catch (error) {
      this.#fail(describeError(error))
    }
  }

  #fail(why: string): void {
    const listener = this.#listener
    this.#listener = undefined
    this.#socket.destroy()
    listener?.closed(why)
  }
}
