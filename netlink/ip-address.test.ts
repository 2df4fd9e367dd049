import { isIPv4, SocketAddress } from 'node:net'
import test from 'ava'
import fc from 'fast-check'
import { decodeIp, encodeIp, ipv4Bits, parsePrefix } from './ip-address.ts'

for (const [address, hex] of [
  ['192.0.2.1', 'c0000201'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['fe80::1', 'fe800000000000000000000000000001'],
  ['2001:db8::', '20010db8000000000000000000000000'],
  ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
  ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
] as const)
  test(`${address} both ways`, (t) => {
    t.is(encodeIp(address).toString('hex'), hex)
    t.is(decodeIp(Buffer.from(hex, 'hex')), address)
  })

test('any IPv6 address comes back, and is one that Node.js knows as the same', (t) => {
  // Few different words, so that runs of zeros are common.
  const words = fc.array(fc.constantFrom(0, 1, 0xffff), { minLength: 8, maxLength: 8 })
  fc.assert(
    fc.property(words, (groups) => {
      const plain = groups.map((word) => word.toString(16)).join(':')
      const shortened = decodeIp(encodeIp(plain))
      const known = (address: string) => new SocketAddress({ address, family: 'ipv6' }).address
      return encodeIp(shortened).equals(encodeIp(plain)) && known(shortened) === known(plain)
    }),
  )
  t.pass()
})

test('prefixes', (t) => {
  t.deepEqual(parsePrefix('192.0.2.0/24'), { address: '192.0.2.0', length: 24 })
  t.deepEqual(parsePrefix('192.0.2.1'), { address: '192.0.2.1', length: 32 })
  t.deepEqual(parsePrefix('2001:db8::/32'), { address: '2001:db8::', length: 32 })
  for (const wrong of ['192.0.2.0/33', '192.0.2.0/', '192.0.2.0/x']) t.throws(() => parsePrefix(wrong))
  for (const wrong of ['192.0.2', 'fe80::1%v0', '']) t.throws(() => encodeIp(wrong))
})

test('ipv4Bits takes what isIPv4 takes', (t) => {
  const octet = fc.constantFrom(
    '0',
    '1',
    '9',
    '10',
    '99',
    '100',
    '255',
    '256',
    '00',
    '01',
    '',
    '1a',
    '-1',
    ' 1',
    '/',
  )
  fc.assert(
    fc.property(fc.array(octet, { minLength: 3, maxLength: 5 }), (octets) => {
      const address = octets.join('.')
      const bits = ipv4Bits(address)
      t.is(bits, isIPv4(address) ? encodeIp(address).readUInt32BE() : undefined, address)
    }),
  )
})
