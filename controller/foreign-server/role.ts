import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import type { ForeignServerConfig } from './config.ts'
import { homeAgentAllocation } from './home-agent-allocation.ts'

/**
 * Starts a foreign server (AAAF): it carries registrations and accounting of the realm's foreign agents to the home realms, and profiles
 * and aborts of home servers to the agents of its realm, and leaves what they say to each other untouched; but where it has home agents
 * to give, it is a proxy for the two requests by which one is found (RFC 4004, section 3.2).
 */
export async function startForeignServer(
  { identity, realm, diameter, homeAgents }: ForeignServerConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const node: DiameterNode = new DiameterNode({
    identity,
    realm,
    config: diameter,
    applications: { relay: true },
    productName: 'Sojourn foreign server',
    amend: homeAgentAllocation({ identity, realm, homeAgents, openPeers: () => node.openPeers, log }),
    clock,
    log,
  })
  await node.start()
  log.info({ event: 'ready' }, 'ready')
  return { stop: () => node.stop() }
}
