import { describeError } from '#core/error.ts'
import type { RoleContext, RunningRole } from '#core/role.ts'
import { DiameterNode } from '#diameter/node.ts'
import { openDatabase } from '../database/open-database.ts'
import { FreshFiles } from '../operator-api/fresh-file.ts'
import { LiveEvents } from '../operator-api/live-events.ts'
import { readOperators } from '../operator-api/operators.ts'
import { handleAaMobileNode } from './aa-mobile-node.ts'
import { handleAccounting } from './accounting.ts'
import { endSessionsOf } from './agent-restart.ts'
import type { HomeServerConfig } from './config.ts'
import { operatorBackend } from './operator-backend.ts'
import { handleQosAuthorization } from './qos-authorization.ts'
import { RetryTimers } from './retry-timers.ts'
import { publishRevisions } from './revision-events.ts'
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
  const { address: host, port, tokenFile, tls, requestsPerMinute } = config.operatorApi
  const operators = new FreshFiles(
    [tokenFile],
    () => readOperators(tokenFile),
    (error) =>
      log.error(
        { event: 'api-tokens', error: describeError(error) },
        'the new token file cannot be used: the former tokens stay',
      ),
  )
  const { identity, realm } = config
  const database = await openDatabase(config.database, config.timeZone)
  const diameter = new DiameterNode({
    identity,
    realm,
    originStateId: await database.originStateId(identity, Math.floor(clock.now() / 1000)),
    config: config.diameter,
    applications,
    productName: 'Sojourn home server',
    clock,
    log,
    onRestart: (agent) => void endSessionsOf(server, agent),
  })
  const server: Server = {
    config,
    database,
    diameter,
    queue: new SubscriberQueue(),
    retries: new RetryTimers(clock),
    live: new LiveEvents(clock),
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
    const api = createOperatorApi({
      backend: operatorBackend(server),
      operators: () => operators.value,
      requestsPerMinute,
      tls,
      live: server.live,
      clock,
      log,
    })
    const url = await api.listen({ host, port })
    const operatorApiUrl = tls ? url.replace('http:', 'https:') : url
    const sweep = startSweep(server)
    const stopRevisions = publishRevisions(server)
    log.info({ event: 'ready', operatorApiUrl }, 'ready')
    return {
      operatorApiUrl,
      async stop() {
        await sweep.stop()
        await stopRevisions()
        await api.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
