import { z } from 'zod'
import { diameterIdentity, ipv4Address, realmName } from '#core/config.ts'

const port = z.number().int().min(1).max(65535)

const peer = z.strictObject({
  identity: diameterIdentity,
  /** Dialled, and dialled again, at this address; without it the peer is only accepted. */
  connect: ipv4Address.optional(),
  port: port.default(3868),
})

const route = z.strictObject({
  realm: z.union([realmName, z.literal('*')]),
  peer: diameterIdentity,
})

/**
 * The `diameter:` part of a role's configuration. `security: none` must be written out: it says that the peers talk plain TCP, so the
 * network between them has to be protected by other means.
 */
export const diameterConfig = z
  .strictObject({
    security: z.literal(
      'none',
      'must be "none": plain TCP is all there is, and the configuration has to say so',
    ),
    listen: z.strictObject({ address: ipv4Address, port: port.default(3868) }).optional(),
    peers: z.array(peer).min(1),
    routes: z.array(route).default([]),
    requestTimeoutSeconds: z.number().positive().default(5),
    /** Twinit of RFC 3539, section 3.4.1, which forbids less than 6 seconds. */
    watchdogSeconds: z.number().min(6).default(30),
  })
  .superRefine((config, context) => {
    const known = new Set(config.peers.map(({ identity }) => identity.toLowerCase()))
    if (known.size < config.peers.length) context.addIssue('peers: each identity may stand only once')
    config.routes.forEach(({ peer: name }, index) => {
      if (!known.has(name.toLowerCase()))
        context.addIssue({
          code: 'custom',
          path: ['routes', index, 'peer'],
          message: `"${name}" is not among the peers`,
        })
    })
  })

export type DiameterConfig = z.output<typeof diameterConfig>
