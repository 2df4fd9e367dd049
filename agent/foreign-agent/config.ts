import { z } from 'zod'
import { diameterIdentity, fileName, interfaceName, ipv4Address, realmName, seconds } from '#core/config.ts'
import { rate } from '#core/units.ts'
import { diameterConfig } from '#diameter/config.ts'
import { footprintLimits } from '../datapath/footprint.ts'
import { networkReports } from '../network-control/config.ts'

const limit = z.number().int().positive()

/** Configuration of a foreign agent. */
export const foreignAgentConfig = z
  .strictObject({
    identity: diameterIdentity,
    realm: realmName,
    diameter: diameterConfig,
    /** The end of the tunnels; an address of this host that home agents can reach. */
    careOfAddress: ipv4Address,
    /** The link on which mobile nodes visit. The length of its prefix is advertised where it is given. */
    access: z.strictObject({
      interface: interfaceName,
      address: ipv4Address,
      rate,
      prefixLength: z.number().int().min(0).max(32).optional(),
    }),
    /** Where reverse tunnels go out, and at which rate: the uplink is shaped there. Without it, it is limited on the access link. */
    uplink: z.strictObject({ interface: interfaceName, rate }).optional(),
    advertisement: z
      .strictObject({
        intervalSeconds: seconds.default(1),
        /** Longer requests are refused with code 69. */
        registrationLifetimeSeconds: z.number().int().min(1).max(65_534).default(1800),
      })
      .prefault({}),
    /** Whether a request must bear one of the last five advertised challenges (RFC 4721); codes 104 to 106. */
    challenge: z.enum(['required', 'off']).default('off'),
    /** GRE where a node asks for it, with a key of the home agent's if `keyed` (RFC 6245); code 72. */
    gre: z.enum(['off', 'plain', 'keyed']).default('off'),
    /** RFC 3024; codes 74 to 76, and 79 for a node that wants to encapsulate by itself where it may not. */
    reverseTunnelling: z.enum(['off', 'offered', 'required']).default('off'),
    encapsulatingDelivery: z.boolean().default(true),
    /** Whether registrations of nodes with a care-of address of their own are relayed; else code 65. */
    coLocatedNodes: z.boolean().default(false),
    /** Whether home servers are asked for keys with the home agents, so that each can tell the other's messages (RFC 4004). */
    homeAgentKeys: z.enum(['request', 'off']).default('off'),
    /** Whether either agent may end a registration at the other (RFC 3543). Needs `homeAgentKeys: request`. */
    revocation: z.boolean().default(false),
    /** Whether a node gets its home agent's reply along with a denial of this agent (RFC 4636). Older nodes discard such a message. */
    errorExtension: z.boolean().default(false),
    /** More than these are refused with code 66. */
    maximumVisitors: limit.default(10_000),
    maximumPendingRegistrations: limit.default(64),
    maximumPendingPerNode: limit.default(5),
    /** A registration that takes longer is given up with code 78 (RFC 5944, section 3.7.1). */
    registrationTimeoutSeconds: seconds.default(7),
    /**
     * Holds what the agent goes on with after a restart, visitors and keys, and the usage records that the home server has not taken
     * yet. The default is a folder beside the configuration.
     */
    stateFolder: fileName.prefault('state'),
    /** What these tunnel straight to visitors, past the home agent, is accepted and treated as what comes from the home agent. */
    routeOptimization: z
      .strictObject({ correspondentAgents: z.array(ipv4Address).max(footprintLimits.furtherTunnels - 1) })
      .prefault({ correspondentAgents: [] }),
    /** What the home servers are told of the access link and the uplink. */
    networkReports,
  })
  .refine(({ revocation, homeAgentKeys }) => !revocation || homeAgentKeys === 'request', {
    path: ['revocation'],
    message: 'needs homeAgentKeys: request, by which revocations are authenticated',
  })

export type ForeignAgentConfig = z.output<typeof foreignAgentConfig>
