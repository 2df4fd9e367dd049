import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { type CommandName, commandAbbreviation, commands } from '#wire/diameter/command.ts'
import { type AnswerMessage, decodeAnswer, toRawMessage } from '#wire/diameter/message.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { Acceptor } from './acceptor.ts'
import { AnsweredRequests } from './answered-requests.ts'
import type { DiameterConfig } from './config.ts'
import { DiameterError } from './diameter-error.ts'
import { Dispatch } from './dispatch.ts'
import { errorAnswer, type Fault } from './error-answer.ts'
import type { Handler, RequestBody } from './handler.ts'
import { faultOf } from './incoming.ts'
import { LocalHandlers } from './local-handlers.ts'
import { type Applications, LocalIdentity, sameIdentity } from './local-identity.ts'
import { Peer } from './peer.ts'
import { RedirectCache } from './redirect.ts'
import { RemoteOrigins } from './remote-origins.ts'
import { TransportSecurity } from './transport-security.ts'

export { isSuccess } from './handler.ts'

export interface DiameterNodeOptions {
  identity: string
  realm: string
  config: DiameterConfig
  /** Those it serves itself; a relay carries every application and serves none. */
  applications: Applications
  productName: string
  /**
   * The policy of a proxy (RFC 6733, section 2.8.2): what it makes of a request of somebody else before that is routed, or why it
   * refuses it. A WireError refuses too.
   */
  amend?(request: RawMessage): RawMessage | Fault
  /**
   * That of a former process, whose sessions this one goes on with (RFC 6733, section 8.16). Absent: a greater one than ever before, by
   * the clock.
   */
  originStateId?: number | undefined
  /** A peer, or a host behind one, has come back without its former state: its sessions are gone (RFC 6733, section 8.16). */
  onRestart?(host: string): void
  clock: Clock
  log: Log
}

export interface RequestOptions {
  /** Default: the configured requestTimeoutSeconds. */
  timeoutMilliseconds?: number
  /** Of the header; otherwise what the message's Auth- or Acct-Application-Id says, otherwise the command's own. */
  applicationId?: number
  /** The T flag: the same may have been sent before, also before a restart (RFC 6733, section 3). */
  retransmitted?: boolean
}

/** A Diameter node (RFC 6733): its peers, the requests it answers, forwards and makes. */
export class DiameterNode {
  readonly #options: DiameterNodeOptions
  readonly #local: LocalIdentity
  readonly #peers: Peer[]
  readonly #handlers: LocalHandlers
  readonly #answered: AnsweredRequests
  readonly #remoteOrigins: RemoteOrigins
  readonly #dispatch: Dispatch<Peer>
  readonly #acceptor: Acceptor
  #waiters: { resolve: () => void; reject: (error: DiameterError) => void }[] = []
  #stopping = false

  constructor(options: DiameterNodeOptions) {
    this.#options = options
    const { clock, log, config } = options
    const local = new LocalIdentity(options, clock.now())
    this.#local = local
    this.#handlers = new LocalHandlers(local, log)
    this.#answered = new AnsweredRequests(clock)
    const transportSecurity = new TransportSecurity(config.credentials, options.identity, clock)
    this.#peers = config.peers.map(
      ({ identity, connect, port, security }) =>
        new Peer({
          identity,
          dial: connect === undefined ? undefined : { address: connect, port },
          security,
          transportSecurity,
          watchdogSeconds: config.watchdogSeconds,
          local,
          clock,
          log,
          onRequest: (request, peer) => void this.#serve(request, peer),
          onChange: () => this.#peersChanged(),
          onRestart: (peer) => options.onRestart?.(peer.identity),
        }),
    )
    this.#remoteOrigins = new RemoteOrigins(log, config.peers, (host) => options.onRestart?.(host))
    const table = { local, routes: config.routes, peers: this.#peers }
    this.#dispatch = new Dispatch({ table, redirects: new RedirectCache(clock), clock, log })
    this.#acceptor = new Acceptor({
      local,
      clock,
      log,
      transportSecurity,
      securityOf: (identity) => this.#peer(identity)?.security,
      onPeer: (connection, cer, capabilities) =>
        this.#peer(capabilities.identity)?.accept(connection, cer, capabilities),
    })
  }

  /** Listens, if the configuration says so, and begins to dial. Rejects when the address cannot be bound. */
  async start(): Promise<void> {
    const { listen, peers } = this.#options.config
    if (listen !== undefined) {
      const { address, port, tlsPort } = listen
      if (peers.some(({ security }) => security !== 'tls')) await this.#acceptor.listen(address, port, false)
      if (peers.some(({ security }) => security === 'tls'))
        await this.#acceptor.listen(address, tlsPort, true)
    }
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
    this.#dispatch.stop()
    this.#settleWaiters()
    this.#acceptor.close()
    await Promise.all(this.#peers.map((peer) => peer.stop()))
  }

  /** The identities of the peers to which requests can be sent now. */
  get openPeers(): string[] {
    return this.#peers.filter((peer) => peer.isUsable || peer.isDoubted).map((peer) => peer.identity)
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
   * Rejects with diameter/no-route, diameter/timeout, diameter/closed, diameter/redirect, diameter/malformed-answer; wire/unencodable.
   */
  async request<Name extends CommandName>(
    command: Name,
    avps: RequestBody<Name>,
    options: RequestOptions = {},
  ): Promise<AnswerMessage<Name>> {
    const request = this.#compose(command, avps, options)
    const timeoutMilliseconds = options.timeoutMilliseconds ?? this.#timeoutMilliseconds
    const sent = await this.#dispatch.send(request, { timeoutMilliseconds })
    if (sent.kind !== 'answered') {
      const why = sent.kind === 'refuse' ? sent.why : 'it is addressed to ourselves'
      throw new DiameterError(
        'diameter/no-route',
        `${commandAbbreviation(request.commandCode, true)}: ${why}`,
      )
    }
    const { answer, by } = sent
    try {
      return decodeAnswer(command, answer)
    } catch (cause) {
      const name = commandAbbreviation(answer.commandCode, false)
      const message = `the ${name} that came by ${by.identity} cannot be used`
      throw new DiameterError('diameter/malformed-answer', message, { cause })
    }
  }

  #compose(
    command: CommandName,
    avps: object,
    { applicationId, retransmitted = false }: RequestOptions,
  ): RawMessage {
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
      retransmitted,
      applicationId: Number(application),
      hopByHop: 0,
      endToEnd: this.#local.nextEndToEnd(),
      avps: {
        'Session-Id': this.#local.nextSessionId(),
        'Origin-Host': this.#local.identity,
        'Origin-Realm': this.#local.realm,
        'Origin-State-Id': this.#local.originStateId,
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
    const refuse = (fault: Fault): RawMessage => {
      this.#options.log.warn({ peer: from.identity, resultCode: fault.resultCode }, fault.errorMessage)
      return errorAnswer(this.#local, request, fault)
    }
    try {
      const amended = this.#options.amend?.(request) ?? request
      if ('resultCode' in amended) return refuse(amended)
      const sent = await this.#dispatch.send(amended, {
        from,
        timeoutMilliseconds: this.#timeoutMilliseconds,
      })
      switch (sent.kind) {
        case 'local':
          this.#remoteOrigins.note(request)
          return await this.#answered.answer(request, () => this.#handlers.answer(request, from.identity))
        case 'answered':
          return sent.answer
        case 'refuse':
          return refuse({ resultCode: sent.resultCode, errorMessage: sent.why })
      }
    } catch (error) {
      if (error instanceof WireError) return refuse(faultOf(error))
      if (!(error instanceof DiameterError)) throw error
      if (error.code === 'diameter/timeout') return undefined // who asked has stopped waiting as well
      return refuse({ resultCode: resultCode.unableToDeliver, errorMessage: describeError(error) })
    }
  }

  get #timeoutMilliseconds(): number {
    return this.#options.config.requestTimeoutSeconds * 1000
  }

  #peer(identity: string): Peer | undefined {
    return this.#peers.find((peer) => sameIdentity(peer.identity, identity))
  }

  #peersChanged(): void {
    this.#dispatch.peersChanged()
    this.#settleWaiters()
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
