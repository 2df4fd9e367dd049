import type { Clock } from '#core/clock.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import { type AgentAssociation, AgentAssociations } from '../revocation/agent-association.ts'
import type { ForeignAgentState } from './visitor-store.ts'

/** The realm that speaks for a home agent. */
export interface HomeAgentSpeaker {
  realm: string
  expiresAtMilliseconds: number
}

/**
 * The associations with home agents, as the home servers of several realms say. A realm may only speak for a home agent that no other
 * speaks for: else it could end the visits of another realm, or spoil them.
 */
export class HomeAgentKeys extends AgentAssociations {
  readonly #clock: Clock
  readonly #kept: ForeignAgentState['speakers']
  readonly #speakers: Map<Ipv4Address, HomeAgentSpeaker>

  constructor(
    clock: Clock,
    { associations, speakers }: Pick<ForeignAgentState, 'associations' | 'speakers'>,
  ) {
    super(clock, associations)
    this.#clock = clock
    this.#kept = speakers
    this.#speakers = new Map(speakers.entries())
  }

  /** Adds an association; false when another realm speaks for the home agent. */
  accept(homeAgent: Ipv4Address, realm: string, association: AgentAssociation): boolean {
    const speaker = this.#speakerFor(homeAgent)
    if (speaker !== undefined && speaker !== realm) return false
    const { expiresAtMilliseconds } = association
    const next = { realm, expiresAtMilliseconds }
    this.#speakers.set(homeAgent, next)
    this.#kept.set(homeAgent, next)
    this.add(homeAgent, association)
    return true
  }

  /** The newest association with a home agent of the realm. */
  ofRealm(homeAgent: Ipv4Address, realm: string): AgentAssociation | undefined {
    return this.#speakerFor(homeAgent) === realm ? this.of(homeAgent) : undefined
  }

  #speakerFor(homeAgent: Ipv4Address): string | undefined {
    const speaker = this.#speakers.get(homeAgent)
    if (!speaker || speaker.expiresAtMilliseconds > this.#clock.now()) return speaker?.realm
    this.#speakers.delete(homeAgent)
    this.#kept.delete(homeAgent)
    return undefined
  }
}
