import test from 'ava'
import { attributes, flagged } from './attribute.ts'
import { arrayOf } from './attribute-array.ts'
import { selectedBy } from './attribute-selected.ts'
import { type AttributeType, choice, interfaceIndex, text, u8, u16, u32, u64 } from './attribute-type.ts'
import { MessageWriter, noInterfaces } from './message-writer.ts'
import { NetlinkError } from './netlink-error.ts'
import { padding, struct } from './struct.ts'

const inner = attributes({
  port: [1, 'INNER_PORT', u16],
  mode: [2, 'INNER_MODE', choice(u8, { off: 0, on: 1 })],
})
const table = attributes({
  kind: [1, 'TEST_KIND', text],
  data: [2, 'TEST_DATA', selectedBy('kind', { tunnel: inner, counter: u64 })],
  list: [3, 'TEST_LIST', arrayOf(inner)],
  device: [4, 'TEST_DEVICE', interfaceIndex],
  nested: [5, 'TEST_NESTED', flagged(inner)],
  size: [6, 'TEST_SIZE', u32],
})

function encode<Input>(type: AttributeType<unknown, Input>, value: Input): Buffer {
  const writer = new MessageWriter((name) => (name === 'v0' ? 10 : noInterfaces(name)), 4)
  type.write(writer, value)
  return writer.bytes.subarray(0, writer.length)
}

test('nested, selected and listed attributes come back as they went', (t) => {
  const value = {
    kind: 'tunnel',
    data: { tunnel: { port: 434, mode: 'on' } },
    list: [{ port: 1 }, { port: 2, mode: 7 }],
    nested: { mode: 'off' },
    size: 0xffffffff,
  } as const
  t.deepEqual(table.read(encode(table, value), 0, encode(table, value).length), value)
})

test('bytes: header, padding, NLA_F_NESTED', (t) => {
  t.is(encode(table, { kind: 'a' }).toString('hex'), '0600010061000000')
  t.is(encode(table, { nested: { port: 434 } }).toString('hex'), '0c00058006000100b2010000')
  t.is(encode(table, { list: [{}, {}] }).toString('hex'), '0c0003000400010004000200')
})

test('an interface is written by name or index and read as its index', (t) => {
  t.deepEqual(encode(table, { device: 'v0' }), encode(table, { device: 10 }))
  t.deepEqual(table.read(encode(table, { device: 'v0' }), 0, 8), { device: 10 })
})

test('unknown attributes, repeated ones and unknown kinds survive', (t) => {
  const hex = '0800060001000000' + '0700630061626300' + '0800060002000000'
  const value = table.read(Buffer.from(hex, 'hex'), 0, 24)
  t.deepEqual(value, {
    size: 1,
    unknown: [
      { number: 99, payload: Buffer.from('abc') },
      { number: 6, payload: Buffer.from('02000000', 'hex') },
    ],
  })
  t.is(encode(table, value).toString('hex'), hex)

  const other = encode(table, { kind: 'new', data: { unknown: Buffer.from('1234', 'hex') } })
  t.deepEqual(table.read(other, 0, other.length), {
    kind: 'new',
    data: { unknown: Buffer.from('1234', 'hex') },
  })
})

test('what was read does not share memory with the message', (t) => {
  const bytes = Buffer.from('0700630061626300', 'hex')
  const value = table.read(bytes, 0, 8)
  bytes.fill(0)
  t.deepEqual(value.unknown, [{ number: 99, payload: Buffer.from('abc') }])
})

test('a value that does not fit names its attribute', (t) => {
  const fault = (write: () => void) =>
    t.throws(write, { instanceOf: NetlinkError, code: 'wire/unencodable' })?.message ?? ''
  t.regex(
    fault(() => encode(table, { nested: { port: 70000 } })),
    /^INNER_PORT: /,
  )
  t.regex(
    fault(() => encode(table, { device: 'v9' })),
    /^TEST_DEVICE: .*v9/,
  )
  t.regex(
    fault(() => encode(table, { kind: 'tunnel', data: {} })),
    /^TEST_DATA: exactly one/,
  )
})

test('a structure is a plain object with its fields in order; what is left out is zero', (t) => {
  const type = struct('test_struct', {
    a: u8,
    hole: padding(3),
    'b "c"': u32,
    inner: struct('test_inner', { d: u16 }),
  })
  const bytes = encode(type, { 'b "c"': 7 })
  t.is(bytes.toString('hex'), '00000000070000000000')
  const value = type.read(Buffer.concat([bytes, Buffer.alloc(2)]), 0, 12)
  t.is(Object.getPrototypeOf(value), Object.prototype)
  t.is(JSON.stringify(value), '{"a":0,"b \\"c\\"":7,"inner":{"d":0}}')
  t.throws(() => type.read(bytes, 0, 9), {
    code: 'netlink/malformed',
    message: /test_struct of 9 bytes where 10/,
  })
  t.throws(() => encode(type, { inner: { d: 70000 } }), {
    code: 'wire/unencodable',
    message: /^test_inner\.d: /,
  })
})

test('an attribute longer than its message is malformed', (t) => {
  t.throws(() => table.read(Buffer.from('0c00060001000000', 'hex'), 0, 8), { code: 'netlink/malformed' })
  t.throws(() => table.read(Buffer.from('0300060001000000', 'hex'), 0, 8), { code: 'netlink/malformed' })
  t.throws(() => table.read(Buffer.from('0600060001000000', 'hex'), 0, 8), { code: 'netlink/malformed' })
})

test('an offset is named by the path of attributes to it', (t) => {
  const bytes = encode(table, { kind: 'tunnel', data: { tunnel: { port: 1, mode: 'on' } }, size: 3 })
  const at = (offset: number) => table.locate(bytes, 0, bytes.length, offset)
  t.is(at(0), 'TEST_KIND')
  t.is(at(12), 'TEST_DATA')
  t.is(at(16), 'TEST_DATA.INNER_PORT')
  t.is(at(24), 'TEST_DATA.INNER_MODE')
  t.is(at(32), 'TEST_SIZE')
  t.is(at(400), undefined)
})
