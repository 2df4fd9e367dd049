/**
 * A home server on loopback with a foreign server and agents that are Diameter nodes only: they hold what
 * they are told, in memory.
 */
import { randomInt } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { z } from 'zod'
import { type Clock, systemClock } from '#core/clock.ts'
import { type Log, silentLog } from '#core/log.ts'
import type { RunningRole } from '#core/role.ts'
import { diameterConfig } from '#diameter/config.ts'
import { DiameterNode } from '#diameter/node.ts'
import { seededDatabase } from '../../database/database-fixture.ts'
import { foreignServerConfig } from '../../foreign-server/config.ts'
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
  /** Where the operator API is at first, and the file with the token of the tests. */
  operatorApi: { url: string; tokenFile: string }
  /** Asks the operator API with the token of the tests. */
  ask(path: string, request?: RequestInit): Promise<Response>
  /** Starts another agent, named after its realm: a neighbour of the home server, or of a foreign server, which is started first. */
  join(identity: string): Promise<DiameterNode>
  /** Ends the home server's process, as it were, and starts it again on the same database. */
  restart(): Promise<void>
  /** Ends the first foreign agent and its memory, and starts it again. */
  restartForeignAgent(): Promise<FakeForeignAgent>
}

/** What differs from the plain configurations. */
interface Configurations {
  homeServer?: Partial<z.input<typeof homeServerConfig>>
  foreignServer?: Partial<z.input<typeof foreignServerConfig>>
}

const homeRealm = 'home.example'
const foreignRealms = ['a.example', 'b.example']

export async function homeDomain(
  t: ExecutionContext,
  log: Log = silentLog,
  { homeServer, foreignServer }: Configurations = {},
): Promise<HomeDomain> {
  const { database, file, folder } = await seededDatabase(t)
  await database.close()
  for (const [nai, key] of keys) writeFileSync(join(folder, `${nai.split('@')[0]}.key`), key.toString('hex'))
  writeFileSync(join(folder, 'token'), token)
  const addressOf = ownAddresses([homeRealm, ...foreignRealms])
  const running: RunningRole[] = []
  t.teardown(() => Promise.all(running.splice(0).map((role) => role.stop())))

  const config = homeServerConfig.parse({
    identity: 'aaah.home.example',
    realm: homeRealm,
    diameter: {
      security: 'none',
      listen: { address: addressOf(homeRealm) },
      peers: [
        'ha.home.example',
        'ha2.home.example',
        'fa.home.example',
        'nat.home.example',
        ...foreignRealms.map(serverOf),
      ].map((identity) => ({ identity })),
      routes: foreignRealms.map((realm) => ({ realm, peer: serverOf(realm) })),
      requestTimeoutSeconds: 5,
    },
    database: file,
    homeAgents: [{ identity: 'ha.home.example', address: '192.0.2.1' }],
    accountingInterimSeconds: 2,
    operatorApi: { address: addressOf(homeRealm), tokenFile: join(folder, 'token') },
    ...homeServer,
  })
  const startServer = async (): Promise<RunningHomeServer> => {
    const server = await startHomeServer(config, { clock: systemClock, log })
    running.push(server)
    return server
  }
  let server = await startServer()

  const startForeign = async (realm: string): Promise<void> => {
    const config = foreignServerConfig.parse({
      identity: serverOf(realm),
      realm,
      diameter: {
        security: 'none',
        listen: { address: addressOf(realm) },
        peers: [
          { identity: 'aaah.home.example', connect: addressOf(homeRealm) },
          ...['fa1', 'fa2', 'ha'].map((name) => ({ identity: `${name}.${realm}` })),
        ],
        routes: [{ realm: homeRealm, peer: 'aaah.home.example' }],
      },
      ...foreignServer,
    })
    running.push(await startForeignServer(config, { clock: systemClock, log }))
  }
  const foreign = new Map<string, Promise<void>>()
  const agent = async (identity: string, clock: Clock = systemClock): Promise<DiameterNode> => {
    const realm = identity.slice(identity.indexOf('.') + 1)
    const server = realm === homeRealm ? 'aaah.home.example' : serverOf(realm)
    if (realm !== homeRealm) await foreign.getOrInsertComputed(realm, startForeign)
    const node = new DiameterNode({
      identity,
      realm,
      config: diameterConfig.parse({
        security: 'none',
        peers: [{ identity: server, connect: addressOf(realm) }],
        routes: [{ realm: '*', peer: server }],
      }),
      applications: { auth: [2, 9], accounting: [2] },
      productName: 'test agent',
      clock,
      log,
    })
    running.unshift(node)
    await node.start()
    await node.whenOpen()
    return node
  }
  const first = await agent('fa1.a.example')
  return {
    homeAgent: new FakeHomeAgent(await agent('ha.home.example')),
    fa1: new FakeForeignAgent(first, '10.1.1.2'),
    fa2: new FakeForeignAgent(await agent('fa2.a.example'), '10.1.2.2'),
    operator: new OperatorClient(server.operatorApiUrl, token),
    operatorApi: { url: server.operatorApiUrl, tokenFile: join(folder, 'token') },
    ask: (path, request = {}) => {
      const type = request.body ? { 'content-type': 'application/json' } : {}
      const headers = { authorization: `Bearer ${token}`, ...type, ...request.headers }
      return fetch(new URL(path, server.operatorApiUrl), { ...request, headers })
    },
    join: agent,
    async restart() {
      running.splice(running.indexOf(server), 1)
      await server.stop()
      server = await startServer()
    },
    async restartForeignAgent() {
      running.splice(running.indexOf(first), 1)
      await first.stop()
      const later = { ...systemClock, now: () => systemClock.now() + 10_000 }
      return new FakeForeignAgent(await agent('fa1.a.example', later), '10.1.1.2')
    },
  }
}

function serverOf(realm: string): string {
  return `aaaf.${realm}`
}

/** An address of loopback (127.0.0.0/8) of this test's own for each, so that every test can use the well-known ports. */
function ownAddresses(names: readonly string[]): (name: string) => string {
  const network = `127.${randomInt(1, 255)}.${randomInt(256)}`
  const host = names.length * randomInt(1, Math.floor(254 / names.length))
  return (name) => `${network}.${host + names.indexOf(name)}`
}
