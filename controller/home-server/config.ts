import { z } from 'zod'
import { diameterIdentity, fileName, ipv4Address, realmName, seconds } from '#core/config.ts'
import { diameterConfig } from '#diameter/config.ts'
import { databaseLocation } from '../database/config.ts'
import { timeZone } from '../profile/trigger.ts'
import { homeAddressPool } from './home-address-pool.ts'

/** Configuration of a home server (AAAH). */
export const homeServerConfig = z.strictObject({
  identity: diameterIdentity,
  realm: realmName,
  diameter: diameterConfig,
  /** The service control database: an SQLite file, created when it is missing, or where PostgreSQL is. */
  database: databaseLocation,
  /** Of the realm (IANA): where a day and a month of usage begin. */
  timeZone: timeZone.default('UTC'),
  /** The home agents of this realm. A node that names none gets the one that has the fewest sessions. */
  homeAgents: z
    .array(z.strictObject({ identity: diameterIdentity.toLowerCase(), address: ipv4Address }))
    .min(1),
  /** Who may say how addresses of subscribers are translated. */
  addressTranslators: z.array(diameterIdentity.toLowerCase()).default([]),
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
  handover: z
    .strictObject({
      /** How long a node's previous foreign agent sends what is in flight to the new one; 0: not at all. */
      forwardingSeconds: z.number().min(0).max(60).default(2),
      /** Whether the new foreign agent is set up before the home agent switches. Without it, nothing is forwarded either. */
      provisionFirst: z.boolean().default(true),
    })
    .prefault({}),
  operatorApi: z
    .strictObject({
      address: ipv4Address.default('127.0.0.1'),
      port: z.int().min(0).max(65535).default(8080),
      /** Holds the operators' tokens, a line `NAME ROLE TOKEN` each, or the one token of an admin. Read again when it changes. */
      tokenFile: fileName,
      /** PEM files, read again when they change. Without them it talks plain HTTP, on loopback only. */
      tls: z.strictObject({ certificate: fileName, key: fileName }).optional(),
      /** Of each token. */
      requestsPerMinute: z.int().min(1).default(1200),
    })
    .refine(({ address, tls }) => tls !== undefined || address.startsWith('127.'), {
      path: ['tls'],
      message: 'is needed at another address than loopback: tokens would go over the network in the clear',
    }),
})

export type HomeServerConfig = z.output<typeof homeServerConfig>
