import { z } from 'zod'
import { diameterIdentity, fileName, ipv4Address, realmName } from '#core/config.ts'
import { type Security, securities } from './transport-security.ts'

const port = z.number().int().min(1).max(65535)

/** RFC 6733, section 2.1. Its section 11.4 and IANA say 5868 for TLS, where freeDiameter listens. */
const defaultPort: Record<Security, number> = { none: 3868, 'inband-tls': 3868, tls: 5658 }

const security = z.enum(
  securities,
  'must be "tls", "inband-tls" or "none": plain TCP too has to be written out',
)

const peer = z.strictObject({
  identity: diameterIdentity,
  /** Dialled, and dialled again, at this address; without it the peer is only accepted. */
  connect: ipv4Address.optional(),
  port: port.optional(),
  /** Where it differs from that of the node. */
  security: security.optional(),
})

const route = z.strictObject({
  realm: z.union([realmName, z.literal('*')]),
  peer: diameterIdentity,
})

/** PEM files: see `CredentialFiles`. */
const credentials = z.strictObject({ certificate: fileName, key: fileName, authorities: fileName })

/**
 * The `diameter:` part of a role's configuration. `security: none` must be written out: it says that the peers talk plain TCP, so the
 * network between them has to be protected by other means.
 */
export const diameterConfig = z
  .strictObject({
    security,
    credentials: credentials.optional(),
    listen: z
      .strictObject({
        address: ipv4Address,
        /** For peers of security none and inband-tls. */
        port: port.default(defaultPort.none),
        /** For peers of security tls. */
        tlsPort: port.default(defaultPort.tls),
      })
      .optional(),
    peers: z.array(peer).min(1),
    routes: z.array(route).default([]),
    requestTimeoutSeconds: z.number().positive().default(5),
    /** Twinit of RFC 3539, section 3.4.1, which forbids less than 6 seconds. */
    watchdogSeconds: z.number().min(6).default(30),
  })
  .superRefine((config, context) => {
    const known = new Set(config.peers.map(({ identity }) => identity.toLowerCase()))
    if (known.size < config.peers.length) context.addIssue('peers: each identity may stand only once')
    const secured = config.peers.find((each) => (each.security ?? config.security) !== 'none')
    if (secured !== undefined && config.credentials === undefined)
      context.addIssue({
        code: 'custom',
        path: ['credentials'],
        message: `TLS with ${secured.identity} needs certificate, key and authorities`,
      })
    config.routes.forEach(({ peer: name }, index) => {
      if (!known.has(name.toLowerCase()))
        context.addIssue({
          code: 'custom',
          path: ['routes', index, 'peer'],
          message: `"${name}" is not among the peers`,
        })
    })
  })
  .transform((config) => ({
    ...config,
    peers: config.peers.map((each) => {
      const chosen = each.security ?? config.security
      return { ...each, security: chosen, port: each.port ?? defaultPort[chosen] }
    }),
  }))

export type DiameterConfig = z.output<typeof diameterConfig>
