import test from 'ava'
import { mutations, readVectors } from '../golden/vectors.ts'
import { WireError } from '../wire-error.ts'
import { keepaliveMessage, keepaliveOf, keepaliveReply } from './keepalive.ts'
import { decodeMobileIpMessage, encodeMobileIpMessage, type MobileIpMessageOf } from './message.ts'
import { tunnelDataNextHeaders } from './tunnel-data.ts'

const golden = readVectors('mip').find(({ id }) => id === 'mip-tunnel-data-keepalive')

function tunnelData(bytes: Buffer): MobileIpMessageOf<'tunnel-data'> {
  const message = decodeMobileIpMessage(bytes)
  if (message.type !== 'tunnel-data') throw new Error(`it is a ${message.type}`)
  return message
}

const request = {
  kind: 'request',
  source: '192.0.2.77',
  destination: '192.0.2.1',
  identifier: 1,
  sequence: 1,
  data: Buffer.from('keepalive'),
} as const

test('the golden keepalive, and its answer', (t) => {
  t.deepEqual(keepaliveOf(tunnelData(golden?.bytes ?? Buffer.alloc(0))), request)
  const reply = keepaliveReply(request)
  t.like(reply, { kind: 'reply', source: '192.0.2.1', destination: '192.0.2.77' })
  for (const keepalive of [request, reply])
    t.deepEqual(keepaliveOf(tunnelData(encodeMobileIpMessage(keepaliveMessage(keepalive)))), keepalive)
})

test('another packet is no keepalive', (t) => {
  const message = keepaliveMessage(request)
  t.is(keepaliveOf({ ...message, nextHeader: tunnelDataNextHeaders.gre }), undefined)
  const udp = readVectors('tunnel').find(({ id }) => id === 'ipip-forward')?.bytes ?? Buffer.alloc(0)
  t.is(keepaliveOf({ ...message, packet: udp }), undefined)
})

test('every truncation and every bit flip inside is refused: checksums cover all but padding', (t) => {
  const message = keepaliveMessage(request)
  for (const packet of mutations(message.packet))
    t.throws(() => keepaliveOf({ ...message, packet }), { instanceOf: WireError })
})
