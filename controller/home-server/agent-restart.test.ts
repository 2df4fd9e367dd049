import test from 'ava'
import { mn1, mn2 } from '../database/database-fixture.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

test('an agent that comes back with a higher Origin-State-Id has lost its sessions, and the others have not', async (t) => {
  const domain = await homeDomain(t)
  const { fa1, operator } = domain
  await fa1.register()
  await fa1.account(0n)
  t.true('fa1.a.example' in (await operator.subscriber(mn2)).nodes)

  const reborn = await domain.restartForeignAgent()
  await reborn.register({ nai: mn1 })
  const { nodes } = await until('its session of mn2 is over', async () => {
    const detail = await operator.subscriber(mn2)
    return !('fa1.a.example' in detail.nodes) && detail
  })
  t.true('ha.home.example' in nodes)
  t.true('fa1.a.example' in (await operator.subscriber(mn1)).nodes, 'the session of its new life stays')
})
