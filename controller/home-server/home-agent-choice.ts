import { type Ipv4Address, limitedBroadcast, unspecifiedAddress } from '#core/ipv4.ts'
import type { Session } from '../database/service-control-database.ts'
import type { HomeServerConfig } from './config.ts'

export type HomeAgent = HomeServerConfig['homeAgents'][number]

/**
 * The home agent for a registration, or undefined when the one asked for is not at hand. 0.0.0.0 and
 * 255.255.255.255 leave the choice to the home server (RFC 4004, section 3.2); a session stays with its home
 * agent.
 */
export function chooseHomeAgent(
  requested: Ipv4Address,
  homeAgents: readonly HomeAgent[],
  session: Pick<Session, 'node'> | undefined,
): HomeAgent | undefined {
  const candidates = session ? homeAgents.filter(({ identity }) => identity === session.node) : homeAgents
  if (requested === unspecifiedAddress || requested === limitedBroadcast) return candidates[0]
  return candidates.find(({ address }) => address === requested)
}
