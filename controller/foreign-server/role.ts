import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import type { ForeignServerConfig } from './config.ts'

/**
 * Starts a foreign server (AAAF): it carries registrations and accounting of the realm's foreign agents to
 * the home realms, and profiles and aborts of home servers to the foreign agents, and leaves what they say to
 * each other untouched.
 */
export async function startForeignServer(
  { identity, realm, diameter }: ForeignServerConfig,
  { clock, log }: RoleContext,
): Promise<RunningRole> {
  const node = new DiameterNode({
    identity,
    realm,
    config: diameter,
    applications: { relay: true },
    productName: 'Sojourn foreign server',
    clock,
    log,
  })
  await node.start()
  log.info({ event: 'ready' }, 'ready')
  return { stop: () => node.stop() }
}
