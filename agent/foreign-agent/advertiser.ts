import type { Clock, Timer } from '#core/clock.ts'
import { type Ipv4Address, type LinkAddress, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import {
  type AdvertisementExtension,
  type AgentAdvertisement,
  encodeAgentAdvertisement,
  nextSequence,
  noMobilityAgentFlags,
} from '#wire/mobile-ip/agent-advertisement.ts'
import { allSystemsGroup, decodeAgentSolicitation } from '#wire/mobile-ip/agent-solicitation.ts'
import { type AccessLink, groupLinkAddress, type ReceivedDiscovery } from '../access-link/access-link.ts'
import type { ChallengeWindow } from './challenge-window.ts'
import type { ForeignAgentOffer } from './request-checks.ts'
import { SenderLimit } from './sender-limit.ts'

export interface AdvertisedAgent extends ForeignAgentOffer {
  intervalSeconds: number
  /** Of the link's addresses (RFC 5944, section 2.1.2); absent: not said. */
  prefixLength?: number
  revocation?: boolean
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
/** Says that the agent has begun anew, and forgotten its visitors (RFC 5944, section 2.3.2). */
const firstSequence = 0
const answerIntervalMilliseconds = 500

/** The advertisement of an agent (RFC 5944, section 2.1; RFC 4721, section 2, for the challenge). */
export function agentAdvertisement(
  agent: AdvertisedAgent,
  { sequence, busy, challenge }: AdvertisedMoment,
): AgentAdvertisement<AdvertisementExtension> {
  const { address, careOfAddress, intervalSeconds, registrationLifetimeSeconds, prefixLength } = agent
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
        flags: {
          ...noMobilityAgentFlags,
          registrationRequired: true,
          busy,
          foreignAgent: true,
          gre: agent.gre !== undefined,
          reverseTunnelling: agent.reverseTunnelling !== undefined,
          registrationRevocation: agent.revocation === true,
        },
        careOfAddresses: [careOfAddress],
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

/** Says to the link that a foreign agent is here: at every interval to all, and at once to a node that asks. */
export class Advertiser {
  readonly #agent: AdvertisedAgent
  readonly #link: Pick<AccessLink, 'sendDiscovery'>
  readonly #clock: Clock
  readonly #busy: () => boolean
  readonly #challenges: ChallengeWindow | undefined
  readonly #answers: SenderLimit
  #sequence = firstSequence
  #timer: Timer | undefined

  constructor(parts: {
    agent: AdvertisedAgent
    link: Pick<AccessLink, 'sendDiscovery'>
    clock: Clock
    /** Absent: no challenges are advertised. */
    challenges?: ChallengeWindow
    /** Whether registrations would be refused for want of resources. */
    busy: () => boolean
  }) {
    this.#agent = parts.agent
    this.#link = parts.link
    this.#clock = parts.clock
    this.#busy = parts.busy
    this.#challenges = parts.challenges
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
    this.#send({ to: linkAddress, destination: homeAddress }, firstSequence, this.#challenges?.newest)
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
