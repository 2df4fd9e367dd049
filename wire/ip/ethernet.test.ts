import test from 'ava'
import { mutations } from '../golden/vectors.ts'
import { WireError } from '../wire-error.ts'
import { decodeEthernetFrame, encodeEthernetFrame, etherTypes } from './ethernet.ts'

const frame = {
  destination: '02:00:00:00:00:01',
  source: '02:00:00:00:00:0a',
  etherType: etherTypes.ipv4,
  payload: Buffer.from('payload'),
}

test('Ethernet II frames go there and back', (t) => {
  const bytes = encodeEthernetFrame(frame)
  t.is(bytes.subarray(0, 14).toString('hex'), '02000000000102000000000a0800')
  t.deepEqual(decodeEthernetFrame(bytes), frame)
})

test('IEEE 802.3 frames and short ones are refused, any other change decodes', (t) => {
  for (const bytes of mutations(encodeEthernetFrame(frame))) {
    const sound = bytes.length >= 14 && bytes.readUInt16BE(12) >= 0x600
    if (sound) t.deepEqual(encodeEthernetFrame(decodeEthernetFrame(bytes)), bytes)
    else t.throws(() => decodeEthernetFrame(bytes), { instanceOf: WireError })
  }
})
