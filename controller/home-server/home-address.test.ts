import test from 'ava'
import { mn3 } from '../database/database-fixture.ts'
import { homeDomain } from './test-domain/home-domain.ts'
import { until } from './test-domain/until.ts'

/** One address beside that of the home agent. */
const homeServer = { homeAddressPool: '192.0.2.0/30' }

test('a node without a home address of its own gets one of the pool, and always the same', async (t) => {
  const { homeAgent, fa1, fa2, operator, restart } = await homeDomain(t, undefined, { homeServer })
  t.is((await operator.subscriber(mn3)).homeAddress, '0.0.0.0')
  const answer = await fa1.register({ nai: mn3 })
  t.like(answer.avps, { 'Result-Code': 2001, 'MIP-Mobile-Node-Address': '192.0.2.2' })
  t.like(homeAgent.registrations[0], { 'MIP-Mobile-Node-Address': '192.0.2.2' })
  t.is((await operator.subscriber(mn3)).homeAddress, '192.0.2.2')

  t.is(
    (await fa2.register({ nai: mn3, homeAddress: '192.0.2.2' })).avps['Result-Code'],
    2001,
    'it may name it',
  )
  t.is((await fa2.register({ nai: mn3, homeAddress: '192.0.2.1' })).avps['Result-Code'], 5003, 'but no other')
  await homeAgent.terminate(1)
  await restart()
  const again = await until('all are connected again', async () => {
    const { avps } = await fa1.register({ nai: mn3 })
    return avps['Result-Code'] === 2001 && avps
  })
  t.is(again['MIP-Mobile-Node-Address'], '192.0.2.2')
})

test('without a pool, a node without a home address cannot be served', async (t) => {
  const { homeAgent, fa1 } = await homeDomain(t)
  t.like((await fa1.register({ nai: mn3 })).avps, {
    'Result-Code': 5003,
    'Error-Message': 'there is neither a home address for the subscriber nor a homeAddressPool',
  })
  t.is(homeAgent.registrations.length, 0)
})

test('a pool that is used up is a passing failure', async (t) => {
  const homeAgents = ['192.0.2.1', '192.0.2.2'].map((address) => ({ identity: 'ha.home.example', address }))
  const { fa1 } = await homeDomain(t, undefined, { homeServer: { ...homeServer, homeAgents } })
  t.is((await fa1.register({ nai: mn3 })).avps['Result-Code'], 4006)
})
