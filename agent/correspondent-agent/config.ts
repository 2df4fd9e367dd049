import { z } from 'zod'
import { diameterIdentity, fileName, interfaceName, ipv4Address } from '#core/config.ts'
import { rate } from '#core/units.ts'
import { bindingPeer } from '../route-optimization/binding-peer.ts'
import { network } from '../route-optimization/network.ts'

/** All of them together: each is a part of the packet filter, which may not get too long. */
const mostHomeNetworks = 64

/** Configuration of a correspondent agent. */
export const correspondentAgentConfig = z.strictObject({
  /** Names the file of its state. */
  identity: diameterIdentity,
  /** Home agents and foreign agents know the agent by this address, and tunnels start here. */
  address: ipv4Address,
  /** Towards the foreign agents: shaped, and looked at for packets that go by a home agent. */
  uplink: z.strictObject({ interface: interfaceName, rate }),
  /** Who says where nodes are, and of which nodes it may speak. */
  homeAgents: z
    .array(z.strictObject({ ...bindingPeer, networks: z.array(network).min(1) }))
    .min(1)
    .refine(
      (agents) => agents.flatMap(({ networks }) => networks).length <= mostHomeNetworks,
      `more than ${mostHomeNetworks} home networks`,
    ),
  /** With more, the others are reached by their home agents (status 130). */
  maximumBindings: z.int().positive().default(10_000),
  /** Holds what the agent goes on with after a restart. The default is a folder beside the configuration. */
  stateFolder: fileName.prefault('state'),
})

export type CorrespondentAgentConfig = z.output<typeof correspondentAgentConfig>
