/** Connections that peers open and close, well and badly. Above 300 lines: each case is a short story of its own over the same two ends. */
import { createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { ManualClock } from '#core/clock.ts'
import { firstValue } from '#wire/diameter/group.ts'
import { decodeMessage, encodeMessage } from '#wire/diameter/message.ts'
import { diameterMessages, malformedDiameterMessages } from '#wire/golden/diameter-vectors.ts'
import { createNode, freePort, loopback, registration, until } from './loopback-nodes.ts'
import type { DiameterNode } from './node.ts'
import { type RawCapabilities, RawPeer, resultOf } from './raw-peer.ts'

async function server(
  t: ExecutionContext,
  clock?: ManualClock,
): Promise<{ node: DiameterNode; port: number }> {
  const port = await freePort()
  const node = createNode('aaah.home.example', {
    port,
    peers: [{ identity: 'ha.home.example' }],
    ...(clock === undefined ? {} : { clock }),
  })
  node.handle('AA-Mobile-Node', () => ({ 'Result-Code': 2001 }))
  await node.start()
  t.teardown(() => node.stop())
  return { node, port }
}

test('an unknown peer is refused with 3010, one without a common application with 5010', async (t) => {
  const { node, port } = await server(t)
  const rows: [identity: string, applications: number[], resultCode: number][] = [
    ['stranger.home.example', [2], 3010],
    ['ha.home.example', [1], 5010],
  ]
  for (const [identity, applications, wanted] of rows) {
    const peer = RawPeer.to(port)
    peer.cer(identity, { applications })
    await until('it is closed', () => peer.isClosed)
    t.is(peer.received.length, 1)
    t.is(resultOf(peer.received[0]), wanted)
  }
  const vector = malformedDiameterMessages.find(({ id }) => id === 'dia-bad-cer-no-application')
  const noApplication = decodeMessage(vector?.bytes ?? Buffer.alloc(0))
  const peer = RawPeer.to(port)
  peer.send(
    encodeMessage({ ...noApplication, avps: { ...noApplication.avps, 'Origin-Host': 'ha.home.example' } }),
  )
  await until('it is closed', () => peer.isClosed)
  t.is(resultOf(peer.received[0]), 5010)
  t.deepEqual(node.openPeers, [])
})

test('a connection that does not begin with CER is closed, and so is one that says nothing', async (t) => {
  const clock = new ManualClock()
  const { port } = await server(t, clock)
  const early = RawPeer.to(port)
  const request = diameterMessages.find(({ id }) => id === 'dia-amr')
  early.send(request?.bytes ?? Buffer.alloc(0))
  await until('it is closed', () => early.isClosed)
  t.deepEqual(early.received, [])
  const silent = RawPeer.to(port)
  const ordinary = RawPeer.to(port)
  ordinary.cer('ha.home.example')
  await until('the CEA', () => ordinary.received.length === 1)
  clock.advance(10_001)
  await until('it is closed', () => silent.isClosed)
  t.false(ordinary.isClosed)
  ordinary.close()
})

/** Opens as a peer of bytes; the node may need a moment to notice that the last connection is gone. */
async function open(port: number, identity: string, said: RawCapabilities = {}): Promise<RawPeer> {
  for (;;) {
    const peer = RawPeer.to(port)
    peer.cer(identity, said)
    await until('a CEA, or the end', () => peer.received.length > 0 || peer.isClosed)
    if (peer.received.length > 0) return peer
  }
}

test('malformed requests are answered or close their connection, and the node goes on', async (t) => {
  const port = await freePort()
  const node = createNode('aaah.example.org', { port, peers: [{ identity: 'fa1.example.net' }] })
  node.handle('AA-Mobile-Node', () => ({ 'Result-Code': 2001 }))
  await node.start()
  t.teardown(() => node.stop())
  /** The stream itself cannot be followed any more: closed without an answer, as freeDiameter does. */
  const closing = new Set(['dia-bad-length-not-multiple-of-4', 'dia-bad-version'])
  /** Not for this node: see `routing.test.ts` and above. */
  const elsewhere = new Set(['dia-bad-loop', 'dia-bad-cer-no-application', 'dia-bad-address-family'])
  for (const { id, verdict, bytes, expected } of malformedDiameterMessages) {
    const peer = await open(port, 'fa1.example.net')
    peer.received.length = 0
    peer.send(bytes)
    if (closing.has(id)) await until(`${id} closes`, () => peer.isClosed)
    else if (verdict !== 'incomplete' && !elsewhere.has(id)) {
      await until(`${id} is answered`, () => peer.received.some(({ request }) => !request))
      const wanted = verdict === 'reject' ? expected.resultCode : 2001
      t.is(resultOf(peer.received.find(({ request }) => !request)), wanted, id)
    }
    peer.send(Buffer.from('ffffffff', 'hex'))
    peer.close()
  }
  for (const { bytes } of diameterMessages) {
    const stranger = RawPeer.to(port)
    stranger.send(bytes)
    stranger.send(bytes.subarray(7))
    const peer = await open(port, 'fa1.example.net')
    peer.send(bytes)
    peer.send(bytes.subarray(5))
    await until('both are closed', () => peer.isClosed && stranger.isClosed)
  }
  const last = await open(port, 'fa1.example.net')
  t.is(resultOf(last.received[0]), 2001)
  last.close()
})

test('the watchdog asks a silent peer and closes it when it does not answer', async (t) => {
  const clock = new ManualClock()
  const { node, port } = await server(t, clock)
  const peer = RawPeer.to(port)
  peer.cer('ha.home.example')
  await until('it is open', () => node.openPeers.length === 1)
  clock.advance(32_001)
  await until('the DWR', () => peer.received.length === 2)
  t.deepEqual(peer.names, ['CEA', 'DWR'])
  clock.advance(32_001)
  t.deepEqual(node.openPeers, [])
  t.false(peer.isClosed)
  clock.advance(32_001)
  await until('it is closed', () => peer.isClosed)
})

test('a node that starts before its server finds it, and finds it again after it was gone', async (t) => {
  const port = await freePort()
  const client = createNode('ha.home.example', { peers: [{ identity: 'aaah.home.example', port }] })
  t.teardown(() => client.stop())
  await client.start()
  for (const round of [1, 2]) {
    const home = createNode('aaah.home.example', { port, peers: [{ identity: 'ha.home.example' }] })
    home.handle('AA-Mobile-Node', () => ({ 'Result-Code': 2001 }))
    await home.start()
    await client.whenOpen()
    const answer = await client.request('AA-Mobile-Node', registration)
    t.is(answer.avps['Result-Code'], 2001, `round ${round}`)
    await home.stop()
    t.deepEqual(client.openPeers, [])
  }
})

test('a peer whose connection broke without DPR has to answer three watchdogs; as the only way it gets requests meanwhile', async (t) => {
  const clock = new ManualClock()
  const { node, port } = await server(t, clock)
  const identity = 'ha.home.example'
  const first = await open(port, identity)
  first.close()
  await until('the loss is seen', () => node.openPeers.length === 0)
  const peer = await open(port, identity)
  const request = { ...registration, 'Destination-Host': identity }
  const count = (wanted: string) => peer.names.filter((name) => name === wanted).length
  const asked: Promise<unknown>[] = []
  for (const dwrs of [1, 2, 3]) {
    await until(`DWR ${dwrs}`, () => count('DWR') === dwrs)
    const dwr = peer.received.at(-1)
    asked.push(t.throwsAsync(node.request('AA-Mobile-Node', request)))
    await until(`request ${dwrs}`, () => count('AMR') === dwrs)
    if (dwr !== undefined) peer.dwa(identity, dwr)
    peer.ask('Device-Watchdog', identity) // its answer shows that what came before has been read
    await until('the DWA', () => count('DWA') === dwrs)
    if (dwrs < 3) clock.advance(32_001)
  }
  t.deepEqual(node.openPeers, [identity])
  peer.close()
  await node.stop()
  await Promise.all(asked)
})

test('a peer that comes back with a higher Origin-State-Id has restarted', async (t) => {
  const port = await freePort()
  const restarted: string[] = []
  const identity = 'ha.home.example'
  const node = createNode('aaah.home.example', {
    port,
    peers: [{ identity }],
    onRestart: (peer) => restarted.push(peer),
  })
  await node.start()
  t.teardown(() => node.stop())
  const rows: [cer: number | undefined, dwr: number | undefined, restarts: number][] = [
    [100, 100, 0],
    [undefined, undefined, 0],
    [99, 100, 0],
    [101, 101, 1],
    [101, 102, 2],
  ]
  for (const [inCer, inDwr, restarts] of rows) {
    const peer = await open(port, identity, inCer === undefined ? {} : { 'Origin-State-Id': inCer })
    peer.ask('Device-Watchdog', identity, inDwr === undefined ? {} : { 'Origin-State-Id': inDwr })
    await until('the DWA', () => peer.names.includes('DWA'))
    t.is(restarted.length, restarts)
    peer.ask('Disconnect-Peer', identity, { 'Disconnect-Cause': 0 })
    await until('the DPA', () => peer.names.includes('DPA'))
    peer.close()
    await until('its end', () => node.openPeers.length === 0)
  }
  t.deepEqual(restarted, [identity, identity])
})

test('how a peer takes leave decides when it is dialled again', async (t) => {
  const rows: [cause: number, silentMilliseconds: number, isDialled: boolean][] = [
    [0, 0, true],
    [1, 140_000, true],
    [2, 500_000, false],
  ]
  for (const [cause, silentMilliseconds, isDialled] of rows) {
    const clock = new ManualClock()
    const port = await freePort()
    const dialled: RawPeer[] = []
    const listener = createServer((socket) => dialled.push(new RawPeer(socket))).listen({
      host: loopback,
      port,
    })
    t.teardown(() => listener.close())
    const node = createNode('ha.home.example', { peers: [{ identity: 'aaah.home.example', port }], clock })
    await node.start()
    t.teardown(() => node.stop())
    await until('the CER', () => dialled[0]?.received.length === 1)
    const [peer] = dialled
    const [cer] = peer?.received ?? []
    if (peer === undefined || cer === undefined) throw new Error('no CER')
    peer.cea('aaah.home.example', cer)
    await node.whenOpen()
    peer.ask('Disconnect-Peer', 'aaah.home.example', { 'Disconnect-Cause': cause })
    await until('the DPA', () => peer.names.includes('DPA'))
    peer.close()
    await until('its end', () => node.openPeers.length === 0)
    clock.advance(2_001) // by now the connection is closed, by whichever side
    if (silentMilliseconds > 0) {
      for (let passed = 0; passed < silentMilliseconds; passed += 5_000) {
        clock.advance(5_000)
        await new Promise((resolve) => setImmediate(resolve)) // a socket connects only after a turn
      }
      const later = RawPeer.to(port) // what was dialled before would arrive before
      later.cer('later.example')
      const arrived = ({ received: [message] }: RawPeer): boolean =>
        firstValue(message?.avps ?? [], 'Origin-Host') === 'later.example'
      await until('the later one', () => dialled.some(arrived))
      t.is(dialled.length, 2)
      later.close()
      dialled.length = 1
    }
    if (isDialled)
      await until('it is dialled again', () => {
        clock.advance(5_000)
        return dialled.length === 2
      })
    for (const each of dialled) each.close()
  }
})

test('stop says DPR, REBOOTING, and closes when the answer is there', async (t) => {
  const port = await freePort()
  const node = createNode('aaah.home.example', { port, peers: [{ identity: 'ha.home.example' }] })
  await node.start()
  const peer = await open(port, 'ha.home.example')
  const stopped = node.stop()
  await until('the DPR', () => peer.received.length === 2)
  const dpr = peer.received[1]
  t.deepEqual(peer.names, ['CEA', 'DPR'])
  t.is(firstValue(dpr?.avps ?? [], 'Disconnect-Cause'), 0)
  t.false(peer.isClosed)
  peer.send(
    encodeMessage({
      command: 'Disconnect-Peer',
      request: false,
      proxiable: false,
      error: false,
      retransmitted: false,
      applicationId: 0,
      hopByHop: dpr?.hopByHop ?? 0,
      endToEnd: dpr?.endToEnd ?? 0,
      avps: { 'Result-Code': 2001, 'Origin-Host': 'ha.home.example', 'Origin-Realm': 'home.example' },
    }),
  )
  await stopped
  await until('it is closed', () => peer.isClosed)
})

test('a node can be stopped while it dials, and twenty pairs that dial each other settle on one connection each', async (t) => {
  const nowhere = createNode('ha.home.example', {
    peers: [{ identity: 'aaah.home.example', port: await freePort() }],
  })
  await nowhere.start()
  const open = t.throwsAsync(nowhere.whenOpen())
  await nowhere.stop()
  t.like(await open, { code: 'diameter/closed' })

  for (let round = 0; round < 20; round++) {
    const [portA, portB] = [await freePort(), await freePort()]
    const a = createNode('a.example', { port: portA, peers: [{ identity: 'b.example', port: portB }] })
    const b = createNode('b.example', { port: portB, peers: [{ identity: 'a.example', port: portA }] })
    b.handle('AA-Mobile-Node', () => ({ 'Result-Code': 2001 }))
    a.handle('AA-Mobile-Node', () => ({ 'Result-Code': 2002 }))
    await Promise.all([a.start(), b.start()])
    await Promise.all([a.whenOpen(), b.whenOpen()])
    const toB = a.request('AA-Mobile-Node', { ...registration, 'Destination-Host': 'b.example' })
    const toA = b.request('AA-Mobile-Node', { ...registration, 'Destination-Host': 'a.example' })
    t.deepEqual([(await toB).avps['Result-Code'], (await toA).avps['Result-Code']], [2001, 2002])
    await Promise.all([a.stop(), b.stop()])
  }
})
