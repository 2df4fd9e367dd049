import { createServer, type Server, type Socket } from 'node:net'
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { commands } from '#wire/diameter/command.ts'
import { decodeRequest } from '#wire/diameter/message.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { checkRequest } from '#wire/diameter/request-checks.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import {
  type Capabilities,
  capabilitiesOf,
  haveCommonApplication,
  securityFault,
  vendorSpecificFault,
} from './capabilities.ts'
import { DiameterConnection } from './connection.ts'
import { errorAnswer, type Fault } from './error-answer.ts'
import { decodeIncoming, faultOf } from './incoming.ts'
import type { LocalIdentity } from './local-identity.ts'
import type { Security, TransportSecurity } from './transport-security.ts'

/** What somebody who has not yet said who they are may cost: time to send a CER, its length, and connections at once. */
const cerMilliseconds = 10_000
const longestCerBytes = 16 * 1024
const waitingLimit = 64
/** One host cannot take all places. */
const waitingLimitOfHost = 16

export interface AcceptorOptions {
  local: LocalIdentity
  clock: Clock
  log: Log
  transportSecurity: TransportSecurity
  /** How a peer of this identity has to come; undefined when there is no such peer. */
  securityOf(identity: string): Security | undefined
  /** A known peer has sent a CER with which we can work. */
  onPeer(connection: DiameterConnection, cer: RawMessage, capabilities: Capabilities): void
}

/** Takes connections, which wait here until they say by a CER whose they are (RFC 6733, section 5.6). */
export class Acceptor {
  readonly #options: AcceptorOptions
  /** With the timer that ends the wait. */
  readonly #waiting = new Map<DiameterConnection, Timer>()
  readonly #servers: Server[] = []

  constructor(options: AcceptorOptions) {
    this.#options = options
  }

  /** `isTls`: from the first byte. Rejects when the address cannot be bound. */
  listen(address: string, port: number, isTls: boolean): Promise<void> {
    const server = createServer((socket) => this.#accept(socket, isTls))
    this.#servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: address, port }, () => {
        server.off('error', reject)
        server.on('error', (error) => this.#options.log.error({ err: error }, 'cannot accept connections'))
        resolve()
      })
    })
  }

  /** No more connections, and those without a CER are closed. */
  close(): void {
    for (const server of this.#servers) server.close()
    for (const connection of [...this.#waiting.keys()]) {
      this.#settle(connection)
      connection.close()
    }
  }

  #accept(socket: Socket, isTls: boolean): void {
    const connection = new DiameterConnection(socket)
    const waiting = [...this.#waiting.keys()]
    const ofHost = waiting.filter(({ remoteHost }) => remoteHost === connection.remoteHost)
    if (waiting.length >= waitingLimit || ofHost.length >= waitingLimitOfHost) {
      this.#dismiss(connection, 'too many connections wait without a CER')
      return
    }
    const refuse = (why: string): void => this.#dismiss(connection, why)
    this.#waiting.set(
      connection,
      this.#options.clock.after(cerMilliseconds, () => refuse('no CER came in time')),
    )
    const awaitCer = (): void =>
      connection.listen(
        {
          message: (bytes) => {
            this.#settle(connection)
            this.#admit(connection, bytes)
          },
          closed: refuse,
        },
        longestCerBytes,
      )
    if (!isTls) awaitCer()
    else
      connection.secure(
        { security: this.#options.transportSecurity, role: 'server', peer: undefined },
        (fault) => (fault === undefined ? awaitCer() : refuse(`no TLS: ${fault}`)),
      )
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
    const judged = this.#judge(message, connection)
    if ('capabilities' in judged) this.#options.onPeer(connection, message, judged.capabilities)
    else {
      connection.send(errorAnswer(this.#options.local, message, judged.fault))
      this.#dismiss(connection, judged.fault.errorMessage)
    }
  }

  #judge(cer: RawMessage, connection: DiameterConnection): { capabilities: Capabilities } | { fault: Fault } {
    const refuse = (code: number, errorMessage: string) => ({ fault: { resultCode: code, errorMessage } })
    try {
      const { avps } = decodeRequest('Capabilities-Exchange', cer)
      checkRequest(cer)
      const capabilities = capabilitiesOf(avps)
      const { identity } = capabilities
      const wrongName = connection.nameFault(identity)
      if (wrongName !== undefined) return refuse(resultCode.unknownPeer, wrongName)
      const security = this.#options.securityOf(identity)
      if (security === undefined)
        return refuse(resultCode.unknownPeer, `${identity} is not among the configured peers`)
      const insecure = securityFault(security, connection.isTls, capabilities)
      if (insecure !== undefined) return refuse(resultCode.noCommonSecurity, insecure)
      const malformed = vendorSpecificFault(avps)
      if (malformed !== undefined) return { fault: malformed }
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
    this.#settle(connection)
    connection.close()
  }

  #settle(connection: DiameterConnection): void {
    this.#waiting.get(connection)?.cancel()
    this.#waiting.delete(connection)
  }
}
