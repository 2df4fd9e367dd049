/** Agents that a mobile node hears (RFC 5944, section 2.4). Pure. */
import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import { decodeAgentAdvertisement } from '#wire/mobile-ip/agent-advertisement.ts'
import { findExtension } from '#wire/mobile-ip/extension-format.ts'
import type { ReceivedDiscovery } from '../access-link/access-link.ts'

/** A foreign agent as its last advertisement describes it. */
export interface HeardAgent {
  address: Ipv4Address
  linkAddress: LinkAddress
  careOfAddress: Ipv4Address
  sequence: number
  /** How long the advertisement counts. */
  lifetimeSeconds: number
  /** The longest registration that the agent takes. */
  registrationLifetimeSeconds: number
  busy: boolean
}

/** The foreign agent that an ICMP message advertises; undefined when it is another router. @throws WireError */
export function readAdvertisement({
  sourceLinkAddress,
  source,
  message,
}: ReceivedDiscovery): HeardAgent | undefined {
  const { lifetimeSeconds, extensions } = decodeAgentAdvertisement(message)
  const agent = findExtension(extensions, 'mobility-agent')
  const careOfAddress = agent?.careOfAddresses[0]
  if (!agent?.flags.foreignAgent || careOfAddress === undefined) return undefined
  const { sequence, registrationLifetimeSeconds, flags } = agent
  return {
    address: source,
    linkAddress: sourceLinkAddress,
    careOfAddress,
    sequence,
    lifetimeSeconds,
    registrationLifetimeSeconds,
    busy: flags.busy,
  }
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

/** RFC 5944, section 2.4: one a second for the first three, then ever more rarely. */
export function solicitationInterval(sent: number): number {
  const quick = 3
  return Math.min(1000 * 2 ** Math.max(0, sent - quick), 64_000)
}
