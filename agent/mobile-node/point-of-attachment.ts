/** Where a mobile node is reached: through a foreign agent, at a care-of address of its own, or at home. Pure. */
import { type Ipv4Address, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import { type HeardAgent, isSameAgent, isWithin } from './agent-discovery.ts'

export type PointOfAttachment =
  | { kind: 'foreign-agent'; careOfAddress: Ipv4Address; agent: HeardAgent }
  /** `agent`: a foreign agent that wants to hear registrations all the same (the R bit); else they go straight to the home agent. */
  | { kind: 'co-located'; careOfAddress: Ipv4Address; agent: HeardAgent | undefined }
  /** The care-of address is the home address, for all bindings are to go (RFC 5944, section 3.6.1.1). */
  | { kind: 'home'; careOfAddress: Ipv4Address; agent: HeardAgent }

/** Who the node is, as far as is known: 0.0.0.0 for what is to be allocated, for the agent also 255.255.255.255 (RFC 4433). */
export interface Home {
  homeAddress: Ipv4Address
  homeAgent: Ipv4Address
}

/** What the node asks for beside the registration itself. */
export interface Terms {
  /** RFC 3024: how packets are handed over that go back through the home agent. */
  reverseTunnel: 'direct' | 'encapsulating' | undefined
  encapsulation: 'ipip' | 'gre'
  /** RFC 6245: the key of what the home agent sends; co-located only. */
  greKey: number | undefined
  /** RFC 3519; co-located only. */
  udpTunnel: boolean
}

/** Whether an address in the home agent field names no agent. */
export function isDynamic(homeAgent: Ipv4Address): boolean {
  return homeAgent === unspecifiedAddress || homeAgent === limitedBroadcast
}

/** Whether an advertisement says that the node is at home: it is its home agent's, or of its home network (RFC 5944, section 2.4.3). */
function isHome({ flags, address, prefix }: HeardAgent, { homeAddress, homeAgent }: Home): boolean {
  if (!flags.homeAgent || homeAddress === unspecifiedAddress) return false
  return address === homeAgent || (prefix !== undefined && isWithin(homeAddress, prefix))
}

/** What an agent is to the node, or undefined when it is of no use. `ownAddress`: of a node that uses its own care-of address. */
export function pointOf(
  agent: HeardAgent,
  home: Home,
  { coLocated, ownAddress }: { coLocated: boolean; ownAddress: Ipv4Address | undefined },
): PointOfAttachment | undefined {
  if (isHome(agent, home)) return { kind: 'home', careOfAddress: home.homeAddress, agent }
  if (agent.careOfAddress === undefined) return undefined
  if (!coLocated) return { kind: 'foreign-agent', careOfAddress: agent.careOfAddress, agent }
  if (ownAddress === undefined || !agent.flags.registrationRequired) return undefined
  return { kind: 'co-located', careOfAddress: ownAddress, agent }
}

export function isSamePoint(one: PointOfAttachment, other: PointOfAttachment): boolean {
  if (one.kind !== other.kind || one.careOfAddress !== other.careOfAddress) return false
  return one.agent && other.agent ? isSameAgent(one.agent, other.agent) : one.agent === other.agent
}

/** Whether a point takes a new registration of a node with these wishes. */
export function isOpenTo({ kind, agent }: PointOfAttachment, { reverseTunnel }: Terms): boolean {
  if (kind === 'home' || !agent) return true
  return !agent.flags.busy && (reverseTunnel === undefined || agent.flags.reverseTunnelling)
}

/** What of the wishes can be asked for at a point (RFC 5944, section 3.3: only what the agent advertises). */
export function termsAt({ kind, agent }: PointOfAttachment, wishes: Terms): Terms {
  if (kind === 'foreign-agent') {
    const encapsulation = agent.flags.gre ? wishes.encapsulation : 'ipip'
    return { ...wishes, encapsulation, greKey: undefined, udpTunnel: false }
  }
  return { ...wishes, udpTunnel: wishes.udpTunnel && !agent }
}
