/** Runs the registration machine: gives it events and time, and carries out what it says. */
import { randomInt } from 'node:crypto'
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { encodeAgentSolicitation, mobilityAgentsGroup } from '#wire/mobile-ip/agent-solicitation.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import { describeReplyCode, isAccepted } from '#wire/mobile-ip/reply-code.ts'
import { type AccessLink, groupLinkAddress } from '../access-link/access-link.ts'
import type { HomeAgentAssociation, NodeIdentity } from './association.ts'
import type { Attachment } from './attachment.ts'
import type { DirectPort } from './direct-port.ts'
import { IdentificationSource } from './identification-source.ts'
import { NodeKeys } from './node-keys.ts'
import { step } from './registration-machine.ts'
import { homeOf } from './registration-moves.ts'
import { encodeRequest } from './registration-request.ts'
import {
  deadlines,
  type Ending,
  eventOfDeadline,
  initialState,
  type NodeAction,
  type NodeEvent,
  type NodeSettings,
  type RequestPlan,
} from './registration-state.ts'
import { replyFacts } from './reply-facts.ts'
import { type SentRequest, verifyReply } from './reply-verification.ts'

export interface RegistrarParts {
  identity: NodeIdentity
  settings: NodeSettings
  link: Pick<AccessLink, 'sendRegistration' | 'sendDiscovery'>
  direct: Pick<DirectPort, 'send'>
  attachment: Pick<Attachment, 'attach' | 'detach'>
  clock: Clock
  log: Log
}

/** RFC 3024, section 5.1: a foreign agent with reverse tunnels believes only what nobody has forwarded. */
const unforwardedTimeToLive = 255

/** Of a request that has to be forwarded on the home link. */
const forwardedTimeToLive = 64

export class Registrar {
  readonly #parts: RegistrarParts
  readonly #identifications: IdentificationSource
  readonly #keys = new NodeKeys()
  readonly #ended = Promise.withResolvers<Ending>()
  #state = initialState
  #timer: Timer | undefined
  #sent: SentRequest | undefined
  /** By which the home agent tells an old request: as it has said with its last key. */
  #replay: HomeAgentAssociation['replay'] = 'timestamps'
  /** Changes of the kernel, one after the other. */
  #kernel: Promise<void> = Promise.resolve()

  constructor(parts: RegistrarParts) {
    this.#parts = parts
    this.#identifications = new IdentificationSource(parts.clock, () => randomInt(2 ** 32))
  }

  /** As allocated or configured; 0.0.0.0 while there is none. */
  get homeAddress(): Ipv4Address {
    return homeOf(this.#state, this.#parts.settings).homeAddress
  }

  handle(event: NodeEvent): void {
    const { clock, settings, log } = this.#parts
    const before = this.#state.phase
    const { next, actions } = step(this.#state, event, clock.now(), settings)
    this.#state = next
    if (next.phase !== before)
      log.debug(
        { event: 'phase', cause: event.kind, before, phase: next.phase },
        'registration phase changed',
      )
    for (const action of actions) this.#perform(action)
    this.#setTimer()
  }

  /** Takes a registration message, from the link or straight from the home agent. */
  receive({ payload, source }: { payload: Buffer; source: Ipv4Address }): void {
    const { identity, log } = this.#parts
    const verdict = verifyReply(payload, this.#sent, identity, this.#keys.associations)
    if (verdict.verdict === 'discard') {
      log.debug(
        { event: 'reply-discarded', from: source, reason: verdict.reason },
        'registration reply discarded',
      )
      return
    }
    this.#sent = undefined
    const { reply, fromHomeAgent } = replyFacts(verdict)
    const { code, lifetimeSeconds, homeAddress, identification } = reply
    const about = { event: 'registration', agent: source, replyCode: code, lifetimeSeconds, homeAddress }
    if (isAccepted(code)) log.info(about, lifetimeSeconds > 0 ? 'registered' : 'deregistered')
    else log.warn(about, `registration denied: ${describeReplyCode(code)}`)
    if (verdict.offered) this.#replay = verdict.offered.association.replay
    if (fromHomeAgent && this.#replay === 'nonces') this.#identifications.take(identification)
    if (isAccepted(code)) this.#keys.take(verdict)
    this.handle({ kind: 'reply', reply })
  }

  /** Takes the binding back and ends. */
  async stop(): Promise<Ending> {
    this.handle({ kind: 'stop' })
    const ending = await this.#ended.promise
    await this.#kernel
    return ending
  }

  #perform(action: NodeAction): void {
    switch (action.kind) {
      case 'solicit':
        this.#solicit()
        break
      case 'register':
        this.#register(action.plan)
        break
      case 'resynchronise':
        if (this.#replay === 'timestamps') this.#identifications.resynchronise(action.identification)
        break
      case 'attach':
        this.#changeKernel(() => this.#parts.attachment.attach(action.way))
        break
      case 'detach':
        this.#changeKernel(() => this.#parts.attachment.detach())
        break
      case 'end':
        this.#ended.resolve(action.ending)
    }
  }

  #solicit(): void {
    this.#parts.log.debug({ event: 'solicitation' }, 'soliciting agents')
    this.#parts.link.sendDiscovery(encodeAgentSolicitation(), {
      to: groupLinkAddress(mobilityAgentsGroup),
      source: this.homeAddress,
      destination: mobilityAgentsGroup,
    })
  }

  #register(plan: RequestPlan): void {
    const { identity, log } = this.#parts
    const { point, homeAddress, homeAgent, careOfAddress, lifetimeSeconds, proof } = plan
    const identification = this.#identifications.next(this.#replay)
    const keys = { ...this.#keys.forRequest(plan), identification }
    const throughForeignAgent = point.kind !== 'home' && point.agent !== undefined
    const { mobileNodeSpi, mobileNodeForeignSpi } = keys
    this.#sent = { identification, homeAddress, throughForeignAgent, mobileNodeSpi, mobileNodeForeignSpi }
    const agent = throughForeignAgent ? point.agent?.address : homeAgent
    log.debug({ event: 'request', agent, careOfAddress, lifetimeSeconds, proof }, 'registering')
    this.#send(encodeRequest(plan, identity, keys), plan)
  }

  #send(bytes: Buffer, { point, homeAddress, homeAgent, requestedHomeAgent, terms }: RequestPlan): void {
    const { link, direct } = this.#parts
    if (point.kind === 'co-located' && !point.agent) {
      const named = requestedHomeAgent ?? homeAgent
      direct.send(bytes, { source: point.careOfAddress, destination: named })
    } else if (point.agent) {
      const { address, linkAddress } = point.agent
      const destination = point.kind === 'home' && homeAgent !== unspecifiedAddress ? homeAgent : address
      // Another home agent of the home link may be the one that is heard.
      const isForwarded = destination !== address
      const reverse = point.kind !== 'home' && terms.reverseTunnel !== undefined
      link.sendRegistration(bytes, {
        to: linkAddress,
        source: point.kind === 'co-located' ? point.careOfAddress : homeAddress,
        destination,
        destinationPort: registrationPort,
        ...(reverse && { timeToLive: unforwardedTimeToLive }),
        ...(isForwarded && { timeToLive: forwardedTimeToLive }),
      })
    }
  }

  #changeKernel(change: () => Promise<void>): void {
    this.#kernel = this.#kernel.then(change).catch((error: unknown) => {
      this.#parts.log.error(
        { event: 'attachment', reason: describeError(error) },
        'the kernel refused a change',
      )
    })
  }

  #setTimer(): void {
    const { clock } = this.#parts
    this.#timer?.cancel()
    this.#timer = undefined
    const due = Math.min(...Object.values(this.#state.deadlines))
    if (due === Number.POSITIVE_INFINITY) return
    this.#timer = clock.after(Math.max(0, due - clock.now()), () => this.#reportDeadlines())
  }

  #reportDeadlines(): void {
    const now = this.#parts.clock.now()
    const passed = deadlines.find((name) => (this.#state.deadlines[name] ?? Number.POSITIVE_INFINITY) <= now)
    if (passed === undefined) this.#setTimer()
    else this.handle({ kind: eventOfDeadline[passed] })
  }
}
