/**
 * A home server on loopback with a foreign server and agents that are Diameter nodes only: they hold what
 * they are told, in memory.
 */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { systemClock } from '#core/clock.ts'
import { type Log, silentLog } from '#core/log.ts'
import type { RunningRole } from '#core/role.ts'
import { diameterConfig } from '#diameter/config.ts'
import { DiameterNode } from '#diameter/node.ts'
import { seededDatabase } from '../../database/database-fixture.ts'
import { startForeignServer } from '../../foreign-server/role.ts'
import { OperatorClient } from '../../operator-api/client.ts'
import { homeServerConfig } from '../config.ts'
import { type RunningHomeServer, startHomeServer } from '../role.ts'
import { FakeForeignAgent } from './fake-foreign-agent.ts'
import { FakeHomeAgent } from './fake-home-agent.ts'
import { keys } from './mobile-node-keys.ts'

const token = 'a-token-for-the-tests'

export interface HomeDomain {
  homeAgent: FakeHomeAgent
  fa1: FakeForeignAgent
  fa2: FakeForeignAgent
  operator: OperatorClient
  /** Ends the home server's process, as it were, and starts it again on the same database. */
  restart(): Promise<void>
}

export async function homeDomain(t: ExecutionContext, log: Log = silentLog): Promise<HomeDomain> {
  const { database, file, folder } = await seededDatabase(t)
  await database.close()
  for (const [nai, key] of keys) writeFileSync(join(folder, `${nai.split('@')[0]}.key`), key.toString('hex'))
  writeFileSync(join(folder, 'token'), token)
  const { home, foreign } = ownAddresses()
  const running: RunningRole[] = []
  t.teardown(() => Promise.all(running.splice(0).map((role) => role.stop())))

  const config = homeServerConfig.parse({
    identity: 'aaah.home.example',
    realm: 'home.example',
    diameter: {
      security: 'none',
      listen: { address: home },
      peers: [{ identity: 'ha.home.example' }, { identity: 'aaaf.a.example' }],
      routes: [{ realm: 'a.example', peer: 'aaaf.a.example' }],
      requestTimeoutSeconds: 1,
    },
    database: file,
    homeAgents: [{ identity: 'ha.home.example', address: '192.0.2.1' }],
    accountingInterimSeconds: 2,
    operatorApi: { address: home, tokenFile: join(folder, 'token') },
  })
  const startServer = async (): Promise<RunningHomeServer> => {
    const server = await startHomeServer(config, { clock: systemClock, log })
    running.push(server)
    return server
  }
  let server = await startServer()
  running.push(
    await startForeignServer(
      {
        identity: 'aaaf.a.example',
        realm: 'a.example',
        diameter: diameterConfig.parse({
          security: 'none',
          listen: { address: foreign },
          peers: [
            { identity: 'aaah.home.example', connect: home },
            { identity: 'fa1.a.example' },
            { identity: 'fa2.a.example' },
          ],
          routes: [{ realm: 'home.example', peer: 'aaah.home.example' }],
        }),
      },
      { clock: systemClock, log },
    ),
  )
  const agent = async (identity: string, server: string, address: string): Promise<DiameterNode> => {
    const node = new DiameterNode({
      identity,
      realm: identity.slice(identity.indexOf('.') + 1),
      config: diameterConfig.parse({
        security: 'none',
        peers: [{ identity: server, connect: address }],
        routes: [{ realm: '*', peer: server }],
      }),
      applications: { auth: [2, 9], accounting: [2] },
      productName: 'test agent',
      clock: systemClock,
      log,
    })
    running.unshift(node)
    await node.start()
    await node.whenOpen()
    return node
  }
  return {
    homeAgent: new FakeHomeAgent(await agent('ha.home.example', 'aaah.home.example', home)),
    fa1: new FakeForeignAgent(await agent('fa1.a.example', 'aaaf.a.example', foreign), '10.1.1.2'),
    fa2: new FakeForeignAgent(await agent('fa2.a.example', 'aaaf.a.example', foreign), '10.1.2.2'),
    operator: new OperatorClient(server.operatorApiUrl, token),
    async restart() {
      running.splice(running.indexOf(server), 1)
      await server.stop()
      server = await startServer()
    },
  }
}

/**
 * Addresses of loopback (127.0.0.0/8) of this test's own, so that every test can use the well-known ports.
 */
function ownAddresses(): { home: string; foreign: string } {
  const network = `127.${randomInt(1, 255)}.${randomInt(256)}`
  const host = 2 * randomInt(1, 127)
  return { home: `${network}.${host}`, foreign: `${network}.${host + 1}` }
}
