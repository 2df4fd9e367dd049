import test, { type ExecutionContext } from 'ava'
import { ManualClock } from '#core/clock.ts'
import { avpsNamed, encodeNamedAvp } from '#wire/diameter/group.ts'
import { encodeRawMessage, type RawMessage } from '#wire/diameter/raw-message.ts'
import { answerHeader } from './error-answer.ts'
import { createNode, freePort, registration, until } from './loopback-nodes.ts'
import { type DiameterNode, isSuccess } from './node.ts'
import { RawPeer } from './raw-peer.ts'

async function start(t: ExecutionContext, nodes: DiameterNode[]): Promise<void> {
  t.teardown(() => Promise.all(nodes.map((node) => node.stop())))
  for (const node of nodes) await node.start()
  await Promise.all(nodes.map((node) => node.whenOpen()))
}

const relaying = { applications: { relay: true } } as const

test('a request that waits at a lost server is answered by the other, straight or through a relay', async (t) => {
  for (const through of ['straight', 'relay']) {
    const [port1, port2, relayPort] = [await freePort(), await freePort(), await freePort()]
    const clientOfServers = through === 'relay' ? 'aaaf.a.example' : 'fa1.a.example'
    const servers = [port1, port2].map((port, index) =>
      createNode(`aaah${index + 1}.home.example`, { port, peers: [{ identity: clientOfServers }] }),
    )
    const peers = [
      { identity: 'aaah1.home.example', port: port1 },
      { identity: 'aaah2.home.example', port: port2 },
    ]
    const routes = [{ realm: '*', peer: 'aaaf.a.example' }]
    const agent =
      through === 'relay'
        ? createNode('fa1.a.example', { peers: [{ identity: 'aaaf.a.example', port: relayPort }], routes })
        : createNode('fa1.a.example', { peers })
    const relay = createNode('aaaf.a.example', {
      port: relayPort,
      peers: [...peers, { identity: 'fa1.a.example' }],
      ...relaying,
    })
    await start(t, through === 'relay' ? [...servers, relay, agent] : [...servers, agent])
    const [first, second] = servers
    const seen: [number, boolean][] = []
    first?.handle('AA-Mobile-Node', ({ endToEnd, retransmitted }) => {
      seen.push([endToEnd, retransmitted])
      void first.stop()
      return new Promise(() => {})
    })
    second?.handle('AA-Mobile-Node', ({ endToEnd, retransmitted }) => {
      seen.push([endToEnd, retransmitted])
      return { 'Result-Code': 2001 }
    })
    const answer = await agent.request('AA-Mobile-Node', registration)
    t.is(answer.avps['Origin-Host'], 'aaah2.home.example')
    t.deepEqual(seen, [
      [seen[0]?.[0], false],
      [seen[0]?.[0], true],
    ])
  }
})

test('what reaches the server a second time by another relay is carried out once and answered', async (t) => {
  const [port, port1, port2] = [await freePort(), await freePort(), await freePort()]
  const home = createNode('aaah.home.example', {
    port,
    peers: [{ identity: 'r1.a.example' }, { identity: 'r2.a.example' }],
  })
  const relays = [port1, port2].map((relayPort, index) =>
    createNode(`r${index + 1}.a.example`, {
      port: relayPort,
      peers: [{ identity: 'aaah.home.example', port }, { identity: 'fa1.a.example' }],
      ...relaying,
    }),
  )
  const agent = createNode('fa1.a.example', {
    peers: [
      { identity: 'r1.a.example', port: port1 },
      { identity: 'r2.a.example', port: port2 },
    ],
    routes: [
      { realm: '*', peer: 'r1.a.example' },
      { realm: '*', peer: 'r2.a.example' },
    ],
  })
  await start(t, [home, ...relays, agent])
  let executions = 0
  home.handle('AA-Mobile-Node', async ({ avps }) => {
    executions++
    await relays[0]?.stop()
    return { 'Result-Code': 2001, 'User-Name': `${avps['User-Name']} ${executions}` }
  })
  const answer = await agent.request('AA-Mobile-Node', registration)
  t.true(isSuccess(answer))
  t.is(answer.avps['User-Name'], 'mn1@home.example 1')
  t.is(executions, 1)
})

test('a redirect agent is asked once, and no more while that is cached', async (t) => {
  const [redirectPort, homePort] = [await freePort(), await freePort()]
  const peers = [{ identity: 'fa1.a.example' }]
  const redirector = createNode('redirect.home.example', { port: redirectPort, peers })
  const home = createNode('aaah.home.example', { port: homePort, peers })
  const agent = createNode('fa1.a.example', {
    peers: [
      { identity: 'redirect.home.example', port: redirectPort },
      { identity: 'aaah.home.example', port: homePort },
    ],
  })
  await start(t, [redirector, home, agent])
  let redirects = 0
  redirector.handle('AA-Mobile-Node', () => {
    redirects++
    return {
      'Result-Code': 3006,
      'Redirect-Host': ['aaa://aaah.home.example:3868;transport=tcp'],
      'Redirect-Host-Usage': 3,
      'Redirect-Max-Cache-Time': 60,
    }
  })
  home.handle('AA-Mobile-Node', () => ({ 'Result-Code': 2001 }))
  for (const _ of [1, 2]) {
    const answer = await agent.request('AA-Mobile-Node', registration)
    t.is(answer.avps['Origin-Host'], 'aaah.home.example')
  }
  t.is(redirects, 1)
})

test('what waits at a suspected peer goes to the other; a late answer is dropped, and the peer is used again', async (t) => {
  const port = await freePort()
  const clock = new ManualClock()
  const identities = ['aaah1.home.example', 'aaah2.home.example'] as const
  const agent = createNode('fa1.a.example', {
    port,
    peers: identities.map((identity) => ({ identity })),
    requestTimeoutSeconds: 600,
    clock,
  })
  await agent.start()
  t.teardown(() => agent.stop())
  const first = RawPeer.to(port)
  const second = RawPeer.to(port)
  t.teardown(() => [first, second].map((peer) => peer.close()))
  first.cer(identities[0])
  second.cer(identities[1])
  await until('both are open', () => agent.openPeers.length === 2)
  const asked = (peer: RawPeer) => peer.received.filter(({ commandCode }) => commandCode === 260)
  const answer = (peer: RawPeer, request: RawMessage, origin: string) =>
    peer.send(
      encodeRawMessage({
        ...answerHeader(request, 2001),
        avps: [
          ...avpsNamed(request.avps, 'Session-Id'),
          encodeNamedAvp('Auth-Application-Id', 2),
          encodeNamedAvp('Result-Code', 2001),
          encodeNamedAvp('Origin-Host', origin),
          encodeNamedAvp('Origin-Realm', 'home.example'),
        ],
      }),
    )

  const answered = agent.request('AA-Mobile-Node', registration)
  await until('the first is asked', () => asked(first).length === 1)
  for (let interval = 0; interval < 2 && agent.openPeers.length === 2; interval++) {
    clock.advance(32_000)
    await until('a DWR', () => second.names.filter((name) => name === 'DWR').length === interval + 1)
    const dwr = second.received.findLast(({ commandCode }) => commandCode === 280)
    if (dwr !== undefined) second.dwa(identities[1], dwr)
    second.ask('Device-Watchdog', identities[1])
    await until('its DWA', () => second.names.filter((name) => name === 'DWA').length === interval + 1)
  }
  t.deepEqual(agent.openPeers, [identities[1]])
  await until('the second is asked', () => asked(second).length === 1)
  const [before, after] = [asked(first)[0], asked(second)[0]]
  t.is(after?.endToEnd, before?.endToEnd)
  t.deepEqual([before?.retransmitted, after?.retransmitted], [false, true])

  if (before !== undefined) answer(first, before, identities[0])
  await until('the first is trusted again', () => agent.openPeers.length === 2)
  if (after !== undefined) answer(second, after, identities[1])
  t.is((await answered).avps['Origin-Host'], identities[1])
  void agent.request('AA-Mobile-Node', registration).catch(() => {})
  await until('failback: the first is asked again', () => asked(first).length === 2)
})
