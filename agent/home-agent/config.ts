import { z } from 'zod'
import { diameterIdentity, interfaceName, ipv4Address, realmName, seconds } from '#core/config.ts'
import { rate } from '#core/units.ts'
import { diameterConfig } from '#diameter/config.ts'

/** Configuration of a home agent. */
export const homeAgentConfig = z.strictObject({
  identity: diameterIdentity,
  realm: realmName,
  diameter: diameterConfig,
  /** Mobile nodes know the home agent by this address, and tunnels start here. */
  address: ipv4Address,
  interfaces: z.strictObject({
    /** Where packets of correspondents arrive. */
    ingress: z.array(interfaceName).min(1),
    /** Towards the foreign agents: shaped. */
    uplink: interfaceName,
  }),
  uplinkRate: rate,
  /** Longer requests are granted this (RFC 5944, section 3.8.3.2). */
  maximumLifetimeSeconds: seconds.max(65_534).default(1800),
})

export type HomeAgentConfig = z.output<typeof homeAgentConfig>
