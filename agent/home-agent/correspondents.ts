/**
 * Route optimization at the home agent (draft-ietf-mobileip-optim-11, section 4.3): the record of the correspondent agents that send straight
 * to a node, and what tells them where it is, what it may have, and that it has gone.
 */
import type { Clock, Timer } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { registrationPort } from '#wire/mobile-ip/registration.ts'
import { bindingAcknowledgeStatus as status } from '#wire/mobile-ip/route-optimization.ts'
import { Expiry } from '../authorized-session/expiry.ts'
import { IdentificationSource } from '../mobile-node/identification-source.ts'
import type { Endpoint } from '../revocation/revocations.ts'
import {
  type BindingAcknowledge,
  type BindingMessage,
  type BindingRequest,
  isProven,
  readBindingMessage,
  sealedMessage,
} from '../route-optimization/binding-message.ts'
import type { BindingPeer } from '../route-optimization/binding-peer.ts'
import type { Network } from '../route-optimization/network.ts'
import { NewestIdentification } from '../route-optimization/newest-identification.ts'
import { StateError } from '../state-store/state-error.ts'
import type { HomeAgentState } from './binding-store.ts'
import { bindingUpdate, nowhere, type Whereabouts, whereabouts } from './correspondent-update.ts'
import type { MobilityBinding } from './mobility-binding.ts'

export interface CorrespondentAgent extends BindingPeer {
  /** Care-of addresses in these accept its tunnels. */
  careOfNetworks: readonly Network[]
}

/** A correspondent agent that has asked where a node is, and until when it is told of changes. */
export interface Correspondent {
  agent: Ipv4Address
  homeAddress: Ipv4Address
  expiresAtMilliseconds: number
}

export interface CorrespondentsParts {
  agents: ReadonlyMap<Ipv4Address, CorrespondentAgent>
  /** From its request on. */
  lifetimeSeconds: number
  bindingOf(homeAddress: Ipv4Address): MobilityBinding | undefined
  state: Pick<HomeAgentState, 'correspondents' | 'commit'>
  send(bytes: Buffer, to: Endpoint): void
  random32(): number
  clock: Clock
  log: Log
}

/** Pauses before an update is sent again; when they are over, the last one stays for as long as the record lives. */
const pausesMilliseconds = [1000, 2000, 4000, 30_000] as const
const slowest = pausesMilliseconds.length - 1
/** Of one correspondent agent: further nodes are reached by the home agent. */
const recordsPerAgent = 10_000

interface Recorded extends Correspondent {
  /** Care-of address and revision in the newest update. */
  told?: string
  /** Of the updates that say so; empty when they are acknowledged. */
  identifications: bigint[]
  timer?: Timer | undefined
}

/** The correspondent agent has not taken it for an update of ours, or for a new one. */
const notHeard = [status.senderFailedAuthentication, status.identificationMismatch] as const

export class Correspondents {
  readonly #parts: CorrespondentsParts
  readonly #byKey = new Map<string, Recorded>()
  readonly #countByAgent = new Map<Ipv4Address, number>()
  readonly #expiry: Expiry
  readonly #identifications: IdentificationSource
  readonly #newest: NewestIdentification

  constructor(parts: CorrespondentsParts) {
    const { clock, random32 } = parts
    this.#parts = parts
    this.#expiry = new Expiry(clock, (key) => {
      const recorded = this.#byKey.get(key)
      if (recorded) this.#forget(recorded)
    })
    this.#identifications = new IdentificationSource(clock, random32)
    this.#newest = new NewestIdentification(clock)
  }

  /** The record, for whoever wants to see it; `acknowledged`: the correspondent agent has confirmed what it was told last. */
  get record(): (Correspondent & { told: string | undefined; acknowledged: boolean })[] {
    return [...this.#byKey.values()].map(
      ({ agent, homeAddress, expiresAtMilliseconds, told, identifications }) => ({
        ...{ agent, homeAddress, expiresAtMilliseconds, told },
        acknowledged: identifications.length === 0,
      }),
    )
  }

  /** Goes on with the record of a former process: everybody in it is told anew, for much may have changed. */
  resume(): void {
    const { state, agents, clock } = this.#parts
    for (const [key, correspondent] of state.correspondents.entries()) {
      if (correspondent.expiresAtMilliseconds <= clock.now() || !agents.has(correspondent.agent))
        state.correspondents.delete(key)
      else this.#tell(this.#add(correspondent))
    }
  }

  /** Takes a message that came to port 434. Whether it was one of route optimization. */
  receive(bytes: Buffer, from: Endpoint): boolean {
    const message = readBindingMessage(bytes)
    if (message === undefined) return false
    const reason = this.#take(bytes, message, from.address)
    if (reason !== undefined)
      this.#parts.log.debug(
        { event: 'binding-message-discarded', type: message.type, from: from.address, reason },
        'message of route optimization discarded',
      )
    return true
  }

  /** A node's binding or profile may be another one now, or gone: whoever sends straight to it is told. */
  changed(homeAddress: Ipv4Address): void {
    for (const agent of this.#parts.agents.keys()) {
      const recorded = this.#byKey.get(keyOf({ agent, homeAddress }))
      if (recorded && recorded.told !== this.#wanted(recorded).told) this.#tell(recorded)
    }
  }

  /** The correspondent agents keep what they have until it expires. */
  close(): void {
    this.#expiry.close()
    for (const { timer } of this.#byKey.values()) timer?.cancel()
  }

  /** Why a message is not believed. */
  #take(bytes: Buffer, message: BindingMessage, from: Ipv4Address): string | undefined {
    const agent = this.#parts.agents.get(from)
    if (!agent) return 'it is no configured correspondent agent'
    if (message.type === 'binding-warning' || message.type === 'binding-update')
      return 'home agents are not told so'
    if (!isProven(bytes, message, agent.association)) return 'it is not authentic'
    return message.type === 'binding-request'
      ? this.#takeRequest(message, agent)
      : this.#takeAcknowledge(message, agent)
  }

  #takeRequest(
    { homeAddress, identification }: BindingRequest,
    agent: CorrespondentAgent,
  ): string | undefined {
    const { clock, log, lifetimeSeconds, state } = this.#parts
    const { address } = agent
    if (!this.#newest.take(address, identification))
      return 'it is a replay, or the clocks differ by more than 7 s'
    const asked: Correspondent = {
      agent: address,
      homeAddress,
      expiresAtMilliseconds: clock.now() + lifetimeSeconds * 1000,
    }
    const recorded = this.#byKey.get(keyOf(asked))
    const isFull = !recorded && (this.#countByAgent.get(address) ?? 0) >= recordsPerAgent
    if (isFull || this.#wanted(asked).told === nowhere) {
      // Whoever is in the record is being told so.
      if (!recorded) this.#send(asked, { told: nowhere }, { acknowledge: false })
      return undefined
    }
    log.info(
      { event: 'correspondent', homeAddress, agent: address },
      'a correspondent agent asks where a node is',
    )
    state.correspondents.set(keyOf(asked), asked)
    this.#commit()
    this.#tell(this.#add(asked))
    return undefined
  }

  #takeAcknowledge(message: BindingAcknowledge, { address }: CorrespondentAgent): string | undefined {
    const { homeAddress, identification } = message
    const recorded = this.#byKey.get(keyOf({ agent: address, homeAddress }))
    if (!recorded || identification === undefined || !recorded.identifications.includes(identification))
      return 'it acknowledges nothing that was sent'
    const about = { event: 'correspondent', homeAddress, agent: address, told: recorded.told }
    // An update that was overtaken by another, or changed on its way, is sent again in its time, with a new identification.
    if (notHeard.some((one) => one === message.status)) {
      this.#parts.log.warn({ ...about, status: message.status }, 'a Binding Update was not believed')
      return undefined
    }
    recorded.timer?.cancel()
    recorded.identifications = []
    if (message.status === status.accepted) this.#parts.log.info(about, 'a correspondent agent was told')
    else
      this.#parts.log.warn(
        { ...about, status: message.status },
        'a correspondent agent refused a Binding Update',
      )
    if (message.status !== status.accepted || recorded.told === nowhere) this.#forget(recorded)
    return undefined
  }

  #add(correspondent: Correspondent): Recorded {
    const { agent, expiresAtMilliseconds } = correspondent
    const key = keyOf(correspondent)
    const former = this.#byKey.get(key)
    if (!former) this.#countByAgent.set(agent, (this.#countByAgent.get(agent) ?? 0) + 1)
    former?.timer?.cancel()
    const recorded = { ...correspondent, identifications: [] }
    this.#byKey.set(key, recorded)
    this.#expiry.set(key, expiresAtMilliseconds)
    return recorded
  }

  #forget(recorded: Recorded): void {
    const { agent } = recorded
    const key = keyOf(recorded)
    recorded.timer?.cancel()
    this.#byKey.delete(key)
    this.#countByAgent.set(agent, (this.#countByAgent.get(agent) ?? 1) - 1)
    this.#expiry.clear(key)
    this.#parts.state.correspondents.delete(key)
    this.#commit()
  }

  #tell(recorded: Recorded): void {
    recorded.timer?.cancel()
    recorded.identifications = []
    this.#transmit(recorded)
  }

  #transmit(recorded: Recorded): void {
    const { agent, homeAddress } = recorded
    const wanted = this.#wanted(recorded)
    if (wanted.told !== recorded.told) recorded.identifications = []
    recorded.told = wanted.told
    const sent = recorded.identifications.length
    if (sent === slowest + 1)
      this.#parts.log.warn(
        { event: 'correspondent', homeAddress, agent, told: wanted.told },
        'a correspondent agent does not acknowledge Binding Updates',
      )
    recorded.identifications.push(this.#send(recorded, wanted, { acknowledge: true }))
    const pause = pausesMilliseconds[Math.min(sent, slowest)]
    recorded.timer = this.#parts.clock.after(pause ?? 0, () => this.#transmit(recorded))
  }

  #wanted({ agent, homeAddress }: Correspondent): Whereabouts {
    const { agents, bindingOf, clock } = this.#parts
    return whereabouts(bindingOf(homeAddress), agents.get(agent)?.careOfNetworks ?? [], clock.now())
  }

  /** Returns the identification. */
  #send(
    correspondent: Correspondent,
    { told, binding }: Whereabouts,
    { acknowledge }: { acknowledge: boolean },
  ): bigint {
    const { agents, clock, log, send } = this.#parts
    const { agent, homeAddress } = correspondent
    const identification = this.#identifications.next()
    const association = agents.get(agent)?.association
    const terms = { nowMilliseconds: clock.now(), identification, acknowledge }
    if (association)
      send(sealedMessage(bindingUpdate(correspondent, binding, terms), association), {
        address: agent,
        port: registrationPort,
      })
    log.debug({ event: 'correspondent', homeAddress, agent, told }, 'Binding Update sent')
    return identification
  }

  /** A record that is not on the disk is one that a restart forgets: then the correspondent agent asks again. */
  #commit(): void {
    try {
      this.#parts.state.commit()
    } catch (error) {
      if (!(error instanceof StateError)) throw error
      this.#parts.log.error(
        { event: 'state', reason: describeError(error) },
        'the record of correspondents is not on the disk yet',
      )
    }
  }
}

function keyOf({ agent, homeAddress }: Pick<Correspondent, 'agent' | 'homeAddress'>): string {
  return `${agent} ${homeAddress}`
}
