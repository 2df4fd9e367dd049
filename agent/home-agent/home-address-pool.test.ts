import test from 'ava'
import { read, setUp } from './fake-surroundings.ts'
import { HomeAddressPool } from './home-address-pool.ts'

const free = () => false

test('each address once, over the byte’s end; who is bound keeps it', (t) => {
  const pool = new HomeAddressPool({ first: '198.51.100.255', last: '198.51.101.1' })
  t.deepEqual(
    [1, 2, 3, 4].map(() => pool.take(free)),
    ['198.51.100.255', '198.51.101.0', '198.51.101.1', undefined],
  )
  pool.giveBack('198.51.100.255')
  pool.giveBack('198.51.101.0')
  t.is(
    pool.take((address) => address === '198.51.100.255'),
    '198.51.101.0',
  )
})

test('the address that was free for longest is next', (t) => {
  const pool = new HomeAddressPool({ first: '198.51.100.1', last: '198.51.100.2' })
  pool.giveBack(pool.take(free) ?? '')
  t.is(pool.take(free), '198.51.100.2')
})

test('a node without a home address gets one, keeps it, and others get none when there is no other', async (t) => {
  const { fromServer, proven } = setUp(
    {},
    new HomeAddressPool({ first: '198.51.100.1', last: '198.51.100.1' }),
  )
  const open = { homeAddress: '0.0.0.0', homeAgent: '0.0.0.0' }
  const other = { 'User-Name': 'mn2@home.example', 'Session-Id': 'aaah;1;3' }
  const [first, second] = await Promise.all([fromServer(proven(open)), fromServer(proven(open), other)])
  t.is(first['MIP-Mobile-Node-Address'], '198.51.100.1')
  t.like(read(first['MIP-Reg-Reply']), { code: 0, homeAddress: '198.51.100.1' })
  t.is(read(second['MIP-Reg-Reply']).code, 129)
  const again = await fromServer(proven({ ...open, careOfAddress: '10.1.2.2' }))
  t.is(again['MIP-Mobile-Node-Address'], '198.51.100.1')
  const all = { ...open, lifetimeSeconds: 0, careOfAddress: '198.51.100.1' }
  t.is(read((await fromServer(proven(all)))['MIP-Reg-Reply']).code, 0)
  t.is((await fromServer(proven(open), other))['MIP-Mobile-Node-Address'], '198.51.100.1')
})
