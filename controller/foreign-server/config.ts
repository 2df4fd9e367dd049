import { z } from 'zod'
import { diameterIdentity, realmName } from '#core/config.ts'
import { diameterConfig } from '#diameter/config.ts'

/** Configuration of a foreign server (AAAF). */
export const foreignServerConfig = z.strictObject({
  identity: diameterIdentity,
  realm: realmName,
  diameter: diameterConfig,
})

export type ForeignServerConfig = z.output<typeof foreignServerConfig>
