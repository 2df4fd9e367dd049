import test from 'ava'
import { bits, int32, ipv4AddressList, octets, reserved, text, uint8, uint8List, uint16 } from './field.ts'
import { decodeFields, encodeFields, minimumSize } from './layout.ts'
import { WireError } from './wire-error.ts'

const layout = {
  count: uint8,
  gap: reserved(2),
  level: int32,
  flags: bits(2, { high: 0x8000, low: 1 }),
  rest: octets(1),
}
const value = { count: 7, level: -10, flags: { high: true, low: false }, rest: Buffer.from('rest') }
const bytes = Buffer.from('070000fffffff680007265' + '7374', 'hex')

test('fields are laid out in their order; reserved ones are zero and not part of the value', (t) => {
  t.deepEqual(encodeFields(layout, value), bytes)
  t.deepEqual(decodeFields(layout, bytes, 0, bytes.length), value)
  t.is(minimumSize(layout), 10)
})

test('reserved bytes and bits are ignored on reception', (t) => {
  const noisy = Buffer.from(bytes)
  noisy.write('ffff', 1, 'hex')
  noisy.write('fffe', 7, 'hex')
  t.deepEqual(decodeFields(layout, noisy, 0, noisy.length), value)
})

test('an error tells the field and its byte', (t) => {
  const truncated = t.throws(() => decodeFields(layout, bytes, 0, 5), { instanceOf: WireError })
  t.is(truncated.offset, 3)
  t.is(truncated.code, 'wire/truncated')
  t.is(truncated.message, 'level needs 4 bytes, 2 are left (at byte 3)')
  const unencodable = t.throws(() => encodeFields(layout, { ...value, level: 2 ** 31 }), {
    instanceOf: WireError,
  })
  t.is(unencodable.offset, 3)
  t.is(unencodable.code, 'wire/unencodable')
})

test('lists take the rest', (t) => {
  const lists = { addresses: ipv4AddressList }
  const encoded = Buffer.from('c0000201c0000202', 'hex')
  t.deepEqual(decodeFields(lists, encoded, 0, 8), { addresses: ['192.0.2.1', '192.0.2.2'] })
  t.deepEqual(encodeFields(lists, { addresses: ['192.0.2.1', '192.0.2.2'] }), encoded)
  t.throws(() => decodeFields(lists, encoded, 0, 7), { instanceOf: WireError, code: 'wire/malformed' })
  t.deepEqual(decodeFields({ list: uint8List }, encoded, 0, 2), { list: [192, 0] })
})

test('numbers and text that do not fit are not encoded', (t) => {
  const attempts = [
    () => encodeFields({ number: uint16 }, { number: 65536 }),
    () => encodeFields({ number: uint16 }, { number: Number.NaN }),
    () => encodeFields({ list: uint8List }, { list: [256] }),
    () => encodeFields({ name: text }, { name: '' }),
    () => encodeFields({ name: text }, { name: '\ud800' }),
    () => encodeFields({ rest: octets(2) }, { rest: Buffer.of(1) }),
  ]
  for (const attempt of attempts) t.throws(attempt, { instanceOf: WireError, code: 'wire/unencodable' })
})
