/** Runs the registration machine: gives it events and time, and carries out what it says. */
import { randomInt } from 'node:crypto'
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { encodeAgentSolicitation, mobilityAgentsGroup } from '#wire/mobile-ip/agent-solicitation.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import { describeReplyCode, isAccepted } from '#wire/mobile-ip/reply-code.ts'
import { type AccessLink, groupLinkAddress, type ReceivedRegistration } from '../access-link/access-link.ts'
import type { HomeAgentAssociation, NodeIdentity } from './association.ts'
import type { Attachment } from './attachment.ts'
import { IdentificationSource } from './identification-source.ts'
import { step } from './registration-machine.ts'
import { encodeRequestToHomeAgent, encodeRequestToServer } from './registration-request.ts'
import {
  deadlines,
  type Ending,
  eventOfDeadline,
  initialState,
  type NodeAction,
  type NodeEvent,
} from './registration-state.ts'
import { type SentRequest, verifyReply } from './reply-verification.ts'

export interface RegistrarParts {
  identity: NodeIdentity
  homeAddress: Ipv4Address
  homeAgent: Ipv4Address
  lifetimeSeconds: number
  link: Pick<AccessLink, 'sendRegistration' | 'sendDiscovery'>
  attachment: Pick<Attachment, 'attach' | 'detach'>
  clock: Clock
  log: Log
}

/** SPIs up to 255 are reserved (RFC 5944, section 1.6). */
const smallestSpi = 256

export class Registrar {
  readonly #parts: RegistrarParts
  readonly #identifications: IdentificationSource
  readonly #ended = Promise.withResolvers<Ending>()
  #state = initialState
  #timer: Timer | undefined
  #sent: SentRequest | undefined
  #association: HomeAgentAssociation | undefined
  /** Changes of the kernel, one after the other. */
  #kernel: Promise<void> = Promise.resolve()

  constructor(parts: RegistrarParts) {
    this.#parts = parts
    this.#identifications = new IdentificationSource(parts.clock, () => randomInt(2 ** 32))
  }

  handle(event: NodeEvent): void {
    const { clock, homeAddress, lifetimeSeconds, log } = this.#parts
    const before = this.#state.phase
    const { next, actions } = step(this.#state, event, clock.now(), { homeAddress, lifetimeSeconds })
    this.#state = next
    if (next.phase !== before)
      log.debug(
        { event: 'phase', cause: event.kind, before, phase: next.phase },
        'registration phase changed',
      )
    for (const action of actions) this.#perform(action)
    this.#setTimer()
  }

  /** Takes a registration message from the link. */
  receive({ payload, source }: ReceivedRegistration): void {
    const { identity, log } = this.#parts
    const verdict = verifyReply(payload, this.#sent, identity, this.#association)
    if (verdict.verdict === 'discard') {
      log.debug(
        { event: 'reply-discarded', from: source, reason: verdict.reason },
        'registration reply discarded',
      )
      return
    }
    const { reply, offered } = verdict
    const { code, lifetimeSeconds, identification } = reply
    this.#sent = undefined
    const about = { event: 'registration', agent: source, replyCode: code, lifetimeSeconds }
    if (isAccepted(code)) log.info(about, lifetimeSeconds > 0 ? 'registered' : 'deregistered')
    else log.warn(about, `registration denied: ${describeReplyCode(code)}`)
    if (isAccepted(code) && offered) this.#association = offered.association
    const keyLifetimeSeconds = offered?.lifetimeSeconds
    this.handle({ kind: 'reply', reply: { code, lifetimeSeconds, identification, keyLifetimeSeconds } })
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
        this.#register(action)
        break
      case 'resynchronise':
        this.#identifications.resynchronise(action.identification)
        break
      case 'attach':
        this.#changeKernel(() => this.#parts.attachment.attach(action.agent))
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
      source: this.#parts.homeAddress,
      destination: mobilityAgentsGroup,
    })
  }

  #register({ agent, careOfAddress, lifetimeSeconds, proof }: NodeAction & { kind: 'register' }): void {
    const { identity, homeAddress, homeAgent, link, log } = this.#parts
    const identification = this.#identifications.next()
    const content = { homeAddress, homeAgent, careOfAddress, lifetimeSeconds, identification }
    const withKey = proof === 'mn-ha' ? this.#association : undefined
    const mobileNodeSpi = withKey ? undefined : randomInt(smallestSpi, 2 ** 32)
    this.#sent = { identification, mobileNodeSpi }
    const bytes = withKey
      ? encodeRequestToHomeAgent(content, identity, withKey)
      : encodeRequestToServer(content, identity, mobileNodeSpi ?? smallestSpi)
    log.debug(
      { event: 'request', agent: agent.address, careOfAddress, lifetimeSeconds, proof },
      'registering',
    )
    link.sendRegistration(bytes, {
      to: agent.linkAddress,
      source: homeAddress,
      destination: agent.address,
      destinationPort: registrationPort,
    })
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
