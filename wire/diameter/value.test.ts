import test from 'ava'
import fc from 'fast-check'
import { formats } from './value.ts'

test('IPv6 addresses are written as RFC 5952 wants', (t) => {
  const rows = {
    '20010db8000000000000000000000001': '2001:db8::1',
    '00000000000000000000000000000000': '::',
    '00000000000000000000000000000001': '::1',
    '20010db8000000010000000000000000': '2001:db8:0:1::',
    '20010db8000100000000000200000003': '2001:db8:1::2:0:3',
    '20010db8000000010002000300040005': '2001:db8:0:1:2:3:4:5',
    '00010000000000020000000000000003': '1:0:0:2::3',
  }
  for (const [hex, text] of Object.entries(rows)) {
    const data = Buffer.from(`0002${hex}`, 'hex')
    t.is(formats.Address.decode(data), text)
    t.deepEqual(formats.Address.encode(text), data)
  }
})

test('every IPv6 address comes back', (t) => {
  const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }))
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const data = Buffer.concat([Buffer.from([0, 2]), Buffer.from(Uint16Array.from(groups).buffer).swap16()])
      t.deepEqual(formats.Address.encode(formats.Address.decode(data)), data)
    }),
  )
})

test('text that is no address is refused', (t) => {
  for (const text of ['', '1', '192.0.2.256', ':', ':::', '1:2', '1::2::3', '1:2:3:4:5:6:7:8:9', 'g::'])
    t.is(formats.Address.encode(text), undefined, text)
})

test('times count from 1900 until 2036 and from 2036 after it', (t) => {
  const rows: [hex: string, iso: string][] = [
    ['80000000', '1968-01-20T03:14:08Z'],
    ['83aa7e80', '1970-01-01T00:00:00Z'],
    ['ffffffff', '2036-02-07T06:28:15Z'],
    ['00000000', '2036-02-07T06:28:16Z'],
    ['7fffffff', '2104-02-26T09:42:23Z'],
  ]
  for (const [hex, iso] of rows) {
    t.is(formats.Time.decode(Buffer.from(hex, 'hex')), Date.parse(iso) / 1000)
    t.deepEqual(formats.Time.encode(Date.parse(iso) / 1000), Buffer.from(hex, 'hex'))
  }
  t.is(formats.Time.encode(Date.parse('2110-01-01T00:00:00Z') / 1000), undefined)
})

test('numbers keep to the bounds of their format', (t) => {
  t.is(formats.Unsigned32.encode(2 ** 32), undefined)
  t.is(formats.Unsigned32.encode(1.5), undefined)
  t.is(formats.Integer32.encode(-(2 ** 31) - 1), undefined)
  t.is(formats.Unsigned64.encode(-1n), undefined)
  t.deepEqual(formats.Integer32.encode(-1), Buffer.from('ffffffff', 'hex'))
  t.deepEqual(formats.Integer64.encode(-2n), Buffer.from('fffffffffffffffe', 'hex'))
  t.is(formats.Integer64.decode(Buffer.from('fffffffffffffffe', 'hex')), -2n)
  t.deepEqual(formats.Float32.encode(125000), Buffer.from('47f42400', 'hex'))
})

test('text that is not UTF-8, or not ASCII in an identity, is refused', (t) => {
  t.is(formats.UTF8String.decode(Buffer.from('ff', 'hex')), undefined)
  t.is(formats.UTF8String.encode('\ud800'), undefined)
  t.is(formats.DiameterIdentity.decode(Buffer.from('é')), undefined)
  t.is(formats.DiameterIdentity.encode('é'), undefined)
})
