import test from 'ava'
import { FakeDatapath } from './fake-datapath.ts'
import { rehearse } from './rehearsal.ts'

test('the rehearsal leaves nothing behind', async (t) => {
  const datapath = new FakeDatapath()
  await rehearse(datapath, { local: '192.0.2.1', delivery: { via: 'tunnel' } })
  t.is(datapath.footprints.size, 0)
  t.deepEqual(datapath.lines, [
    'set 240.0.0.1 192.0.2.1>240.0.0.2 1000000',
    'set 240.0.0.1 192.0.2.1>240.0.0.2 1000000',
    'remove 240.0.0.1',
  ])
})

test('a kernel that cannot do it is known before the first node comes', async (t) => {
  const datapath = new FakeDatapath()
  datapath.refusal = 'ip link add: EOPNOTSUPP (Unknown device type)'
  await t.throwsAsync(rehearse(datapath, { local: '192.0.2.1', delivery: { via: 'tunnel' } }), {
    code: 'datapath/rejected',
    message: /Unknown device type/,
  })
})
