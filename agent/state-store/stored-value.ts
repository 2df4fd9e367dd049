/** Schemas of what both agents keep over restarts: values as the agents have them, and as JSON can say them. */
import { z } from 'zod'
import type { ServiceProfile } from '#wire/diameter/service-profile.ts'
import { authenticationAlgorithms, type MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'
import type { AuthorizedSession } from '../authorized-session/authorized-session.ts'
import type { AgentAssociation } from '../revocation/agent-association.ts'

export const bytes = z.codec(z.base64(), z.instanceof(Buffer), {
  decode: (text) => Buffer.from(text, 'base64'),
  encode: (value) => value.toString('base64'),
})

/** JSON has no 64-bit numbers. */
export const wholeNumber = z.codec(z.string().regex(/^-?\d+$/), z.bigint(), {
  decode: BigInt,
  encode: String,
})

/** Milliseconds since 1970; JSON has no infinity, which is `null`. */
export const moment = z.codec(
  z.number().nullable(),
  z.custom<number>((value) => typeof value === 'number'),
  {
    decode: (value) => value ?? Number.POSITIVE_INFINITY,
    encode: (value) => (value === Number.POSITIVE_INFINITY ? null : value),
  },
)

export const ipv4 = z.ipv4()

export const securityAssociation = z.strictObject({
  spi: z.number(),
  key: bytes,
  algorithm: z.enum(authenticationAlgorithms),
}) satisfies z.ZodType<MobilitySecurityAssociation>

export const agentAssociation = z.strictObject({
  incoming: securityAssociation,
  outgoing: securityAssociation,
  expiresAtMilliseconds: moment,
}) satisfies z.ZodType<AgentAssociation>

export const authorizedSession = z.strictObject({
  sessionId: z.string(),
  acctMultiSessionId: z.string(),
  server: z.strictObject({ host: z.string().exactOptional(), realm: z.string() }),
  authorizedUntilMilliseconds: moment,
  isStateless: z.boolean().exactOptional(),
  binding: z.number().exactOptional(),
}) satisfies z.ZodType<AuthorizedSession>

const rates = { rateBitsPerSecond: z.number(), ceilBitsPerSecond: z.number() }
const shaping = z.strictObject({ ...rates, priority: z.number() })
const ports = z.union([z.number(), z.strictObject({ first: z.number(), last: z.number() })])
const match = z.strictObject({
  protocol: z.union([z.enum(['tcp', 'udp', 'sctp', 'icmp']), z.number()]).exactOptional(),
  correspondent: z.string().exactOptional(),
  sourcePort: ports.exactOptional(),
  destinationPort: ports.exactOptional(),
})

export const serviceProfile = z.strictObject({
  name: z.string(),
  revision: z.number(),
  downlink: shaping,
  uplink: z.strictObject(rates).exactOptional(),
  dscp: z.number().exactOptional(),
  filters: z
    .array(
      z.strictObject({
        direction: z.enum(['downlink', 'uplink']),
        match,
        action: z.enum(['drop', 'pass']),
      }),
    )
    .exactOptional(),
  flows: z
    .array(
      z.strictObject({
        name: z.string(),
        match,
        shaping,
        dscp: z.number().exactOptional(),
        flowLabel: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
}) satisfies z.ZodType<ServiceProfile>
