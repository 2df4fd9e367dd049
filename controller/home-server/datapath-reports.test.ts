import test from 'ava'
import { mn2 } from '../database/database-fixture.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

const tunnel = { interface: 'sj-iCgEBAsAAAgE', encapsulation: 'ipip', remote: '10.1.1.2' } as const

test('an explanation says where the kernel of each agent has the subscriber, over a restart too', async (t) => {
  const domain = await homeDomain(t)
  const { homeAgent, fa1, operator } = domain
  fa1.datapath = {
    tunnels: [{ ...tunnel, encapsulation: 'gre', remote: '192.0.2.1', key: 5 }],
    classes: [{ name: 'downlink', interface: 'access', classId: 0x4400_000a, mark: 0x4400_000a }],
  }
  await fa1.register()
  const nodes = async () => (await operator.explain(mn2)).datapath
  t.deepEqual(await nodes(), [
    {
      node: 'ha.home.example',
      tunnels: [{ ...tunnel, key: null }],
      classes: [
        { name: 'downlink', interface: 'core0', classId: '4400:1', mark: '0x44000001' },
        { name: 'rest', interface: 'core0', classId: '4400:2', mark: null },
      ],
    },
  ])
  await fa1.account(0n)
  t.like((await nodes())[1], {
    node: 'fa1.a.example',
    tunnels: [{ encapsulation: 'gre', remote: '192.0.2.1', key: 5 }],
    classes: [{ name: 'downlink', interface: 'access', classId: '4400:a', mark: '0x4400000a' }],
  })
  homeAgent.datapath = { tunnels: [], classes: [{ name: 'flow/voice', interface: 'core0', classId: 9 }] }
  await operator.setProfile(mn2, 'bronze')
  t.like((await nodes())[0], { tunnels: [], classes: [{ name: 'flow/voice', classId: '0:9' }] })
  await domain.restart()
  t.is((await nodes()).length, 2)
})

test('what cannot be is left out, and the profile counts nevertheless', async (t) => {
  const { homeAgent, fa1, operator } = await homeDomain(t)
  homeAgent.datapath = {
    tunnels: [],
    classes: [{ name: 'downlink', interface: '$(reboot)', classId: 1, mark: 1 }],
  }
  await fa1.register()
  t.deepEqual((await operator.explain(mn2)).datapath, [])
  await until('both agents hold it', async () => {
    await fa1.account(0n)
    return (await operator.subscriber(mn2)).state === 'applied'
  })
})
