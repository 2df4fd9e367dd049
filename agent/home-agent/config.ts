import { z } from 'zod'
import { diameterIdentity, fileName, interfaceName, ipv4Address, realmName, seconds } from '#core/config.ts'
import { encodeIpv4 } from '#core/ipv4.ts'
import { rate } from '#core/units.ts'
import { diameterConfig } from '#diameter/config.ts'
import { authenticationAlgorithms } from '#wire/mobile-ip/authentication.ts'
import { networkReports } from '../network-control/config.ts'
import { bindingPeer } from '../route-optimization/binding-peer.ts'
import { network } from '../route-optimization/network.ts'

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
  /**
   * How long the care-of addresses that a node keeps (S bit) stay after it has registered a further one; absent: each until its own
   * lifetime ends.
   */
  simultaneousSeconds: seconds.optional(),
  /** Whether nodes may, have to, or cannot have what they send tunnelled back (RFC 3024). */
  reverseTunnelling: z.enum(['optional', 'required', 'off']).default('optional'),
  /** Whether nodes may have GRE instead of IP in IP. */
  gre: z.boolean().default(true),
  /** Without an interface the home addresses are routed to the agent, and there is no home link. */
  homeNetwork: z
    .strictObject({
      /**
       * The agent is a host on this link: it answers ARP for nodes that are away (RFC 5944, section 4.6), and advertises itself, so that
       * nodes know when they are at home.
       */
      interface: interfaceName.optional(),
      /** Of that link's addresses; advertised where it is given. Nodes without a home agent of their own need it. */
      prefixLength: z.number().int().min(1).max(32).optional(),
      /** The default router of nodes that are at home; the agent when absent. */
      router: ipv4Address.optional(),
      advertisementSeconds: seconds.default(1),
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
    .prefault({}),
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
  /** Who is told where nodes are, so that packets of correspondents need not come here. */
  routeOptimization: z
    .strictObject({
      correspondentAgents: z.array(
        z.strictObject({
          ...bindingPeer,
          /**
           * The foreign agents that accept its tunnels, as care-of addresses or networks of them. Packets for nodes at others go on
           * coming by this agent.
           */
          careOfNetworks: z.array(network).min(1),
        }),
      ),
      /** For so long from its question on, a correspondent agent knows where a node is, and is told of changes. */
      lifetimeSeconds: seconds.min(1).max(65_534).default(300),
    })
    .prefault({ correspondentAgents: [] }),
  /** Holds what the agent goes on with after a restart: bindings and keys. The default is a folder beside the configuration. */
  stateFolder: fileName.prefault('state'),
  /** What the home servers are told of the uplink. */
  networkReports,
})

export type HomeAgentConfig = z.output<typeof homeAgentConfig>
