import test from 'ava'
import { isWithin, network } from './network.ts'

test('networks with prefixes of every kind', (t) => {
  const rows: [network: string, inside: string, outside: string][] = [
    ['192.0.2.0/24', '192.0.2.255', '192.0.3.0'],
    ['10.1.1.2', '10.1.1.2', '10.1.1.3'],
    ['128.0.0.0/1', '255.0.0.1', '127.255.255.255'],
    ['10.0.0.0/31', '10.0.0.1', '10.0.0.2'],
  ]
  for (const [text, inside, outside] of rows) {
    const networks = [network.parse(text)]
    t.true(isWithin(inside, networks), text)
    t.false(isWithin(outside, networks), text)
  }
  t.true(isWithin('203.0.113.9', [network.parse('0.0.0.0/0')]))
  t.false(isWithin('203.0.113.9', []))
})

test('what is no network is refused', (t) => {
  for (const text of [
    '192.0.2.1/24',
    '192.0.2.0/33',
    '192.0.2.0/',
    '192.0.2.0/-1',
    '192.0.2',
    '192.0.2.0/24/1',
    '',
  ])
    t.false(network.safeParse(text).success, text)
})
