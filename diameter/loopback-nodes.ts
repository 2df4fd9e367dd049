import { createServer } from 'node:net'
import { threadId } from 'node:worker_threads'
import { type Clock, systemClock } from '#core/clock.ts'
import { type Log, silentLog } from '#core/log.ts'
import { type DiameterConfig, diameterConfig } from './config.ts'
import type { CredentialFiles } from './credentials.ts'
import type { Applications } from './local-identity.ts'
import { DiameterNode } from './node.ts'
import type { Security } from './transport-security.ts'

/** Nodes on loopback, for tests only. */
export const loopback = '127.0.0.1'

/** Each test file runs in a thread of its own and takes its ports from a range of its own, so that no two find the same one free. */
const portsOfThread = 100
const firstPort = 20_000 + ((process.pid + threadId) % 120) * portsOfThread
let portsTaken = 0

/** A port of loopback that nobody listens on, below those that the kernel gives to outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = firstPort + (portsTaken++ % portsOfThread)
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen({ host: loopback, port }, () => server.close(() => resolve(true)))
    })
    if (isFree) return port
  }
}

interface LoopbackOptions {
  /** Where it listens, also for TLS unless there is another port for that. */
  port?: number
  tlsPort?: number
  /** With a port: dialled there. */
  peers: { identity: string; port?: number; security?: Security }[]
  security?: Security
  credentials?: CredentialFiles
  routes?: DiameterConfig['routes']
  requestTimeoutSeconds?: number
  applications?: Applications
  clock?: Clock
  log?: Log
  onRestart?(peer: string): void
}

/** A node whose realm is its identity without the first label; it serves Mobile IPv4 and QoS unless told otherwise. */
export function createNode(identity: string, options: LoopbackOptions): DiameterNode {
  const { port, peers, routes = [], requestTimeoutSeconds = 5 } = options
  return new DiameterNode({
    identity,
    realm: identity.slice(identity.indexOf('.') + 1),
    config: diameterConfig.parse({
      security: options.security ?? 'none',
      credentials: options.credentials,
      ...(port === undefined
        ? {}
        : { listen: { address: loopback, port, tlsPort: options.tlsPort ?? port } }),
      peers: peers.map((peer) => (peer.port === undefined ? peer : { ...peer, connect: loopback })),
      routes,
      requestTimeoutSeconds,
    }),
    applications: options.applications ?? { auth: [2, 9], accounting: [2] },
    productName: 'sojourn-test',
    clock: options.clock ?? systemClock,
    log: options.log ?? silentLog,
    ...(options.onRestart === undefined ? {} : { onRestart: options.onRestart }),
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
