import { z } from 'zod'
import { diameterIdentity, fileName, interfaceName, ipv4Address, realmName, seconds } from '#core/config.ts'
import { encodeIpv4 } from '#core/ipv4.ts'
import { rate } from '#core/units.ts'
import { diameterConfig } from '#diameter/config.ts'
import { authenticationAlgorithms } from '#wire/mobile-ip/authentication.ts'
import { networkReports } from '../network-control/config.ts'

/** SPIs up to 255 are reserved (RFC 5944, section 1.6). */
const spi = z.int().min(256).max(0xffff_ffff)

/** Configuration of a home agent. */
export const homeAgentConfig = z.strictObject({
  identity: diameterIdentity,
  realm: realmName,
  diameter: diameterConfig,
  /** Mobile nodes know the home agent by this address, and tunnels start here. */
  address: ipv4Address,
  /** Towards the foreign agents: shaped. */
  uplink: z.strictObject({ interface: interfaceName, rate }),
  /** Longer requests are granted this (RFC 5944, section 3.8.3.2). */
  maximumLifetimeSeconds: seconds.max(65_534).default(1800),
  /** Whether nodes may, have to, or cannot have what they send tunnelled back (RFC 3024). */
  reverseTunnelling: z.enum(['optional', 'required', 'off']).default('optional'),
  /** Whether nodes may have GRE instead of IP in IP. */
  gre: z.boolean().default(true),
  /** Absent where the home addresses are routed to the agent, and there is no home link. */
  homeNetwork: z
    .strictObject({
      /** The agent is a host on this link: it answers ARP for nodes that are away (RFC 5944, section 4.6). */
      interface: interfaceName.optional(),
      /** Nodes that look for a home agent ask this address (RFC 5944, section 3.6.1.2). */
      broadcastAddress: ipv4Address.optional(),
      /** For nodes whose home server leaves it to the agent to give them an address (RFC 4004, section 5.3). */
      assign: z
        .strictObject({ first: ipv4Address, last: ipv4Address })
        .refine(
          ({ first, last }) => encodeIpv4(first).compare(encodeIpv4(last)) <= 0,
          'first must not be above last',
        )
        .optional(),
    })
    .optional(),
  /** Foreign agents with a key of their own; others get one from the home server. */
  foreignAgents: z
    .array(
      z.strictObject({
        careOfAddress: ipv4Address,
        /** The same in both directions. */
        spi,
        algorithm: z.enum(authenticationAlgorithms).default('hmac-sha1'),
        keyFile: fileName,
      }),
    )
    .default([]),
  /** What the home servers are told of the uplink. */
  networkReports,
})

export type HomeAgentConfig = z.output<typeof homeAgentConfig>
