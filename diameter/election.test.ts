import { createServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { createNode, freePort, loopback, until } from './loopback-nodes.ts'
import { RawPeer, resultOf } from './raw-peer.ts'

/** A node that has dialled `peer` and waits for its CEA, while `peer` dials it and sends its CER. */
async function bothHaveDialled(t: ExecutionContext, peer: string) {
  const [nodePort, peerPort] = [await freePort(), await freePort()]
  let initiated: RawPeer | undefined
  const listener = createServer((socket) => {
    initiated = new RawPeer(socket)
  }).listen({ host: loopback, port: peerPort })
  const node = createNode('m.home.example', { port: nodePort, peers: [{ identity: peer, port: peerPort }] })
  await node.start()
  await until('the CER of the node', () => initiated?.received.length === 1)
  const responder = RawPeer.to(nodePort)
  t.teardown(async () => {
    listener.close()
    initiated?.close()
    responder.close()
    await node.stop()
  })
  responder.cer(peer)
  if (initiated === undefined) throw new Error('the node has not dialled')
  return { node, initiated, responder }
}

test('the node wins: it closes the connection that it opened and answers on the other', async (t) => {
  const { node, initiated, responder } = await bothHaveDialled(t, 'a.home.example')
  await until('a CEA', () => responder.received.length === 1)
  t.is(resultOf(responder.received[0]), 2001)
  await until('the end of its own', () => initiated.isClosed)
  await node.whenOpen()
})

for (const closesFirst of [false, true])
  test(`the node loses: it waits for the CEA on its own connection${closesFirst ? ', the other being gone' : ''}`, async (t) => {
    const { node, initiated, responder } = await bothHaveDialled(t, 'z.home.example')
    if (closesFirst) responder.close()
    const [cer] = initiated.received
    if (cer === undefined) throw new Error('no CER')
    initiated.cea('z.home.example', cer)
    await node.whenOpen()
    await until('the end of the other', () => responder.isClosed)
    t.deepEqual(responder.received, [])
    t.false(initiated.isClosed)
  })

test('the node loses, but its connection breaks: it answers on the other', async (t) => {
  const { node, initiated, responder } = await bothHaveDialled(t, 'z.home.example')
  await new Promise((resolve) => setTimeout(resolve, 50)) // nothing tells that the CER was read: that nothing comes is the point
  t.deepEqual(responder.received, [])
  initiated.close()
  await until('a CEA', () => responder.received.length === 1)
  await node.whenOpen()
})
