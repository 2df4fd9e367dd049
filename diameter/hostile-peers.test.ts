import test, { type ExecutionContext } from 'ava'
import { ManualClock } from '#core/clock.ts'
import { diameterMessages } from '#wire/golden/diameter-vectors.ts'
import { createNode, freePort, until } from './loopback-nodes.ts'
import { longestMessageBytes, MessageFramer } from './message-framer.ts'
import { RawPeer, resultOf } from './raw-peer.ts'

const agent = 'ha.home.example'

async function server(t: ExecutionContext) {
  const clock = new ManualClock()
  const port = await freePort()
  const node = createNode('aaah.home.example', { port, peers: [{ identity: agent }], clock })
  await node.start()
  t.teardown(() => node.stop())
  return { clock, node, port }
}

/** The first four bytes of a message of this length. */
function prefix(lengthBytes: number): Buffer {
  const bytes = Buffer.from([1, 0, 0, 0])
  bytes.writeUIntBE(lengthBytes, 1, 3)
  return bytes
}

test('one host has sixteen connections without a CER at most, and gets others when those are gone', async (t) => {
  const { clock, node, port } = await server(t)
  const silent: RawPeer[] = []
  for (let number = 0; number < 16; number++) {
    const peer = RawPeer.to(port)
    peer.send(prefix(1000))
    await until('it is connected', () => peer.isConnected)
    silent.push(peer)
  }
  const refused = RawPeer.to(port)
  refused.cer(agent)
  await until('it is closed', () => refused.isClosed)
  t.deepEqual(refused.received, [])
  t.is(silent.filter((peer) => peer.isClosed).length, 0)
  clock.advance(10_001)
  await until('the silent are closed', () => silent.every((peer) => peer.isClosed))
  const peer = RawPeer.to(port)
  peer.cer(agent)
  await until('the CEA', () => peer.received.length === 1)
  t.is(resultOf(peer.received[0]), 2001)
  t.deepEqual(node.openPeers, [agent])
  peer.close()
})

test('a stranger who announces a long message is closed at once; a peer may send up to the limit', async (t) => {
  const { node, port } = await server(t)
  const stranger = RawPeer.to(port)
  stranger.send(prefix(16 * 1024 + 4))
  await until('it is closed', () => stranger.isClosed)
  const peer = RawPeer.to(port)
  peer.cer(agent)
  await until('the CEA', () => peer.received.length === 1)
  const [message] = diameterMessages.filter(({ id }) => id === 'dia-amr')
  const long = Buffer.concat([message?.bytes ?? Buffer.alloc(0), Buffer.alloc(200_000)])
  long.writeUIntBE(long.length, 1, 3)
  peer.send(long)
  await until('an answer', () => peer.received.length === 2)
  t.deepEqual(node.openPeers, [agent])
  peer.send(prefix(longestMessageBytes + 4))
  await until('it is closed', () => peer.isClosed)
})

test('a peer that begins a message and never ends it is closed by the watchdog', async (t) => {
  const { clock, node, port } = await server(t)
  const peer = RawPeer.to(port)
  peer.cer(agent)
  await until('it is open', () => node.openPeers.length === 1)
  peer.send(prefix(1000))
  for (let intervals = 0; intervals < 3; intervals++) {
    peer.send(Buffer.alloc(1))
    clock.advance(32_001)
  }
  await until('it is closed', () => peer.isClosed)
  t.deepEqual(node.openPeers, [])
})

test('a peer that sends byte by byte has its message copied once, not with every byte', (t) => {
  const framer = new MessageFramer()
  const stream = Buffer.concat([prefix(8_000), Buffer.alloc(7_996)])
  const delivered: Buffer[] = []
  const { concat } = Buffer
  let copiedBytes = 0
  Buffer.concat = (list, total) => {
    const joined = concat(list, total)
    copiedBytes += joined.length
    return joined
  }
  for (const byte of stream) framer.push(Buffer.from([byte]), (message) => delivered.push(message))
  Buffer.concat = concat
  t.deepEqual(delivered, [stream])
  t.is(copiedBytes, stream.length + 4)
})

test('a CER whose Vendor-Specific-Application-Id names no application or two is refused', async (t) => {
  const { port } = await server(t)
  const rows: [group: object, resultCode: number][] = [
    [{ 'Vendor-Id': 10415 }, 5005],
    [{ 'Vendor-Id': 10415, 'Auth-Application-Id': 2, 'Acct-Application-Id': 2 }, 5009],
    [{ 'Vendor-Id': 10415, 'Auth-Application-Id': 2 }, 2001],
  ]
  for (const [group, resultCode] of rows) {
    const peer = RawPeer.to(port)
    peer.cer(agent, { applications: [], 'Vendor-Specific-Application-Id': [group] })
    await until('the CEA', () => peer.received.length === 1)
    t.is(resultOf(peer.received[0]), resultCode)
    peer.close()
  }
})
