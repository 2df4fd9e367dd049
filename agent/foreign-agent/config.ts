import { z } from 'zod'
import { diameterIdentity, interfaceName, ipv4Address, realmName, seconds } from '#core/config.ts'
import { rate } from '#core/units.ts'
import { diameterConfig } from '#diameter/config.ts'

/** Configuration of a foreign agent. */
export const foreignAgentConfig = z.strictObject({
  identity: diameterIdentity,
  realm: realmName,
  diameter: diameterConfig,
  /** The end of the tunnels; an address of this host that home agents can reach. */
  careOfAddress: ipv4Address,
  /** The link on which mobile nodes visit. */
  access: z.strictObject({ interface: interfaceName, address: ipv4Address, rate }),
  advertisement: z
    .strictObject({
      intervalSeconds: seconds.default(1),
      /** Longer requests are refused with code 69. */
      registrationLifetimeSeconds: z.number().int().min(1).max(65_534).default(1800),
    })
    .prefault({}),
  /** More registrations than this under way at once are refused with code 66. */
  maximumPendingRegistrations: z.number().int().positive().default(64),
  /** A registration that takes longer is given up with code 78 (RFC 5944, section 3.7.1). */
  registrationTimeoutSeconds: seconds.default(7),
})

export type ForeignAgentConfig = z.output<typeof foreignAgentConfig>
