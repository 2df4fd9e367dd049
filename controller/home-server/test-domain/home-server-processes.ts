/**
 * Home servers as real processes, which can be killed, on one service control database; agents that are peers of each,
 * in this process. All home servers have one clock, which can go faster than that on the wall.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { z } from 'zod'
import { systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { diameterConfig } from '#diameter/config.ts'
import { DiameterNode } from '#diameter/node.ts'
import { seededOn } from '../../database/engine-fixture.ts'
import type { EngineName } from '../../database/migrations.ts'
import type { DatabaseLocation } from '../../database/open-database.ts'
import { OperatorClient } from '../../operator-api/client.ts'
import type { homeServerConfig } from '../config.ts'
import { FakeForeignAgent } from './fake-foreign-agent.ts'
import { FakeHomeAgent } from './fake-home-agent.ts'
import { keys } from './mobile-node-keys.ts'

const token = 'a-token-for-the-tests'
const realm = 'home.example'

const program = `
  import { startHomeServer } from ${JSON.stringify(import.meta.resolve('../role.ts'))}
  import { homeServerConfig } from ${JSON.stringify(import.meta.resolve('../config.ts'))}
  import { systemClock } from ${JSON.stringify(import.meta.resolve('../../../core/clock.ts'))}
  import { silentLog } from ${JSON.stringify(import.meta.resolve('../../../core/log.ts'))}
  const [config, began, speed] = process.argv.slice(1)
  const clock = {
    now: () => Number(began) + (systemClock.now() - began) * speed,
    after: (milliseconds, action) => systemClock.after(milliseconds / speed, action),
  }
  const server = await startHomeServer(homeServerConfig.parse(JSON.parse(config)), { clock, log: silentLog })
  process.stdout.write(server.operatorApiUrl)
`

export interface HomeServerProcess {
  identity: string
  operator: OperatorClient
  /** kill -9 */
  kill(): Promise<void>
}

export interface HomeServerProcesses {
  location: DatabaseLocation
  homeAgent: FakeHomeAgent
  foreignAgent: FakeForeignAgent
  /** Starts a home server, for which there is an address, and is there when both agents are its peers. */
  start(identity: string): Promise<HomeServerProcess>
}

/** @param speed of the home servers' clock */
export async function homeServerProcesses(
  t: ExecutionContext,
  { engine, identities, speed = 1 }: { engine: EngineName; identities: readonly string[]; speed?: number },
): Promise<HomeServerProcesses> {
  const { database, location, folder } = await seededOn(t, engine)
  await database.close()
  for (const [nai, key] of keys) writeFileSync(join(folder, `${nai.split('@')[0]}.key`), key.toString('hex'))
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, token)
  const network = `127.${randomInt(1, 255)}.${randomInt(256)}`
  const addressOf = (identity: string): string => `${network}.${1 + identities.indexOf(identity)}`
  const began = String(systemClock.now())

  const agent = async (identity: string): Promise<DiameterNode> => {
    const node = new DiameterNode({
      identity,
      realm,
      config: diameterConfig.parse({
        security: 'none',
        watchdogSeconds: 6,
        peers: identities.map((server) => ({ identity: server, connect: addressOf(server) })),
        routes: identities.map((peer) => ({ realm: '*', peer })),
      }),
      applications: { auth: [2, 9], accounting: [2] },
      productName: 'test agent',
      clock: systemClock,
      log: silentLog,
    })
    t.teardown(() => node.stop())
    await node.start()
    return node
  }
  const nodes = [await agent(`ha.${realm}`), await agent(`fa.${realm}`)] as const

  return {
    location,
    homeAgent: new FakeHomeAgent(nodes[0]),
    foreignAgent: new FakeForeignAgent(nodes[1], '10.1.1.2'),
    async start(identity) {
      const config: z.input<typeof homeServerConfig> = {
        identity,
        realm,
        diameter: {
          security: 'none',
          listen: { address: addressOf(identity) },
          peers: [{ identity: `ha.${realm}` }, { identity: `fa.${realm}` }],
          requestTimeoutSeconds: 5 * speed,
        },
        database: typeof location === 'string' ? location : { postgresql: asConfigured(location.postgresql) },
        homeAgents: [{ identity: `ha.${realm}`, address: '192.0.2.1' }],
        operatorApi: { address: addressOf(identity), port: 0, tokenFile },
      }
      const how = [
        '--input-type=module-typescript',
        '--eval',
        program,
        JSON.stringify(config),
        began,
        String(speed),
      ]
      const child = spawn(process.execPath, how, { stdio: ['ignore', 'pipe', 'inherit'] })
      t.teardown(() => kill(child))
      const [url] = await once(child.stdout, 'data')
      while (!nodes.every((node) => node.openPeers.includes(identity)))
        await new Promise((resolve) => setTimeout(resolve, 20))
      return { identity, operator: new OperatorClient(String(url), token), kill: () => kill(child) }
    },
  }
}

function asConfigured({ host, ...rest }: Extract<DatabaseLocation, object>['postgresql']) {
  return { ...rest, socket: host }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
