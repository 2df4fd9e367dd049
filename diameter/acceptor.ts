import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { commands } from '#wire/diameter/command.ts'
import { decodeRequest } from '#wire/diameter/message.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { type Capabilities, capabilitiesOf, haveCommonApplication } from './capabilities.ts'
import { DiameterConnection } from './connection.ts'
import { errorAnswer, type Fault } from './error-answer.ts'
import { decodeIncoming, faultOf } from './incoming.ts'
import type { LocalIdentity } from './local-identity.ts'

/** How long a connection may stand without a CER, and how many may stand so at once. */
const cerMilliseconds = 10_000
const waitingLimit = 64

export interface AcceptorOptions {
  local: LocalIdentity
  clock: Clock
  log: Log
  isKnown(identity: string): boolean
  /** A known peer has sent a CER with which we can work. */
  onPeer(connection: DiameterConnection, cer: RawMessage, capabilities: Capabilities): void
}

/** Takes connections, which wait here until they say by a CER whose they are (RFC 6733, section 5.6). */
export class Acceptor {
  readonly #options: AcceptorOptions
  readonly #waiting = new Set<DiameterConnection>()
  readonly #server: Server

  constructor(options: AcceptorOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** Rejects when the address cannot be bound. */
  listen(address: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host: address, port }, () => {
        this.#server.off('error', reject)
        this.#server.on('error', (error) =>
          this.#options.log.error({ err: error }, 'cannot accept connections'),
        )
        resolve()
      })
    })
  }

  /** The port that is listened on. */
  get port(): number | undefined {
    const address: AddressInfo | string | null = this.#server.address()
    return address === null || typeof address === 'string' ? undefined : address.port
  }

  /** No more connections, and those without a CER are closed. */
  close(): void {
    this.#server.close()
    for (const connection of this.#waiting) connection.close()
    this.#waiting.clear()
  }

  #accept(socket: Socket): void {
    const connection = new DiameterConnection(socket)
    if (this.#waiting.size >= waitingLimit) {
      this.#options.log.warn({ from: connection.remoteAddress }, 'too many connections wait without a CER')
      connection.close()
      return
    }
    this.#waiting.add(connection)
    const timer = this.#options.clock.after(cerMilliseconds, () =>
      this.#dismiss(connection, 'no CER came in time'),
    )
    const settle = (): void => {
      timer.cancel()
      this.#waiting.delete(connection)
    }
    connection.listen({
      message: (bytes) => {
        settle()
        this.#admit(connection, bytes)
      },
      closed: settle,
    })
  }

  #admit(connection: DiameterConnection, bytes: Buffer): void {
    const incoming = decodeIncoming(bytes)
    if (!incoming.ok) {
      if (incoming.header.request)
        connection.send(errorAnswer(this.#options.local, incoming.header, incoming.fault))
      this.#dismiss(connection, describeError(incoming.error))
      return
    }
    const { message } = incoming
    if (!message.request || message.commandCode !== commands['Capabilities-Exchange'].code) {
      this.#dismiss(connection, 'its first message is not a CER')
      return
    }
    const judged = this.#judge(message)
    if ('capabilities' in judged) this.#options.onPeer(connection, message, judged.capabilities)
    else {
      connection.send(errorAnswer(this.#options.local, message, judged.fault))
      this.#dismiss(connection, judged.fault.errorMessage)
    }
  }

  #judge(cer: RawMessage): { capabilities: Capabilities } | { fault: Fault } {
    const refuse = (code: number, errorMessage: string) => ({ fault: { resultCode: code, errorMessage } })
    try {
      const capabilities = capabilitiesOf(decodeRequest('Capabilities-Exchange', cer).avps)
      const { identity } = capabilities
      if (!this.#options.isKnown(identity))
        return refuse(resultCode.unknownPeer, `${identity} is not among the configured peers`)
      if (!haveCommonApplication(this.#options.local, capabilities))
        return refuse(resultCode.noCommonApplication, `${identity} has no application in common with us`)
      return { capabilities }
    } catch (error) {
      if (error instanceof WireError) return { fault: faultOf(error) }
      throw error
    }
  }

  #dismiss(connection: DiameterConnection, why: string): void {
    this.#options.log.warn({ from: connection.remoteAddress, why }, 'connection refused')
    this.#waiting.delete(connection)
    connection.close()
  }
}
