import test from 'ava'
import fc from 'fast-check'
import { internetChecksum, onesComplementSum } from './checksum.ts'

test('the example of RFC 1071, section 3', (t) => {
  t.is(onesComplementSum(Buffer.from('0001f203f4f5f6f7', 'hex')), 0xddf2)
  t.is(onesComplementSum(Buffer.from('0001f203', 'hex'), Buffer.from('f4f5f6f7', 'hex')), 0xddf2)
  t.is(internetChecksum(Buffer.alloc(0)), 0xffff)
  t.is(internetChecksum(Buffer.of(0x12)), 0xffff - 0x1200)
})

/** Word by word, the carry added at once: the definition. */
function slowSum(bytes: Buffer): number {
  let sum = 0
  for (let offset = 0; offset < bytes.length; offset += 2) {
    sum += (bytes[offset] ?? 0) * 256 + (bytes[offset + 1] ?? 0)
    if (sum > 0xffff) sum -= 0xffff
  }
  return sum
}

test('random bytes sum up as by the definition', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (random) => {
      const bytes = Buffer.from(random)
      return onesComplementSum(bytes) === slowSum(bytes)
    }),
  )
  const longest = Buffer.alloc(65535, 0xff)
  t.is(onesComplementSum(longest), slowSum(longest))
})
