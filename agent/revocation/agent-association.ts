import type { Clock } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'
import type { StoredMap } from '../state-store/stored-map.ts'
import type { StoredAssociation } from './stored-association.ts'

/** What a home agent and a foreign agent share: one key, and per direction the SPI that the receiver chose (RFC 4004, section 9). */
export interface AgentAssociation {
  incoming: MobilitySecurityAssociation
  outgoing: MobilitySecurityAssociation
  /** Infinite for one that is configured. */
  expiresAtMilliseconds: number
}

/** With each agent: both ends learn of a new key at different times, so former ones hold until they expire or are too many. */
const keptPerAgent = 32

/** The associations with other agents, each known by its address: home agents for a foreign agent, and the other way. */
export class AgentAssociations {
  readonly #clock: Clock
  readonly #kept: StoredMap<StoredAssociation> | undefined
  readonly #stored = new WeakMap<AgentAssociation, StoredAssociation>()
  readonly #proven = new WeakSet<AgentAssociation>()
  readonly #byAgent = new Map<Ipv4Address, AgentAssociation[]>()
  #nextNumber = 0

  /** Takes up those that were `kept` before; absent: nothing is kept over restarts. */
  constructor(clock: Clock, kept?: StoredMap<StoredAssociation>) {
    this.#clock = clock
    const known = kept?.entries().map(([, stored]) => stored) ?? []
    for (const stored of known.sort((one, other) => one.number - other.number)) {
      const { agent, association, isProven, number } = stored
      this.#nextNumber = number + 1
      if (association.expiresAtMilliseconds <= clock.now()) {
        kept?.delete(keyOf(agent, association))
        continue
      }
      this.#stored.set(association, stored)
      if (isProven) this.#proven.add(association)
      this.#byAgent.set(agent, [association, ...(this.#byAgent.get(agent) ?? [])])
    }
    this.#kept = kept
  }

  /** Only what the configuration or the home server says may be added: nothing that the network has not proven. */
  add(agent: Ipv4Address, association: AgentAssociation): void {
    this.#put(agent, association)
    this.#keep({ agent, association, isProven: false, number: this.#nextNumber++ })
  }

  /** One that a person has configured at both ends: it proves itself from the start, and comes from the configuration again. */
  configure(agent: Ipv4Address, association: AgentAssociation): void {
    this.#put(agent, association)
    this.#proven.add(association)
  }

  /** The newest. */
  of(agent: Ipv4Address): AgentAssociation | undefined {
    return this.#live(agent)[0]
  }

  /** The one in which the agent has sent a message with this SPI. */
  withIncomingSpi(agent: Ipv4Address, spi: number): AgentAssociation | undefined {
    return this.#live(agent).find(({ incoming }) => incoming.spi === spi)
  }

  /** The other end has used it. */
  prove(association: AgentAssociation): void {
    const stored = this.#proven.has(association) ? undefined : this.#stored.get(association)
    this.#proven.add(association)
    if (stored) this.#keep({ ...stored, isProven: true })
  }

  /** Whether a message of the agent has to prove itself: a new key that may not have reached the agent yet is not asked for. */
  demands(agent: Ipv4Address): boolean {
    return this.#live(agent).some((association) => this.#proven.has(association))
  }

  #put(agent: Ipv4Address, association: AgentAssociation): void {
    const others = this.#live(agent).filter(({ incoming }) => incoming.spi !== association.incoming.spi)
    this.#replace(agent, [association, ...others].slice(0, keptPerAgent))
  }

  #live(agent: Ipv4Address): AgentAssociation[] {
    const held = this.#byAgent.get(agent) ?? []
    const live = held.filter(({ expiresAtMilliseconds }) => expiresAtMilliseconds > this.#clock.now())
    if (live.length < held.length) this.#replace(agent, live)
    return live
  }

  #replace(agent: Ipv4Address, next: AgentAssociation[]): void {
    for (const former of this.#byAgent.get(agent) ?? [])
      if (!next.includes(former)) this.#kept?.delete(keyOf(agent, former))
    if (next.length > 0) this.#byAgent.set(agent, next)
    else this.#byAgent.delete(agent)
  }

  /** It is on the disk with the next `commit` of the agent's state. */
  #keep(stored: StoredAssociation): void {
    this.#stored.set(stored.association, stored)
    this.#kept?.set(keyOf(stored.agent, stored.association), stored)
  }
}

function keyOf(agent: Ipv4Address, { incoming }: AgentAssociation): string {
  return `${agent} ${incoming.spi}`
}
