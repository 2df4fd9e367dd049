/** A home agent says on its home link that it is there: nodes that hear it know that they are at home (RFC 5944, section 2.3). */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { mobilityAgentsGroup } from '#wire/mobile-ip/agent-solicitation.ts'
import { WireError } from '#wire/wire-error.ts'
import { AccessLink } from '../access-link/access-link.ts'
import { type AdvertisedAgent, Advertiser } from '../advertisement/advertiser.ts'
import type { HomeAgentConfig } from './config.ts'

type AdvertisedHome = Pick<
  HomeAgentConfig,
  'address' | 'maximumLifetimeSeconds' | 'reverseTunnelling' | 'gre' | 'homeNetwork'
>

/** A home agent as its advertisements describe it. It is never busy: it always serves the nodes of its network (section 2.1.1). */
export function advertisedHomeAgent({
  address,
  maximumLifetimeSeconds,
  reverseTunnelling,
  gre,
  homeNetwork,
}: AdvertisedHome): AdvertisedAgent {
  const { router, prefixLength, advertisementSeconds } = homeNetwork
  return {
    address,
    ...(router !== undefined && { router }),
    careOfAddresses: [],
    flags: { homeAgent: true, gre, reverseTunnelling: reverseTunnelling !== 'off' },
    intervalSeconds: advertisementSeconds,
    registrationLifetimeSeconds: maximumLifetimeSeconds,
    prefixLength,
  }
}

export class HomeAdvertisement {
  readonly #link: AccessLink
  readonly #advertiser: Advertiser

  private constructor(link: AccessLink, advertiser: Advertiser) {
    this.#link = link
    this.#advertiser = advertiser
  }

  /**
   * Undefined where the agent is on no home link. @param goesOn with the bindings of a former process. Needs CAP_NET_RAW.
   * @throws os/system-call
   */
  static async open(
    config: AdvertisedHome,
    { goesOn, clock, log }: { goesOn: boolean; clock: Clock; log: Log },
  ): Promise<HomeAdvertisement | undefined> {
    if (config.homeNetwork.interface === undefined) return undefined
    // Registrations come to the socket of the agent's address.
    const link = await AccessLink.open({
      interface: config.homeNetwork.interface,
      groups: [mobilityAgentsGroup],
      log,
    })
    const agent = advertisedHomeAgent(config)
    const advertiser = new Advertiser({ agent, link, clock, busy: () => false, goesOn })
    link.listen({
      registration() {},
      discovery(icmp) {
        try {
          advertiser.answer(icmp)
        } catch (error) {
          if (!(error instanceof WireError)) throw error
          log.debug({ event: 'discovery-discarded', reason: describeError(error) }, 'ICMP message discarded')
        }
      },
    })
    return new HomeAdvertisement(link, advertiser)
  }

  /** Advertises until `close`. */
  start(): void {
    this.#advertiser.start()
  }

  close(): void {
    this.#advertiser.stop()
    this.#link.close()
  }
}
