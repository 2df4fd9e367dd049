/** Agents that a mobile node hears (RFC 5944, section 2.4). Pure. */
import { decodeIpv4, encodeIpv4, type Ipv4Address, type LinkAddress } from '#core/ipv4.ts'
import {
  type AgentAdvertisement,
  decodeAgentAdvertisement,
  type MobilityAgentFlags,
} from '#wire/mobile-ip/agent-advertisement.ts'
import { findExtension } from '#wire/mobile-ip/extension-format.ts'
import type { ReceivedDiscovery } from '../access-link/access-link.ts'

/** A mobility agent as its last advertisement describes it. */
export interface HeardAgent {
  address: Ipv4Address
  linkAddress: LinkAddress
  /** Undefined where the agent is a home agent only. */
  careOfAddress: Ipv4Address | undefined
  sequence: number
  /** How long the advertisement counts. */
  lifetimeSeconds: number
  /** The longest registration that the agent takes. */
  registrationLifetimeSeconds: number
  flags: MobilityAgentFlags
  /** Of the agent's link, such as `10.1.101.0/24`, where it is advertised. */
  prefix: string | undefined
  /** The default router that it names, for those who are at home on its link; mostly the agent itself. */
  router: Ipv4Address
  /** The newest one (RFC 4721). */
  challenge: Buffer | undefined
}

/** The agent that an ICMP message advertises; undefined when it is another router, or of no use. @throws WireError */
export function readAdvertisement({
  sourceLinkAddress,
  source,
  message,
}: ReceivedDiscovery): HeardAgent | undefined {
  const advertisement = decodeAgentAdvertisement(message)
  const { lifetimeSeconds, routers, extensions } = advertisement
  const agent = findExtension(extensions, 'mobility-agent')
  if (!agent) return undefined
  const { sequence, registrationLifetimeSeconds, flags } = agent
  const careOfAddress = flags.foreignAgent ? agent.careOfAddresses[0] : undefined
  if (careOfAddress === undefined && !flags.homeAgent) return undefined
  return {
    address: source,
    linkAddress: sourceLinkAddress,
    careOfAddress,
    sequence,
    lifetimeSeconds,
    registrationLifetimeSeconds,
    flags,
    prefix: linkPrefix(source, advertisement),
    router: preferredRouter(routers) ?? source,
    challenge: findExtension(extensions, 'challenge')?.challenge,
  }
}

/** RFC 1256, section 5.1: the highest preference level, the first of several. */
function preferredRouter(routers: AgentAdvertisement['routers']): Ipv4Address | undefined {
  return routers.toSorted((one, other) => other.preferenceLevel - one.preferenceLevel)[0]?.address
}

/** The prefix of the sender's own router entry, or of the first (RFC 5944, section 2.1.2). */
function linkPrefix(source: Ipv4Address, { routers, extensions }: AgentAdvertisement): string | undefined {
  const lengths = findExtension(extensions, 'prefix-lengths')?.prefixLengths ?? []
  const own = Math.max(
    0,
    routers.findIndex(({ address }) => address === source),
  )
  const [router, length] = [routers[own], lengths[own]]
  if (!router || length === undefined || length < 1 || length > 32) return undefined
  return prefixOf(router.address, length)
}

function prefixOf(address: Ipv4Address, length: number): string {
  const mask = (0xffff_ffff << (32 - length)) >>> 0
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE((encodeIpv4(address).readUInt32BE() & mask) >>> 0)
  return `${decodeIpv4(bytes)}/${length}`
}

/** Whether an address belongs to a prefix such as `192.0.2.0/24`. */
export function isWithin(address: Ipv4Address, prefix: string): boolean {
  return prefixOf(address, Number(prefix.split('/')[1])) === prefix
}

export function isSameAgent(one: HeardAgent, other: HeardAgent): boolean {
  return one.address === other.address && one.careOfAddress === other.careOfAddress
}

/** Numbers up to this are used only after a start: a wrap goes on behind them (RFC 5944, section 2.3.2). */
const lastSequenceOfStart = 255

/** Whether an agent has lost its visitors since: its sequence number fell back (RFC 5944, section 2.4.2.3). */
export function hasRestarted(before: HeardAgent, now: HeardAgent): boolean {
  return now.sequence < before.sequence && now.sequence <= lastSequenceOfStart
}

/**
 * Milliseconds until the next solicitation (RFC 5944, section 2.4): one a second for the first three, then ever more rarely.
 * `random`: from 0 to 1, so that the nodes of a link do not solicit all at once.
 */
export function solicitationInterval(sent: number, random: number): number {
  const quick = 3
  if (sent <= quick) return 1000
  return Math.min(1000 * 2 ** (sent - quick), 64_000) * (1 + random / 4)
}
