import test, { type ExecutionContext } from 'ava'
import { resultCode } from '#wire/diameter/result-code.ts'
import { createNode, freePort, registration, until } from './loopback-nodes.ts'
import { type DiameterNode, isSuccess } from './node.ts'

async function start(t: ExecutionContext, ...nodes: DiameterNode[]): Promise<void> {
  t.teardown(() => Promise.all(nodes.map((node) => node.stop())))
  for (const node of nodes) await node.start()
  await Promise.all(nodes.map((node) => node.whenOpen()))
}

async function pair(t: ExecutionContext) {
  const port = await freePort()
  const server = createNode('aaah.home.example', { port, peers: [{ identity: 'ha.home.example' }] })
  const client = createNode('ha.home.example', { peers: [{ identity: 'aaah.home.example', port }] })
  await start(t, server, client)
  return { server, client, port }
}

/** fa1 -- aaaf (relay) -- aaah; the agent dials the relay, the relay dials the home server. */
async function chain(t: ExecutionContext) {
  const [relayPort, homePort] = [await freePort(), await freePort()]
  const routes = [{ realm: '*', peer: 'aaaf.a.example' }]
  const home = createNode('aaah.home.example', {
    port: homePort,
    peers: [{ identity: 'aaaf.a.example' }],
    routes,
  })
  const relay = createNode('aaaf.a.example', {
    port: relayPort,
    peers: [{ identity: 'aaah.home.example', port: homePort }, { identity: 'fa1.a.example' }],
    applications: { relay: true },
  })
  const agent = createNode('fa1.a.example', {
    peers: [{ identity: 'aaaf.a.example', port: relayPort }],
    routes,
  })
  await start(t, home, relay, agent)
  return { home, relay, agent }
}

test('two nodes open by CER and CEA and exchange AMR and AMA', async (t) => {
  const { server, client } = await pair(t)
  server.handle('AA-Mobile-Node', (request, { peer }) => {
    t.is(peer, 'ha.home.example')
    t.is(request.avps['Origin-Host'], 'ha.home.example')
    t.regex(request.avps['Session-Id'], /^ha\.home\.example;\d+;\d+$/)
    return { 'Result-Code': resultCode.success, 'MIP-Reg-Reply': request.avps['MIP-Reg-Request'] }
  })
  const answer = await client.request('AA-Mobile-Node', registration)
  t.true(isSuccess(answer))
  t.like(answer.avps, {
    'Auth-Application-Id': 2,
    'Origin-Host': 'aaah.home.example',
    'Origin-Realm': 'home.example',
    'MIP-Reg-Reply': registration['MIP-Reg-Request'],
  })
})

test('a refusal is a value', async (t) => {
  const { server, client } = await pair(t)
  server.handle('AA-Mobile-Node', () => ({
    'Result-Code': resultCode.authenticationRejected,
    'Error-Message': 'wrong key',
  }))
  const answer = await client.request('AA-Mobile-Node', registration)
  t.false(isSuccess(answer))
  t.false(answer.error)
  t.like(answer.avps, { 'Result-Code': 4001, 'Error-Message': 'wrong key', 'Auth-Application-Id': 2 })
})

test('what the node itself answers', async (t) => {
  const { server, client } = await pair(t)
  server.handle('AA-Mobile-Node', () => {
    throw new Error('a fault of the handler')
  })
  server.handle('Home-Agent-MIP', () => ({ 'Result-Code': resultCode.success }))
  const failed = await client.request('AA-Mobile-Node', registration)
  t.is(failed.avps['Result-Code'], resultCode.unableToComply)
  t.false(failed.error)
  const unhandled = await client.request('Session-Termination', {
    'Destination-Realm': 'home.example',
    'Termination-Cause': 1,
  })
  t.is(unhandled.avps['Result-Code'], resultCode.commandUnsupported)
  t.true(unhandled.error)
  const foreign = await client.request('AA-Mobile-Node', { ...registration, 'Auth-Application-Id': 9 })
  t.is(foreign.avps['Result-Code'], resultCode.unableToComply)
})

test('an accounting answer repeats the record', async (t) => {
  const { server, client } = await pair(t)
  server.handle('Accounting', () => ({ 'Result-Code': resultCode.success }))
  const answer = await client.request('Accounting', {
    'Destination-Realm': 'home.example',
    'Accounting-Record-Type': 3,
    'Accounting-Record-Number': 7,
    'Accounting-Output-Octets': 2n ** 40n,
  })
  t.like(answer.avps, { 'Result-Code': 2001, 'Accounting-Record-Type': 3, 'Accounting-Record-Number': 7 })
})

test('a relay carries requests by realm, and back by Destination-Host', async (t) => {
  const { home, agent } = await chain(t)
  home.handle('AA-Mobile-Node', (request, { peer }) => {
    t.is(peer, 'aaaf.a.example')
    t.is(request.avps['Origin-Host'], 'fa1.a.example')
    t.deepEqual(request.avps['Route-Record'], ['fa1.a.example'])
    return { 'Result-Code': resultCode.success, 'User-Name': request.avps['User-Name'] }
  })
  agent.handle('Abort-Session', (request, { peer }) => {
    t.is(peer, 'aaaf.a.example')
    t.deepEqual(request.avps['Route-Record'], ['aaah.home.example'])
    return { 'Result-Code': resultCode.success }
  })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      agent.request('AA-Mobile-Node', { ...registration, 'User-Name': `mn${index}@home.example` }),
    ),
  )
  answers.forEach((answer, index) => {
    t.is(answer.avps['Origin-Host'], 'aaah.home.example')
    t.is(answer.avps['User-Name'], `mn${index}@home.example`)
  })
  const aborted = await home.request('Abort-Session', {
    'Session-Id': 'fa1.a.example;1;1',
    'Destination-Realm': 'a.example',
    'Destination-Host': 'fa1.a.example',
  })
  t.like(aborted.avps, {
    'Result-Code': 2001,
    'Session-Id': 'fa1.a.example;1;1',
    'Origin-Host': 'fa1.a.example',
  })
})

test('a request to nowhere is answered 3002 by the relay', async (t) => {
  const { agent, home } = await chain(t)
  const answer = await agent.request('AA-Mobile-Node', {
    ...registration,
    'Destination-Realm': 'nowhere.example',
  })
  t.true(answer.error)
  t.like(answer.avps, { 'Result-Code': resultCode.unableToDeliver, 'Origin-Host': 'aaaf.a.example' })
  const back = await home.request('Abort-Session', {
    'Destination-Realm': 'a.example',
    'Destination-Host': 'fa9.a.example',
  })
  t.is(back.avps['Result-Code'], resultCode.unableToDeliver)
})

test('when the server behind a relay goes, the relay answers 3002 for it', async (t) => {
  const { agent, home, relay } = await chain(t)
  let gone: Promise<void> | undefined
  home.handle('AA-Mobile-Node', async () => {
    gone = home.stop()
    await gone
    return { 'Result-Code': resultCode.success }
  })
  const answer = await agent.request('AA-Mobile-Node', registration)
  t.is(answer.avps['Result-Code'], resultCode.unableToDeliver)
  await until('the relay has lost the server', () => relay.openPeers.length === 1)
  const next = await agent.request('AA-Mobile-Node', registration)
  t.is(next.avps['Result-Code'], resultCode.unableToDeliver)
})

test('no open peer is no-route, and no answer is a timeout', async (t) => {
  const { server, client } = await pair(t)
  const noRoute = client.request('AA-Mobile-Node', { ...registration, 'Destination-Realm': 'far.example' })
  t.like(await t.throwsAsync(noRoute), { code: 'diameter/no-route' })
  server.handle('AA-Mobile-Node', () => new Promise(() => {}))
  const timeout = client.request('AA-Mobile-Node', registration, { timeoutMilliseconds: 50 })
  t.like(await t.throwsAsync(timeout), { code: 'diameter/timeout' })
  const closed = client.request('AA-Mobile-Node', registration)
  await client.stop()
  t.like(await t.throwsAsync(closed), { code: 'diameter/closed' })
})
