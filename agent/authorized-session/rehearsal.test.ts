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

test('a visitor moves too', async (t) => {
  const moves: unknown[] = []
  const datapath = new FakeDatapath()
  const kernel = {
    set: (...[nai, footprint]: Parameters<FakeDatapath['set']>) => {
      moves.push([footprint.alsoAcceptFrom?.[0]?.remote, footprint.forwardTo?.remote])
      return datapath.set(nai, footprint)
    },
    remove: (nai: string) => datapath.remove(nai),
    counters: (nai: string) => datapath.counters(nai),
  }
  const delivery = { via: 'access', interface: 'access', linkAddress: '02:00:00:00:00:01' } as const
  await rehearse(kernel, { local: '10.1.1.2', delivery })
  t.deepEqual(moves.slice(2), [
    ['240.0.0.3', undefined],
    [undefined, '240.0.0.3'],
  ])
  t.is(datapath.footprints.size, 0)
})

test('a kernel that cannot do it is known before the first node comes', async (t) => {
  const datapath = new FakeDatapath()
  datapath.refusal = 'ip link add: EOPNOTSUPP (Unknown device type)'
  await t.throwsAsync(rehearse(datapath, { local: '192.0.2.1', delivery: { via: 'tunnel' } }), {
    code: 'datapath/rejected',
    message: /Unknown device type/,
  })
})
