import type { Clock, Timer } from '#core/clock.ts'
import { type Ipv4Address, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import {
  type AdvertisementExtension,
  type AgentAdvertisement,
  encodeAgentAdvertisement,
  nextSequence,
  noMobilityAgentFlags,
} from '#wire/mobile-ip/agent-advertisement.ts'
import { allSystemsGroup, decodeAgentSolicitation } from '#wire/mobile-ip/agent-solicitation.ts'
import { type AccessLink, groupLinkAddress, type ReceivedDiscovery } from '../access-link/access-link.ts'

export interface AdvertisedAgent {
  address: Ipv4Address
  careOfAddress: Ipv4Address
  intervalSeconds: number
  registrationLifetimeSeconds: number
}

/** ICMP code 16 of RFC 5944, section 2.1: routes for those who registered, not for everybody. */
const routesNoOrdinaryTraffic = 16
/** An advertisement may be missed twice before its agent counts as gone (RFC 5944, section 2.3). */
const intervalsOfLifetime = 3

/** The message with a given sequence number (RFC 5944, section 2.1). */
export function agentAdvertisement(
  { address, careOfAddress, intervalSeconds, registrationLifetimeSeconds }: AdvertisedAgent,
  sequence: number,
  busy: boolean,
): AgentAdvertisement<AdvertisementExtension> {
  return {
    type: 'agent-advertisement',
    code: routesNoOrdinaryTraffic,
    lifetimeSeconds: Math.max(1, Math.ceil(intervalsOfLifetime * intervalSeconds)),
    routers: [{ address, preferenceLevel: 0 }],
    extensions: [
      {
        kind: 'mobility-agent',
        sequence,
        registrationLifetimeSeconds,
        flags: { ...noMobilityAgentFlags, registrationRequired: true, busy, foreignAgent: true },
        careOfAddresses: [careOfAddress],
      },
    ],
  }
}

/** Says to the link that a foreign agent is here: at every interval to all, and at once to a node that asks. */
export class Advertiser {
  readonly #agent: AdvertisedAgent
  readonly #link: Pick<AccessLink, 'sendDiscovery'>
  readonly #clock: Clock
  readonly #busy: () => boolean
  #sequence = 0
  #timer: Timer | undefined

  constructor(parts: {
    agent: AdvertisedAgent
    link: Pick<AccessLink, 'sendDiscovery'>
    clock: Clock
    /** Whether registrations would be refused for want of resources. */
    busy: () => boolean
  }) {
    this.#agent = parts.agent
    this.#link = parts.link
    this.#clock = parts.clock
    this.#busy = parts.busy
  }

  start(): void {
    const beat = (): void => {
      this.#timer = this.#clock.after(this.#agent.intervalSeconds * 1000, beat)
      this.#send(groupLinkAddress(allSystemsGroup), allSystemsGroup)
    }
    beat()
  }

  /** Answers a solicitation by unicast; other ICMP is not for us. @throws WireError */
  answer({ sourceLinkAddress, source, message }: ReceivedDiscovery): void {
    if (this.#timer === undefined) return
    decodeAgentSolicitation(message)
    this.#send(sourceLinkAddress, source === unspecifiedAddress ? limitedBroadcast : source)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #send(to: string, destination: Ipv4Address): void {
    const message = encodeAgentAdvertisement(agentAdvertisement(this.#agent, this.#sequence, this.#busy()))
    this.#sequence = nextSequence(this.#sequence)
    this.#link.sendDiscovery(message, { to, source: this.#agent.address, destination })
  }
}
