import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { commandAbbreviation, commands } from '#wire/diameter/command.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { type Capabilities, supports } from './capabilities.ts'
import type { DiameterConnection } from './connection.ts'
import { DiameterError } from './diameter-error.ts'
import { errorAnswer } from './error-answer.ts'
import {
  acceptedCapabilities,
  decodeIncoming,
  disconnectCauseOf,
  eventOf,
  type Malformed,
  originStateIdOf,
} from './incoming.ts'
import { Liveness } from './liveness.ts'
import type { LocalIdentity } from './local-identity.ts'
import { OriginState } from './origin-state.ts'
import { type Dial, PeerConnections, type PeerConnectionsOptions, type Side } from './peer-connections.ts'
import {
  isAwaitingCea,
  isOpen,
  type PeerAction,
  type PeerEvent,
  type PeerState,
  step,
  winsElection,
} from './peer-machine.ts'
import { PeerMessages } from './peer-messages.ts'
import { PendingRequests } from './pending-requests.ts'
import { Redial } from './redial.ts'
import type { Security } from './transport-security.ts'

/** How long a peer may take to connect and to answer our CER, or to settle the election. */
const openingMilliseconds = 10_000
/** How long the other side may take to close after DPR. */
const closingMilliseconds = 2_000

export interface PeerOptions extends PeerConnectionsOptions {
  /** Where to dial; absent: the peer dials us. */
  dial: Dial | undefined
  watchdogSeconds: number
  local: LocalIdentity
  clock: Clock
  /** A request came from the peer; the answer goes back by `send`. */
  onRequest(request: RawMessage, peer: Peer): void
  /** `isUsable` may have changed. */
  onChange(): void
  /** The peer has lost its state: sessions that it held are gone (RFC 6733, section 8.16). */
  onRestart(peer: Peer): void
}

/** What comes with an event, for the actions that it causes. */
interface Payload {
  message?: RawMessage
  connection?: DiameterConnection
  capabilities?: Capabilities
}

/**
 * One neighbour: runs its peer machine over its connections, its watchdog, and its unanswered requests. A long file, since what the
 * actions of the machine do, and what makes its events, share one state.
 */
export class Peer {
  readonly identity: string
  readonly #options: PeerOptions
  readonly #log: Log
  readonly #liveness: Liveness
  readonly #pending: PendingRequests
  readonly #redial: Redial
  readonly #originState: OriginState
  readonly #messages: PeerMessages
  readonly #connections: PeerConnections
  #state: PeerState = 'Closed'
  #capabilities: Capabilities | undefined
  /** The CER on the R connection: its CEA may have to wait for the election. */
  #cer: RawMessage | undefined
  #timer: Timer | undefined
  /** Since the capabilities exchange, and where the peer uses in-band TLS, since the handshake after it. */
  #isReady = false
  #whenClosed: (() => void)[] = []

  constructor(options: PeerOptions) {
    this.identity = options.identity
    this.#options = options
    this.#log = options.log.child({ peer: options.identity })
    this.#pending = new PendingRequests(options.clock, options.identity)
    const dial = options.dial && (() => this.#fire('Start'))
    this.#redial = new Redial(options.clock, this.#log, dial)
    this.#originState = new OriginState(this.#log, () => options.onRestart(this))
    this.#messages = new PeerMessages(options.local, options.security)
    this.#connections = new PeerConnections(
      { ...options, log: this.#log },
      {
        message: (side, bytes) => this.#receive(side, bytes),
        closed: (side) => this.#fire(`${side}-Peer-Disc`),
      },
    )
    this.#liveness = new Liveness(options.clock, options.watchdogSeconds, {
      sendDwr: () => this.send(this.#messages.dwr(this.#pending.nextHopByHop())),
      close: () => this.#fire(this.#state === 'I-Open' ? 'I-Peer-Disc' : 'R-Peer-Disc'),
      failover: () => this.#pending.failAll('it does not answer the watchdog, or its connection is lost'),
      failback: () => options.onChange(),
    })
  }

  /** Of the peer's last capabilities exchange. */
  get realm(): string | undefined {
    return this.#capabilities?.realm
  }

  get security(): Security {
    return this.#options.security
  }

  get isDialled(): boolean {
    return this.#options.dial !== undefined
  }

  get isUsable(): boolean {
    return isOpen(this.#state) && this.#liveness.isOkay
  }

  get isDoubted(): boolean {
    return isOpen(this.#state) && this.#liveness.isOnTrial
  }

  supports(applicationId: number): boolean {
    return this.#capabilities !== undefined && supports(this.#capabilities, applicationId)
  }

  start(): void {
    if (this.isDialled) this.#fire('Start')
  }

  /** A connection on which this peer has sent an acceptable CER. */
  accept(connection: DiameterConnection, cer: RawMessage, capabilities: Capabilities): void {
    this.#fire('R-Conn-CER', { connection, message: cer, capabilities })
  }

  send(message: RawMessage): void {
    this.#fire('Send-Message', { message })
  }

  /** Sends a request under a hop-by-hop identifier of its own. Rejects with diameter/timeout or diameter/closed. */
  request(request: RawMessage, timeoutMilliseconds: number): Promise<RawMessage> {
    const hopByHop = this.#pending.nextHopByHop()
    const answer = this.#pending.add(hopByHop, timeoutMilliseconds)
    this.send({ ...request, hopByHop })
    return answer
  }

  /** Says DPR if open, and resolves when the connection is gone. */
  stop(): Promise<void> {
    this.#redial.stop()
    if (this.#state === 'Closed') return Promise.resolve()
    const closed = new Promise<void>((resolve) => this.#whenClosed.push(resolve))
    this.#fire('Stop')
    return closed
  }

  #fire(event: PeerEvent, payload: Payload = {}): void {
    const before = this.#state
    const { next, actions } = step(before, event)
    this.#state = next
    for (const action of actions) this.#perform(action, payload)
    if (this.#state === next && next !== before) this.#entered(next, before, event)
  }

  #perform(action: PeerAction, { message, connection, capabilities }: Payload): void {
    const side = action.startsWith('I-') ? 'I' : 'R'
    const send = (answer: RawMessage): void => this.#connections.send(side, answer)
    switch (action) {
      case 'I-Snd-Conn-Req':
        this.#dial()
        break
      case 'R-Accept':
        this.#cer = message
        if (connection !== undefined) this.#connections.adopt('R', connection)
        break
      case 'R-Reject':
        this.#log.warn('it opened a second connection, which is closed')
        connection?.close()
        break
      case 'Process-CER':
      case 'Process-CEA':
        this.#capabilities = capabilities
        break
      case 'Elect':
        if (winsElection(this.#options.local.identity, this.identity)) this.#fire('Win-Election')
        break
      case 'I-Snd-CER':
        send(this.#messages.cer(this.#pending.nextHopByHop(), this.#connections.address('I')))
        break
      case 'R-Snd-CEA':
        if (this.#cer !== undefined) send(this.#messages.cea(this.#cer, this.#connections.address('R')))
        break
      case 'I-Snd-Message':
      case 'R-Snd-Message':
        if (message !== undefined) send(message)
        break
      case 'Process':
        if (message !== undefined) this.#process(message)
        break
      case 'Process-DWR':
      case 'Process-DWA':
        break // the watchdog has heard of it already
      case 'I-Snd-DWA':
      case 'R-Snd-DWA':
        if (message !== undefined) send(this.#messages.dwa(message))
        break
      case 'I-Snd-DPR':
      case 'R-Snd-DPR':
        send(this.#messages.dpr(this.#pending.nextHopByHop()))
        break
      case 'I-Snd-DPA':
      case 'R-Snd-DPA':
        if (message === undefined) break
        this.#redial.left(disconnectCauseOf(message))
        send(this.#messages.dpa(message))
        break
      case 'I-Disc':
      case 'R-Disc':
        this.#connections.close(side)
        break
      case 'Error':
      case 'Cleanup':
        this.#connections.closeAll()
        break
    }
  }

  #entered(state: PeerState, before: PeerState, event: PeerEvent): void {
    this.#timer?.cancel()
    switch (state) {
      case 'I-Open':
      case 'R-Open':
        this.#secure(state === 'I-Open' ? 'I' : 'R')
        return
      case 'Closing':
        this.#liveness.report('closed in order')
        this.#pending.failAll('it disconnects')
        this.#startTimer(closingMilliseconds)
        break
      case 'Closed':
        if (isOpen(before) && this.#isReady) {
          this.#log.warn({ event: 'peer-lost', cause: event }, 'peer lost')
          this.#liveness.report('connection down')
          this.#pending.failAll('its connection is lost')
        } else if (event === 'I-Peer-Disc' && before === 'Wait-I-CEA')
          this.#log.warn(
            'it closed the connection instead of a CEA: it may not know us, or not trust our certificate',
          )
        if (event === 'Timeout') this.#log.warn(`it did not answer in time (${before})`)
        this.#isReady = false
        this.#redial.schedule()
        for (const resolve of this.#whenClosed.splice(0)) resolve()
        break
      case 'Wait-Conn-Ack':
      case 'Wait-I-CEA':
      case 'Wait-Conn-Ack/Elect':
      case 'Wait-Returns':
        this.#redial.cancel()
        this.#startTimer(openingMilliseconds)
        return
    }
    this.#options.onChange()
  }

  #dial(): void {
    const { dial } = this.#options
    if (dial === undefined) return
    this.#connections.dial(dial, (connected) => this.#fire(connected ? 'I-Rcv-Conn-Ack' : 'I-Rcv-Conn-Nack'))
  }

  #secure(side: Side): void {
    this.#connections.secureInBand(side, (isSecure) => {
      if (!isSecure) this.#fire(`${side}-Peer-Disc`)
      else if (isOpen(this.#state)) this.#opened(side) // and not stopped meanwhile
    })
  }

  #opened(side: Side): void {
    this.#isReady = true
    this.#redial.opened()
    const { description, originStateId } = this.#capabilities ?? {}
    this.#log.info({ event: 'peer-open', state: `${side}-Open`, ...description }, 'peer open')
    this.#originState.note(originStateId)
    this.#liveness.report('connection up')
    this.#options.onChange()
  }

  #receive(side: Side, bytes: Buffer): void {
    const incoming = decodeIncoming(bytes)
    if (!incoming.ok) {
      this.#receiveMalformed(side, incoming)
      return
    }
    const { message } = incoming
    const { commandCode, request, hopByHop } = message
    this.#log.debug({ hopByHop }, `received ${commandAbbreviation(commandCode, request)}`)
    const event = eventOf(side, message)
    if (isOpen(this.#state)) {
      if (commandCode === commands['Device-Watchdog'].code) this.#originState.note(originStateIdOf(message))
      this.#liveness.report(event?.endsWith('DWA') === true ? 'received DWA' : 'received other')
    }
    if (side === 'I' && isAwaitingCea(this.#state)) this.#receiveCea(message, event)
    else this.#fire(event ?? `${side}-Rcv-Message`, { message })
  }

  #receiveCea(message: RawMessage, event: PeerEvent | undefined): void {
    if (event !== undefined) this.#log.warn('it answers our CER with something else')
    const isTls = this.#connections.isTls('I')
    const capabilities =
      event === undefined
        ? acceptedCapabilities(message, { ...this.#options, log: this.#log, isTls })
        : undefined
    if (capabilities === undefined) this.#fire('I-Rcv-Non-CEA')
    else this.#fire('I-Rcv-CEA', { capabilities })
  }

  #receiveMalformed(side: Side, { header, fault, error }: Malformed): void {
    this.#log.warn({ resultCode: fault.resultCode }, describeError(error))
    if (!isOpen(this.#state)) this.#fire(side === 'I' ? 'I-Rcv-Non-CEA' : 'R-Peer-Disc')
    else if (header.request) this.send(errorAnswer(this.#options.local, header, fault))
    else {
      const message = `the answer of ${this.identity} cannot be read`
      this.#pending.fail(
        header.hopByHop,
        new DiameterError('diameter/malformed-answer', message, { cause: error }),
      )
    }
  }

  #process(message: RawMessage): void {
    if (message.request) this.#options.onRequest(message, this)
    else if (!this.#pending.answer(message))
      this.#log.debug({ hopByHop: message.hopByHop }, 'nobody waits for this answer')
  }

  #startTimer(milliseconds: number): void {
    this.#timer = this.#options.clock.after(milliseconds, () => this.#fire('Timeout'))
  }
}
