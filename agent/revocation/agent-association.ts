import type { Clock } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'

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
  readonly #proven = new WeakSet<AgentAssociation>()
  readonly #byAgent = new Map<Ipv4Address, AgentAssociation[]>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Only what the configuration or the home server says may be added: nothing that the network has not proven. */
  add(agent: Ipv4Address, association: AgentAssociation): void {
    const others = this.#live(agent).filter(({ incoming }) => incoming.spi !== association.incoming.spi)
    this.#byAgent.set(agent, [association, ...others].slice(0, keptPerAgent))
  }

  /** The newest. */
  of(agent: Ipv4Address): AgentAssociation | undefined {
    return this.#live(agent)[0]
  }

  /** The one in which the agent has sent a message with this SPI. */
  withIncomingSpi(agent: Ipv4Address, spi: number): AgentAssociation | undefined {
    return this.#live(agent).find(({ incoming }) => incoming.spi === spi)
  }

  /** The other end has used it, or a person has configured it at both. */
  prove(association: AgentAssociation): void {
    this.#proven.add(association)
  }

  /** Whether a message of the agent has to prove itself: a new key that may not have reached the agent yet is not asked for. */
  demands(agent: Ipv4Address): boolean {
    return this.#live(agent).some((association) => this.#proven.has(association))
  }

  #live(agent: Ipv4Address): AgentAssociation[] {
    const live = (this.#byAgent.get(agent) ?? []).filter(
      ({ expiresAtMilliseconds }) => expiresAtMilliseconds > this.#clock.now(),
    )
    if (live.length === 0) this.#byAgent.delete(agent)
    return live
  }
}
