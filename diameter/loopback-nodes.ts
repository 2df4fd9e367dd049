import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { type Clock, systemClock } from '#core/clock.ts'
import { silentLog } from '#core/log.ts'
import { type DiameterConfig, diameterConfig } from './config.ts'
import type { Applications } from './local-identity.ts'
import { DiameterNode } from './node.ts'

/** Nodes on loopback, for tests only. */
export const loopback = '127.0.0.1'

/** A port of loopback that nobody listens on, below those that the kernel gives to outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen({ host: loopback, port }, () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}

interface LoopbackOptions {
  /** Where it listens. */
  port?: number
  /** With a port: dialled there. */
  peers: { identity: string; port?: number }[]
  routes?: DiameterConfig['routes']
  requestTimeoutSeconds?: number
  applications?: Applications
  clock?: Clock
}

/** A node whose realm is its identity without the first label; it serves Mobile IPv4 and QoS unless told otherwise. */
export function createNode(identity: string, options: LoopbackOptions): DiameterNode {
  const { port, peers, routes = [], requestTimeoutSeconds = 5 } = options
  return new DiameterNode({
    identity,
    realm: identity.slice(identity.indexOf('.') + 1),
    config: diameterConfig.parse({
      security: 'none',
      ...(port === undefined ? {} : { listen: { address: loopback, port } }),
      peers: peers.map((peer) => (peer.port === undefined ? peer : { ...peer, connect: loopback })),
      routes,
      requestTimeoutSeconds,
    }),
    applications: options.applications ?? { auth: [2, 9], accounting: [2] },
    productName: 'sojourn-test',
    clock: options.clock ?? systemClock,
    log: silentLog,
  })
}

/** The AVPs of an AMR. */
export const registration = {
  'User-Name': 'mn1@home.example',
  'Destination-Realm': 'home.example',
  'MIP-Reg-Request': Buffer.from('registration request'),
  'MIP-MN-AAA-Auth': {
    'MIP-MN-AAA-SPI': 4100,
    'MIP-Auth-Input-Data-Length': 82,
    'MIP-Authenticator-Length': 16,
    'MIP-Authenticator-Offset': 82,
  },
}

/** Resolves when the condition holds; rejects after five seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + 5000
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within five seconds: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
