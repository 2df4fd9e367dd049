import { avpsNamed, firstValue } from '#wire/diameter/group.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import type { DiameterConfig } from './config.ts'
import { type LocalIdentity, sameIdentity } from './local-identity.ts'

/** A neighbour as routing sees it. */
export interface NextHop {
  identity: string
  /** Known once it was open. */
  realm: string | undefined
  /** Open, and its watchdog is content. */
  isUsable: boolean
  /** Open again after its connection broke, and not proven yet (REOPEN of RFC 3539): taken where no other leads there. */
  isDoubted: boolean
  supports(applicationId: number): boolean
}

export type Routed<Hop> =
  | { kind: 'local' }
  | { kind: 'forward'; to: Hop }
  | { kind: 'refuse'; resultCode: number; why: string }

export interface RoutingTable<Hop extends NextHop> {
  local: LocalIdentity
  routes: DiameterConfig['routes']
  peers: readonly Hop[]
}

export interface RouteOptions<Hop> {
  /** Have had the request already. */
  except?: ReadonlySet<Hop>
  /** Instead of the destination: where a redirect agent sends it. */
  hosts?: readonly string[]
}

/**
 * Where a request goes (RFC 6733, section 6.1). `from`: the peer that sent it, absent for our own. Realm routes are tried in this
 * order: the configured ones for the realm, a neighbour that is of the realm itself, the default `*`. What somebody else sends into
 * our own realm goes to the host that it names, or by a route that names the realm: a neighbour there is an end, not a way.
 * @throws wire/malformed when the request's routing AVPs cannot be read
 */
export function route<Hop extends NextHop>(
  table: RoutingTable<Hop>,
  request: RawMessage,
  from?: Hop,
  { except, hosts }: RouteOptions<Hop> = {},
): Routed<Hop> {
  const { local, peers } = table
  const host = firstValue(request.avps, 'Destination-Host')
  const realm = firstValue(request.avps, 'Destination-Realm')
  const visited = routeRecords(request)
  if (from !== undefined) {
    if (visited.some((identity) => local.is(identity)))
      return refuse(resultCode.loopDetected, `${local.identity} is already in its Route-Record`)
    if (isForUs(local, request.applicationId, host, realm)) return { kind: 'local' }
    if (!('relay' in local.applications))
      return refuse(resultCode.unableToDeliver, `${local.identity} relays for nobody`)
    if (!request.proxiable) return refuse(resultCode.unableToDeliver, 'the request may not be forwarded')
  }
  const canTake = (peer: Hop): boolean =>
    peer !== from &&
    except?.has(peer) !== true &&
    peer.supports(request.applicationId) &&
    !visited.some((identity) => sameIdentity(identity, peer.identity))

  const named = (name: string): Hop[] => peers.filter((peer) => sameIdentity(peer.identity, name))
  const candidates = (): readonly Hop[] => {
    if (hosts !== undefined) return hosts.flatMap(named)
    const destination = host === undefined ? [] : named(host)
    if (destination.length > 0) return destination
    const isOwnRealm = realm !== undefined && sameIdentity(realm, local.realm)
    return peersTowards(realm, table, from !== undefined && isOwnRealm)
  }
  const able = candidates().filter(canTake)
  const to = able.find(({ isUsable }) => isUsable) ?? able.find(({ isDoubted }) => isDoubted)
  if (to !== undefined) return { kind: 'forward', to }
  const target = [host, realm && `realm ${realm}`].filter(Boolean).join(', ') || 'an unnamed destination'
  return refuse(resultCode.unableToDeliver, `no open peer leads to ${target}`)
}

/** Sheet of RFC 6733, section 6.1.4: ours by name, or by our realm and application without a name, or addressed to nobody. */
function isForUs(
  { identity, realm: ownRealm, applications }: LocalIdentity,
  applicationId: number,
  host: string | undefined,
  realm: string | undefined,
): boolean {
  if (host !== undefined) return sameIdentity(host, identity)
  if (realm === undefined) return true
  return sameIdentity(realm, ownRealm) && (!('relay' in applications) || applicationId === 0)
}

/** `isEnd`: the realm is ours, and what others send there goes no further than the routes that name it. */
function peersTowards<Hop extends NextHop>(
  realm: string | undefined,
  { routes, peers }: RoutingTable<Hop>,
  isEnd: boolean,
): Hop[] {
  if (realm === undefined) return []
  const routed = (wanted: string): Hop[] =>
    routes
      .filter((entry) => sameIdentity(entry.realm, wanted))
      .flatMap((entry) => peers.filter((peer) => sameIdentity(peer.identity, entry.peer)))
  if (isEnd) return routed(realm)
  const ofRealm = peers.filter((peer) => peer.realm !== undefined && sameIdentity(peer.realm, realm))
  return [...routed(realm), ...ofRealm, ...routed('*')]
}

function routeRecords({ avps }: RawMessage): string[] {
  return avpsNamed(avps, 'Route-Record').map(({ data }) => data.toString('latin1'))
}

function refuse<Hop>(code: number, why: string): Routed<Hop> {
  return { kind: 'refuse', resultCode: code, why }
}
