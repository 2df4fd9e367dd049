import { z } from 'zod'
import { diameterIdentity, fileName, ipv4Address, realmName, seconds } from '#core/config.ts'
import { diameterConfig } from '#diameter/config.ts'
import { homeAddressPool } from './home-address-pool.ts'

/** Configuration of a home server (AAAH). */
export const homeServerConfig = z.strictObject({
  identity: diameterIdentity,
  realm: realmName,
  diameter: diameterConfig,
  /** SQLite file of the service control database; created when it is missing. */
  database: fileName,
  /** The home agents of this realm. A node that names none gets the one that has the fewest sessions. */
  homeAgents: z
    .array(z.strictObject({ identity: diameterIdentity.toLowerCase(), address: ipv4Address }))
    .min(1),
  /** Realms whose servers may provide a node's home agent, in their own network. */
  foreignHomeAgentRealms: z.array(realmName.toLowerCase()).default([]),
  /** For subscribers without a fixed home address. */
  homeAddressPool: homeAddressPool.optional(),
  /** Whether session keys may go by Diameter agents, who can read them; if not, such requests are refused. */
  keysThroughAgents: z.boolean().default(true),
  /** How registrations between a node and its home agent are told from repeated ones (RFC 5944, section 5.7). */
  replay: z.enum(['timestamps', 'nonces']).default('timestamps'),
  /** After this a mobile node has to authenticate to the home server again. */
  authorizationLifetimeSeconds: seconds.int().default(7200),
  /** How often foreign agents report usage, and so how soon a volume condition is noticed. */
  accountingInterimSeconds: seconds.int().default(60),
  operatorApi: z.strictObject({
    address: ipv4Address.default('127.0.0.1'),
    port: z.int().min(0).max(65535).default(8080),
    /** Holds the bearer token of the operators. */
    tokenFile: fileName,
  }),
})

export type HomeServerConfig = z.output<typeof homeServerConfig>
