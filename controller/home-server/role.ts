import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import { SqliteDatabase } from '../database/sqlite-database.ts'
import { readToken } from '../operator-api/token.ts'
import { handleAaMobileNode } from './aa-mobile-node.ts'
import { handleAccounting } from './accounting.ts'
import { endSessionsOf } from './agent-restart.ts'
import type { HomeServerConfig } from './config.ts'
import { operatorBackend } from './operator-backend.ts'
import { handleQosAuthorization } from './qos-authorization.ts'
import { RetryTimers } from './retry-timers.ts'
import type { Server } from './server.ts'
import { handleSessionTermination } from './session-termination.ts'
import { SubscriberQueue } from './subscriber-queue.ts'
import { startSweep } from './sweep.ts'

/** Mobile IPv4 (RFC 4004) and Diameter QoS (RFC 5866). */
const applications = { auth: [2, 9], accounting: [2] }

export interface RunningHomeServer extends RunningRole {
  /** Where the operator API listens; the system chose the port if the configuration says 0. */
  operatorApiUrl: string
}

/**
 * Starts a home server (AAAH): it authenticates mobile nodes, chooses their home agent, keeps the profile of
 * each, and brings it to the agents at registration and with every change.
 */
export async function startHomeServer(
  config: HomeServerConfig,
  { clock, log }: RoleContext,
): Promise<RunningHomeServer> {
  const token = readToken(config.operatorApi.tokenFile)
  const { identity, realm } = config
  const diameter = new DiameterNode({
    identity,
    realm,
    config: config.diameter,
    applications,
    productName: 'Sojourn home server',
    clock,
    log,
    onRestart: (agent) => void endSessionsOf(server, agent),
  })
  const database = new SqliteDatabase(config.database)
  const server: Server = {
    config,
    database,
    diameter,
    queue: new SubscriberQueue(),
    retries: new RetryTimers(clock),
    clock,
    log,
  }
  diameter.handle('AA-Mobile-Node', (request, context) => handleAaMobileNode(server, request, context))
  diameter.handle('Accounting', (request) => handleAccounting(server, request))
  diameter.handle('QoS-Authorization', (request) => handleQosAuthorization(server, request))
  diameter.handle('Session-Termination', (request) => handleSessionTermination(server, request))

  const close = async (): Promise<void> => {
    server.retries.stop()
    await server.queue.idle()
    await diameter.stop()
    await database.close()
  }
  try {
    // Fastify takes longer to load than everything else here: meanwhile the peers connect.
    const [{ createOperatorApi }] = await Promise.all([
      import('../operator-api/operator-api.ts'),
      diameter.start(),
    ])
    const api = createOperatorApi({ backend: operatorBackend(server), token, log })
    const { address: host, port } = config.operatorApi
    const operatorApiUrl = await api.listen({ host, port })
    const sweep = startSweep(server)
    log.info({ event: 'ready', operatorApiUrl }, 'ready')
    return {
      operatorApiUrl,
      async stop() {
        sweep.stop()
        await api.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
