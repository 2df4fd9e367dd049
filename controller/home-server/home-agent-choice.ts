/** Which home agent serves a registration (RFC 4004, sections 3.2 and 3.3). Pure. */
import { type Ipv4Address, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { Session } from '../database/service-control-database.ts'
import type { HomeServerConfig } from './config.ts'

const features = dictionary['MIP-Feature-Vector'].values

export interface HomeAgentWish {
  /** 0.0.0.0 and 255.255.255.255 leave the choice to the home server. */
  requested: Ipv4Address
  /** Taken if it can be had, when nothing was requested: an address (RFC 4433) or a Diameter identity (RFC 3846). */
  preferred: readonly string[]
  /** MIP-Feature-Vector of the request, of which the foreign server may have set a part. */
  features: number
  /** The foreign server that offers, or vouches for, a home agent of its realm. */
  foreignServer: { host: string; realm: string } | undefined
  /** Such an address belongs to the home network. */
  hasFixedHomeAddress: boolean
}

export interface HomeAgentSupply {
  realm: string
  homeAgents: HomeServerConfig['homeAgents']
  /** Realms whose servers may provide the home agent. */
  foreignRealms: readonly string[]
  session: Pick<Session, 'node' | 'realm' | 'address'> | undefined
  /** Identities of the home agents that can be reached now. */
  isOpen(identity: string): boolean
  /** Open sessions by identity. */
  load: ReadonlyMap<string, number>
}

/** Where the HAR goes. */
export interface ChosenHomeAgent {
  identity: string
  realm: string
  /** Undefined: the foreign server chooses. */
  address: Ipv4Address | undefined
  /** `identity` is that of the foreign server, which hands the HAR to a home agent of its realm. */
  isForeign: boolean
}

export type HomeAgentChoice = ChosenHomeAgent | { resultCode: number; reason: string }

/** A session stays with its home agent. */
export function chooseHomeAgent(wish: HomeAgentWish, supply: HomeAgentSupply): HomeAgentChoice {
  const { requested } = wish
  const { realm, homeAgents, session } = supply
  const isFree = requested === unspecifiedAddress || requested === limitedBroadcast
  if (session) {
    const { node: identity, realm, address } = session
    return isFree || requested === address
      ? { identity, realm, address, isForeign: false }
      : unavailable(`home agent ${requested} is not that of the session, ${address}`)
  }
  if (!isFree) {
    const named = homeAgents.find(({ address }) => address === requested)
    if (named) return { ...named, realm, isForeign: false }
    if ((wish.features & features['Home-Agent-In-Foreign-Network']) === 0)
      return unavailable(`home agent ${requested} is not available`)
    return foreign(wish, supply, requested) ?? noForeignService(wish)
  }
  if (isOffered(wish)) {
    const chosen = foreign(wish, supply, undefined)
    if (chosen) return chosen
  }
  const own = leastLoaded(wish, supply)
  return own ? { ...own, realm, isForeign: false } : unavailable('there is no home agent')
}

function isOffered({ features: asked, requested }: HomeAgentWish): boolean {
  return (
    (asked & features['Foreign-Home-Agent-Available']) !== 0 &&
    (asked & features['Home-Address-Allocatable-Only-in-Home-Realm']) === 0 &&
    requested !== limitedBroadcast
  )
}

function foreign(
  { foreignServer, hasFixedHomeAddress }: HomeAgentWish,
  { foreignRealms }: HomeAgentSupply,
  address: Ipv4Address | undefined,
): ChosenHomeAgent | undefined {
  if (!foreignServer || hasFixedHomeAddress || !foreignRealms.includes(foreignServer.realm.toLowerCase()))
    return undefined
  const { host: identity, realm } = foreignServer
  return { identity, realm, address, isForeign: true }
}

function leastLoaded(
  { preferred }: HomeAgentWish,
  { homeAgents, isOpen, load }: HomeAgentSupply,
): HomeServerConfig['homeAgents'][number] | undefined {
  const open = homeAgents.filter(({ identity }) => isOpen(identity))
  const sessions = ({ identity }: { identity: string }): number => load.get(identity) ?? 0
  return (
    open.find(({ address, identity }) => preferred.includes(address) || preferred.includes(identity)) ??
    open.toSorted((a, b) => sessions(a) - sessions(b))[0] ??
    homeAgents[0]
  )
}

function unavailable(reason: string): HomeAgentChoice {
  return { resultCode: resultCode.homeAgentNotAvailable, reason }
}

function noForeignService({ requested, foreignServer }: HomeAgentWish): HomeAgentChoice {
  const realm = foreignServer?.realm ?? 'an unnamed realm'
  return {
    resultCode: resultCode.noForeignHomeAgentService,
    reason: `home agent ${requested} of ${realm} may not serve this subscriber`,
  }
}
