import type { Clock, Timer } from '#core/clock.ts'
import { type Ipv4Address, type LinkAddress, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import { SenderLimit } from '#core/sender-limit.ts'
import {
  type AdvertisementExtension,
  type AgentAdvertisement,
  encodeAgentAdvertisement,
  type MobilityAgentFlags,
  nextSequence,
  noMobilityAgentFlags,
} from '#wire/mobile-ip/agent-advertisement.ts'
import { allSystemsGroup, decodeAgentSolicitation } from '#wire/mobile-ip/agent-solicitation.ts'
import { type AccessLink, groupLinkAddress, type ReceivedDiscovery } from '../access-link/access-link.ts'

/** What an agent says of itself all the time. */
export interface AdvertisedAgent {
  /** Its own on the link. */
  address: Ipv4Address
  /** Of those who are at home on this link; the agent itself when absent. */
  router?: Ipv4Address
  /** None where it is no foreign agent. */
  careOfAddresses: readonly Ipv4Address[]
  flags: Partial<MobilityAgentFlags>
  intervalSeconds: number
  registrationLifetimeSeconds: number
  /** Of the link's addresses (RFC 5944, section 2.1.2); absent: not said. */
  prefixLength?: number | undefined
}

/** The challenges that are given out (RFC 4721). */
export interface AdvertisedChallenges {
  /** A new one for all nodes. */
  advertise(): Buffer
  /** The last one for all nodes. */
  readonly newest: Buffer
}

/** What changes from one advertisement to the next. */
export interface AdvertisedMoment {
  sequence: number
  busy: boolean
  challenge?: Buffer | undefined
}

/** ICMP code 16 of RFC 5944, section 2.1: routes for those who registered, not for everybody. */
const routesNoOrdinaryTraffic = 16
/** An advertisement may be missed twice before its agent counts as gone (RFC 5944, section 2.3). */
const intervalsOfLifetime = 3
/** 0 says that the agent has begun anew, and forgotten its visitors (RFC 5944, section 2.3.2); one that has not goes on here. */
const firstSequence = { anew: 0, goingOn: 256 } as const
const answerIntervalMilliseconds = 500

/** The advertisement of an agent (RFC 5944, section 2.1; RFC 4721, section 2, for the challenge). */
export function agentAdvertisement(
  agent: AdvertisedAgent,
  { sequence, busy, challenge }: AdvertisedMoment,
): AgentAdvertisement<AdvertisementExtension> {
  const { address, router = address, intervalSeconds, registrationLifetimeSeconds, prefixLength } = agent
  return {
    type: 'agent-advertisement',
    code: routesNoOrdinaryTraffic,
    lifetimeSeconds: Math.max(1, Math.ceil(intervalsOfLifetime * intervalSeconds)),
    routers: [{ address: router, preferenceLevel: 0 }],
    extensions: [
      {
        kind: 'mobility-agent',
        sequence,
        registrationLifetimeSeconds,
        flags: { ...noMobilityAgentFlags, ...agent.flags, busy },
        careOfAddresses: [...agent.careOfAddresses],
      },
      ...prefixLengths(prefixLength),
      ...challengeExtension(challenge),
    ],
  }
}

function prefixLengths(length: number | undefined): AdvertisementExtension[] {
  return length === undefined ? [] : [{ kind: 'prefix-lengths', prefixLengths: [length] }]
}

function challengeExtension(challenge: Buffer | undefined): AdvertisementExtension[] {
  return challenge ? [{ kind: 'challenge', challenge }] : []
}

interface Recipient {
  to: LinkAddress
  destination: Ipv4Address
}

/** Says to the link that an agent is here: at every interval to all, and at once to a node that asks. */
export class Advertiser {
  readonly #agent: AdvertisedAgent
  readonly #link: Pick<AccessLink, 'sendDiscovery'>
  readonly #clock: Clock
  readonly #busy: () => boolean
  readonly #challenges: AdvertisedChallenges | undefined
  readonly #answers: SenderLimit
  #sequence: number
  #timer: Timer | undefined

  constructor(parts: {
    agent: AdvertisedAgent
    link: Pick<AccessLink, 'sendDiscovery'>
    clock: Clock
    /** Absent: no challenges are advertised. */
    challenges?: AdvertisedChallenges | undefined
    /** Whether registrations would be refused for want of resources. */
    busy: () => boolean
    /** The agent serves visitors of a former process. */
    goesOn?: boolean
  }) {
    this.#agent = parts.agent
    this.#link = parts.link
    this.#clock = parts.clock
    this.#busy = parts.busy
    this.#challenges = parts.challenges
    this.#sequence = parts.goesOn ? firstSequence.goingOn : firstSequence.anew
    this.#answers = new SenderLimit(parts.clock, answerIntervalMilliseconds)
  }

  start(): void {
    const beat = (): void => {
      this.#timer = this.#clock.after(this.#agent.intervalSeconds * 1000, beat)
      const challenge = this.#challenges?.advertise()
      this.#sendNext({ to: groupLinkAddress(allSystemsGroup), destination: allSystemsGroup }, challenge)
    }
    beat()
  }

  /** Answers a solicitation by unicast, not too often; other ICMP is not for us. @throws WireError */
  answer({ sourceLinkAddress, source, message }: ReceivedDiscovery): void {
    if (this.#timer === undefined) return
    decodeAgentSolicitation(message)
    if (!this.#answers.admits(sourceLinkAddress)) return
    const destination = source === unspecifiedAddress ? limitedBroadcast : source
    this.#sendNext({ to: sourceLinkAddress, destination }, this.#challenges?.newest)
  }

  /** Lets one node believe that the agent has begun anew: its registration was revoked (RFC 3543, section 4.1). */
  beginAnewFor(linkAddress: LinkAddress, homeAddress: Ipv4Address): void {
    this.#send({ to: linkAddress, destination: homeAddress }, firstSequence.anew, this.#challenges?.newest)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #sendNext(recipient: Recipient, challenge: Buffer | undefined): void {
    this.#send(recipient, this.#sequence, challenge)
    this.#sequence = nextSequence(this.#sequence)
  }

  #send({ to, destination }: Recipient, sequence: number, challenge: Buffer | undefined): void {
    const advertisement = agentAdvertisement(this.#agent, { sequence, busy: this.#busy(), challenge })
    const source = this.#agent.address
    this.#link.sendDiscovery(encodeAgentAdvertisement(advertisement), { to, source, destination })
  }
}
