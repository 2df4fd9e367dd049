import test from 'ava'
import { type Passage, visitFootprint } from './visit-footprint.ts'

const careOfAddress = '10.1.1.2'
const place = { careOfAddress, accessInterface: 'access', correspondentAgents: ['10.3.0.2', '10.4.0.2'] }
const profile = {
  name: 'bronze',
  revision: 1,
  downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 },
}
const visit: Passage = {
  homeAddress: '192.0.2.11',
  homeAgent: '192.0.2.1',
  linkAddress: '02:00:00:00:00:aa',
  tunnel: { encapsulation: 'gre', key: 7 },
}
const tunnelWith = (remote: string) => ({ encapsulation: 'ipip', local: careOfAddress, remote })

test('what correspondent agents send is accepted beside the tunnel of the home agent, IP in IP whatever that is', (t) => {
  const footprint = visitFootprint(place, visit, profile)
  t.deepEqual(footprint.alsoAcceptFrom, [tunnelWith('10.3.0.2'), tunnelWith('10.4.0.2')])
  t.deepEqual(footprint.tunnel, { encapsulation: 'gre', key: 7, local: careOfAddress, remote: '192.0.2.1' })
})

test('during a move the previous agent is one more of them', (t) => {
  const previous = { careOfAddress: '10.1.2.2', untilMilliseconds: 0 }
  t.deepEqual(
    visitFootprint(place, { ...visit, previous }, profile).alsoAcceptFrom,
    ['10.1.2.2', '10.3.0.2', '10.4.0.2'].map(tunnelWith),
  )
})

test('without any, only the home agent is accepted', (t) => {
  t.is(visitFootprint({ careOfAddress, accessInterface: 'access' }, visit, profile).alsoAcceptFrom, undefined)
})
