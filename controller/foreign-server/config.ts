import { z } from 'zod'
import { diameterIdentity, ipv4Address, realmName } from '#core/config.ts'
import { diameterConfig } from '#diameter/config.ts'

/** Configuration of a foreign server (AAAF). */
export const foreignServerConfig = z.strictObject({
  identity: diameterIdentity,
  realm: realmName,
  diameter: diameterConfig,
  /** Home agents of this realm for visitors whose home realm allows it, by preference; none: the server is a mere relay. */
  homeAgents: z
    .array(z.strictObject({ identity: diameterIdentity.toLowerCase(), address: ipv4Address }))
    .default([]),
})

export type ForeignServerConfig = z.output<typeof foreignServerConfig>
