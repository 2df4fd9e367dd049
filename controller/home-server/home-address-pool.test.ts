import test from 'ava'
import { homeAddressPool, poolWithout } from './home-address-pool.ts'

test('a pool is a network without its first and last address', (t) => {
  const pool = homeAddressPool.parse('192.0.2.248/29')
  const all = ['192.0.2.249', '192.0.2.250', '192.0.2.251', '192.0.2.252', '192.0.2.253', '192.0.2.254']
  t.deepEqual([...pool.addresses()], all)
  t.deepEqual(
    ['192.0.2.248', ...all, '192.0.2.255'].filter((address) => pool.has(address)),
    all,
  )
  t.is([...homeAddressPool.parse('10.0.0.0/16').addresses()].at(-1), '10.0.255.254')
})

test('addresses of others are left out', (t) => {
  const pool = poolWithout(homeAddressPool.parse('192.0.2.0/30'), ['192.0.2.1'])
  t.deepEqual([...pool.addresses()], ['192.0.2.2'])
  t.deepEqual([pool.has('192.0.2.1'), pool.has('192.0.2.2')], [false, true])
})

for (const text of [
  '192.0.2.0',
  '192.0.2.0/31',
  '10.0.0.0/7',
  '192.0.2.1/24',
  '300.0.2.0/24',
  '192.0.2.0/2x',
  '',
])
  test(`no pool: "${text}"`, (t) => t.false(homeAddressPool.safeParse(text).success))
