import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { type CommandName, commandAbbreviation, commands } from '#wire/diameter/command.ts'
import { encodeNamedAvp } from '#wire/diameter/group.ts'
import { type AnswerMessage, decodeAnswer, toRawMessage } from '#wire/diameter/message.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { Acceptor } from './acceptor.ts'
import type { DiameterConfig } from './config.ts'
import { DiameterError } from './diameter-error.ts'
import { errorAnswer } from './error-answer.ts'
import type { Handler, RequestBody } from './handler.ts'
import { faultOf } from './incoming.ts'
import { LocalHandlers } from './local-handlers.ts'
import { type Applications, LocalIdentity, sameIdentity } from './local-identity.ts'
import { Peer } from './peer.ts'
import { route } from './routing.ts'

export { isSuccess } from './handler.ts'

export interface DiameterNodeOptions {
  identity: string
  realm: string
  config: DiameterConfig
  /** Those it serves itself; a relay carries every application and serves none. */
  applications: Applications
  productName: string
  clock: Clock
  log: Log
}

export interface RequestOptions {
  /** Default: the configured requestTimeoutSeconds. */
  timeoutMilliseconds?: number
  /** Of the header; otherwise what the message's Auth- or Acct-Application-Id says, otherwise the command's own. */
  applicationId?: number
}

/** A Diameter node (RFC 6733): its peers, the requests it answers, forwards and makes. */
export class DiameterNode {
  readonly #options: DiameterNodeOptions
  readonly #local: LocalIdentity
  readonly #peers: Peer[]
  readonly #handlers: LocalHandlers
  readonly #acceptor: Acceptor
  #waiters: { resolve: () => void; reject: (error: DiameterError) => void }[] = []
  #stopping = false

  constructor(options: DiameterNodeOptions) {
    this.#options = options
    const { clock, log, config } = options
    const local = new LocalIdentity(options, clock.now())
    this.#local = local
    this.#handlers = new LocalHandlers(local, log)
    this.#peers = config.peers.map(
      ({ identity, connect, port }) =>
        new Peer({
          identity,
          dial: connect === undefined ? undefined : { address: connect, port },
          watchdogSeconds: config.watchdogSeconds,
          local,
          clock,
          log,
          onRequest: (request, peer) => void this.#serve(request, peer),
          onChange: () => this.#settleWaiters(),
        }),
    )
    this.#acceptor = new Acceptor({
      local,
      clock,
      log,
      isKnown: (identity) => this.#peer(identity) !== undefined,
      onPeer: (connection, cer, capabilities) =>
        this.#peer(capabilities.identity)?.accept(connection, cer, capabilities),
    })
  }

  /** Listens, if the configuration says so, and begins to dial. Rejects when the address cannot be bound. */
  async start(): Promise<void> {
    const { listen } = this.#options.config
    if (listen !== undefined) await this.#acceptor.listen(listen.address, listen.port)
    for (const peer of this.#peers) peer.start()
  }

  /** Resolves when all dialled peers are open at once. Rejects with diameter/closed when the node is stopped before. */
  whenOpen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      this.#settleWaiters()
    })
  }

  /** Says DPR to each peer and closes. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#settleWaiters()
    this.#acceptor.close()
    await Promise.all(this.#peers.map((peer) => peer.stop()))
  }

  /** The identities of the peers to which requests can be sent now. */
  get openPeers(): string[] {
    return this.#peers.filter((peer) => peer.isUsable).map((peer) => peer.identity)
  }

  /** A new Session-Id (RFC 6733, section 8.8). */
  sessionId(suffix?: string): string {
    return this.#local.nextSessionId(suffix)
  }

  /** Who answers the requests of this command that are addressed to this node. */
  handle<Name extends CommandName>(command: Name, handler: Handler<Name>): void {
    this.#handlers.set(command, handler)
  }

  /**
   * Sends a request on its way. Origin-*, and if absent Session-Id and the application id, are filled in. A Result-Code that is no
   * success is a value: see `isSuccess`.
   * Rejects with diameter/no-route, diameter/timeout, diameter/closed, diameter/malformed-answer; wire/unencodable.
   */
  async request<Name extends CommandName>(
    command: Name,
    avps: RequestBody<Name>,
    options: RequestOptions = {},
  ): Promise<AnswerMessage<Name>> {
    const request = this.#compose(command, avps, options)
    const routed = route(this.#table(), request)
    if (routed.kind !== 'forward') {
      const why = routed.kind === 'refuse' ? routed.why : 'it is addressed to ourselves'
      throw new DiameterError(
        'diameter/no-route',
        `${commandAbbreviation(request.commandCode, true)}: ${why}`,
      )
    }
    const timeout = options.timeoutMilliseconds ?? this.#options.config.requestTimeoutSeconds * 1000
    const answer = await routed.to.request(request, timeout)
    try {
      return decodeAnswer(command, answer)
    } catch (cause) {
      const name = commandAbbreviation(answer.commandCode, false)
      const message = `the ${name} that came by ${routed.to.identity} cannot be used`
      throw new DiameterError('diameter/malformed-answer', message, { cause })
    }
  }

  #compose(command: CommandName, avps: object, { applicationId }: RequestOptions): RawMessage {
    const row = commands[command]
    const named = new Map<string, unknown>(Object.entries(avps))
    const application =
      applicationId ??
      named.get('Auth-Application-Id') ??
      named.get('Acct-Application-Id') ??
      row.applicationId
    const idName = command === 'Accounting' ? 'Acct-Application-Id' : 'Auth-Application-Id'
    return toRawMessage({
      command,
      request: true,
      proxiable: row.proxiable,
      error: false,
      retransmitted: false,
      applicationId: Number(application),
      hopByHop: 0,
      endToEnd: this.#local.nextEndToEnd(),
      avps: {
        'Session-Id': this.#local.nextSessionId(),
        'Origin-Host': this.#local.identity,
        'Origin-Realm': this.#local.realm,
        [idName]: Number(application),
        ...avps,
      },
    })
  }

  async #serve(request: RawMessage, from: Peer): Promise<void> {
    try {
      const answer = await this.#answer(request, from)
      if (answer !== undefined) from.send({ ...answer, hopByHop: request.hopByHop })
    } catch (error) {
      this.#options.log.error({ peer: from.identity, err: error }, 'a request could not be answered')
    }
  }

  async #answer(request: RawMessage, from: Peer): Promise<RawMessage | undefined> {
    try {
      const routed = route(this.#table(), request, from)
      switch (routed.kind) {
        case 'local':
          return await this.#handlers.answer(request, from.identity)
        case 'forward':
          return await this.#relay(request, from, routed.to)
        case 'refuse':
          this.#options.log.warn({ peer: from.identity, resultCode: routed.resultCode }, routed.why)
          return errorAnswer(this.#local, request, {
            resultCode: routed.resultCode,
            errorMessage: routed.why,
          })
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      return errorAnswer(this.#local, request, faultOf(error))
    }
  }

  /** RFC 6733, section 6.1.9: the request goes on with its sender in a Route-Record; the answer comes back as it is. */
  async #relay(request: RawMessage, from: Peer, to: Peer): Promise<RawMessage | undefined> {
    const avps = [...request.avps, encodeNamedAvp('Route-Record', from.identity)]
    try {
      return await to.request({ ...request, avps }, this.#options.config.requestTimeoutSeconds * 1000)
    } catch (error) {
      if (!(error instanceof DiameterError)) throw error
      this.#options.log.warn({ from: from.identity, to: to.identity }, describeError(error))
      if (error.code === 'diameter/timeout') return undefined // who asked has stopped waiting as well
      return errorAnswer(this.#local, request, {
        resultCode: resultCode.unableToDeliver,
        errorMessage: describeError(error),
      })
    }
  }

  #table() {
    return { local: this.#local, routes: this.#options.config.routes, peers: this.#peers }
  }

  #peer(identity: string): Peer | undefined {
    return this.#peers.find((peer) => sameIdentity(peer.identity, identity))
  }

  #settleWaiters(): void {
    const isOpen = this.#peers.every((peer) => !peer.isDialled || peer.isUsable)
    if (!isOpen && !this.#stopping) return
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      if (this.#stopping)
        reject(new DiameterError('diameter/closed', 'the node was stopped before its peers were open'))
      else resolve()
    }
  }
}
