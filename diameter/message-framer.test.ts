import test from 'ava'
import fc from 'fast-check'
import { WireError } from '#wire/wire-error.ts'
import { longestMessageBytes, MessageFramer } from './message-framer.ts'

function message(bodyWords: number): Buffer {
  const bytes = Buffer.alloc(20 + 4 * bodyWords, bodyWords)
  bytes.writeUInt8(1, 0)
  bytes.writeUIntBE(bytes.length, 1, 3)
  return bytes
}

test('however the stream is cut, the messages come out whole', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat(40)), fc.array(fc.integer({ min: 1, max: 90 })), (bodies, cuts) => {
      const messages = bodies.map(message)
      const stream = Buffer.concat(messages)
      const framer = new MessageFramer()
      const out: Buffer[] = []
      let at = 0
      for (const cut of [...cuts, stream.length]) {
        framer.push(stream.subarray(at, at + cut), (each) => out.push(Buffer.from(each)))
        at += cut
      }
      t.deepEqual(out, messages)
    }),
  )
})

test('a header that cannot be one stops the stream', (t) => {
  const rows: [hex: string, resultCode: number | undefined][] = [
    ['02000014', 5011],
    ['01000010', 5015],
    ['01000015', 5015],
    [`01${(longestMessageBytes + 4).toString(16).padStart(6, '0')}`, undefined],
  ]
  for (const [hex, resultCode] of rows) {
    const push = () => new MessageFramer().push(Buffer.from(hex, 'hex'), () => t.fail())
    t.is(t.throws(push, { instanceOf: WireError }).resultCode, resultCode)
  }
})
