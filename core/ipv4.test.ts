import test from 'ava'
import { decodeIpv4, decodeLinkAddress, encodeIpv4, encodeLinkAddress, isIpv4Address } from './ipv4.ts'

test('addresses survive encoding', (t) => {
  for (const address of ['0.0.0.0', '192.0.2.1', '255.255.255.255'])
    t.is(decodeIpv4(encodeIpv4(address)), address)
  for (const address of ['02:00:00:00:00:01', 'ff:ff:ff:ff:ff:ff'])
    t.is(decodeLinkAddress(encodeLinkAddress(address)), address)
})

for (const text of ['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', '1.2.3.-4', 'a.b.c.d'])
  test(`"${text}" is no IPv4 address`, (t) => {
    t.false(isIpv4Address(text))
    t.throws(() => encodeIpv4(text), { code: 'wire/unencodable' })
  })

test('a link address needs six bytes', (t) => {
  t.throws(() => encodeLinkAddress('02:00:00:00:00'), { code: 'wire/unencodable' })
})
