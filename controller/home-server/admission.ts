/** What has to hold before a home agent hears of an authentic registration. */
import { type Ipv4Address, unspecifiedAddress } from '#core/ipv4.ts'
import { sameIdentity } from '#diameter/local-identity.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RevisedProfile, Session } from '../database/service-control-database.ts'
import type { AuthenticRequest } from './authentication.ts'
import { poolWithout } from './home-address-pool.ts'
import { type ChosenHomeAgent, chooseHomeAgent } from './home-agent-choice.ts'
import type { Server } from './server.ts'
import { type KeyWishes, keyWishes, makeSessionKeys, type SessionKeys } from './session-keys.ts'

type Request = Avps<'AA-Mobile-Node', 'request'>
const features = dictionary['MIP-Feature-Vector'].values

/** A registration that may be carried out. */
export interface Admission {
  homeAgent: ChosenHomeAgent
  homeSessionId: string
  /** Undefined: the home agent has to assign it. */
  homeAddress: Ipv4Address | undefined
  acctMultiSessionId: string | undefined
  /** The visit at another foreign agent that this registration leaves. */
  previous: Session | undefined
  /** The home agent asks itself, for a node that is its own care-of address. */
  isColocated: boolean
  authorizationLifetimeSeconds: number
  effective: RevisedProfile
  keys: SessionKeys
}

export type Refusal = { 'Result-Code': number; 'Error-Message': string; 'Failed-AVP'?: object }

/** `isDirect`: the agent is a neighbour, so nobody between reads what is sent to it. */
export async function admit(
  server: Server,
  avps: Request,
  authentic: AuthenticRequest,
  isDirect: boolean,
): Promise<Admission | Refusal> {
  const { config, database, diameter, clock } = server
  const { subscriber, request } = authentic
  const isColocated = ((avps['MIP-Feature-Vector'] ?? 0) & features['Co-Located-Mobile-Node']) !== 0
  const named = await database.session(avps['Session-Id'])
  if (named && !isSame(named, avps, subscriber.nai, isColocated ? 'home-agent' : 'foreign-agent'))
    return refuse('authorizationRejected', 'the Session-Id is that of another session')

  const { homeSession, effective } = await database.prepareRegistration(subscriber.nai, clock.now())
  if (isColocated && named?.state === 'ended' && homeSession)
    return refuse('unknownSessionId', 'the session is over, and the node has another')
  const homeAgent = await choose(server, avps, authentic, homeSession)
  if ('reason' in homeAgent) return { 'Result-Code': homeAgent.resultCode, 'Error-Message': homeAgent.reason }
  if (isColocated && !sameIdentity(homeAgent.identity, avps['Origin-Host']))
    return refuse('authorizationRejected', `${avps['Origin-Host']} is not the home agent of this node`)

  const homeAddress = await homeAddressFor(server, authentic, homeAgent, homeSession)
  if (typeof homeAddress === 'object') return homeAddress
  for (const address of [request.homeAddress, avps['MIP-Mobile-Node-Address'] ?? unspecifiedAddress])
    if (address !== homeAddress && address !== unspecifiedAddress)
      return refuse('authorizationRejected', `home address ${address} is not the subscriber's`)

  const wishes = keyWishes(avps, authentic)
  if ('Result-Code' in wishes) return wishes
  const betrayal = betrayedKey(server, wishes, homeAgent, { isColocated, isDirect })
  if (betrayal) return betrayal
  const authorizationLifetimeSeconds = Math.min(
    avps['Authorization-Lifetime'] ?? Number.POSITIVE_INFINITY,
    config.authorizationLifetimeSeconds,
  )
  return {
    homeAgent,
    homeSessionId: isColocated ? avps['Session-Id'] : (homeSession?.sessionId ?? diameter.sessionId()),
    homeAddress,
    acctMultiSessionId: homeSession?.acctMultiSessionId,
    previous: homeSession && !isColocated ? await visitElsewhere(server, avps, subscriber.nai) : undefined,
    isColocated,
    authorizationLifetimeSeconds,
    effective,
    keys: makeSessionKeys(wishes, authentic, {
      lifetimeSeconds: authorizationLifetimeSeconds,
      replay: config.replay,
    }),
  }
}

function isSame(
  { nai, node, role }: Session,
  avps: Request,
  wantedNai: string,
  wantedRole: Session['role'],
): boolean {
  return nai === wantedNai && role === wantedRole && sameIdentity(node, avps['Origin-Host'])
}

async function visitElsewhere(
  { database }: Server,
  avps: Request,
  nai: string,
): Promise<Session | undefined> {
  const sessions = await database.openSessions(nai)
  return sessions.find(
    ({ role, node }) => role === 'foreign-agent' && !sameIdentity(node, avps['Origin-Host']),
  )
}

/** What the request itself says is authenticated; what stands beside it must not say otherwise. */
async function choose(
  { config, database, diameter }: Server,
  avps: Request,
  { subscriber, request }: AuthenticRequest,
  session: Session | undefined,
): Promise<ReturnType<typeof chooseHomeAgent>> {
  const beside = avps['MIP-Home-Agent-Address'] ?? unspecifiedAddress
  if (beside !== request.homeAgent && beside !== unspecifiedAddress)
    return {
      resultCode: resultCode.homeAgentNotAvailable,
      reason: `home agent ${beside} is not the one that the node asks for, ${request.homeAgent}`,
    }
  const origin = avps['MIP-Originating-Foreign-AAA']
  // The server of the realm that the request comes from, not the agent itself.
  const isOfOrigin =
    origin &&
    sameIdentity(origin['Origin-Realm'], avps['Origin-Realm']) &&
    !sameIdentity(origin['Origin-Host'], avps['Origin-Host'])
  const preferred = [
    findExtension(request.extensions, 'requested-home-agent')?.homeAgent,
    avps['MIP-Home-Agent-Host']?.['Destination-Host'].toLowerCase(),
  ]
  const open = new Set(diameter.openPeers.map((identity) => identity.toLowerCase()))
  return chooseHomeAgent(
    {
      requested: request.homeAgent,
      preferred: preferred.filter((each) => each !== undefined),
      features: avps['MIP-Feature-Vector'] ?? 0,
      foreignServer: isOfOrigin ? { host: origin['Origin-Host'], realm: origin['Origin-Realm'] } : undefined,
      hasFixedHomeAddress: subscriber.homeAddress !== undefined,
    },
    {
      realm: config.realm,
      homeAgents: config.homeAgents,
      foreignRealms: config.foreignHomeAgentRealms,
      session,
      isOpen: (identity) => open.has(identity),
      load: session || config.homeAgents.length === 1 ? new Map() : await database.homeAgentLoad(),
    },
  )
}

/** Where Diameter agents may not read keys: the key that one would (RFC 4004, section 3.4). */
function betrayedKey(
  { config, diameter }: Server,
  { foreignAgentHomeAgent, mobileNodeForeignAgent, mobileNodeHomeAgent }: KeyWishes,
  homeAgent: ChosenHomeAgent,
  { isColocated, isDirect }: { isColocated: boolean; isDirect: boolean },
): Refusal | undefined {
  if (config.keysThroughAgents) return undefined
  const wantsForeign = foreignAgentHomeAgent || mobileNodeForeignAgent !== undefined
  const wantsAsking = wantsForeign || (isColocated && mobileNodeHomeAgent)
  if (wantsAsking && !isDirect)
    return refuse(
      'endToEndMipKeyEncryption',
      'who asks for keys is behind a Diameter agent, which may not read them',
    )
  if (isColocated || !(wantsForeign || mobileNodeHomeAgent)) return undefined
  const isPeer = diameter.openPeers.some((peer) => sameIdentity(peer, homeAgent.identity))
  if (isPeer && !homeAgent.isForeign) return undefined
  return sameIdentity(homeAgent.realm, config.realm)
    ? refuse('homeAgentNotAvailable', `${homeAgent.identity} is no open peer, and keys may not go by agents`)
    : refuse('endToEndMipKeyEncryption', 'the home agent is behind a Diameter agent, which may not read keys')
}

/** The fixed one, that of the session, or one of the pool; undefined when it belongs to another network. */
async function homeAddressFor(
  { config, database, clock }: Server,
  { subscriber }: AuthenticRequest,
  { isForeign }: ChosenHomeAgent,
  session: Session | undefined,
): Promise<Ipv4Address | undefined | Refusal> {
  const known = subscriber.homeAddress ?? session?.homeAddress
  if (known !== undefined || isForeign) return known
  const { homeAddressPool, homeAgents } = config
  if (!homeAddressPool)
    return refuse(
      'authorizationRejected',
      'there is neither a home address for the subscriber nor a homeAddressPool',
    )
  const pool = poolWithout(
    homeAddressPool,
    homeAgents.map(({ address }) => address),
  )
  const assigned = await database.assignHomeAddress(subscriber.nai, pool, clock.now())
  return assigned ?? refuse('homeAgentNotAvailable', 'every address of the homeAddressPool is in use')
}

function refuse(code: keyof typeof resultCode, reason: string): Refusal {
  return { 'Result-Code': resultCode[code], 'Error-Message': reason }
}
