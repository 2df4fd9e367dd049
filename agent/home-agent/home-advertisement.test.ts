import test from 'ava'
import { decodeAgentAdvertisement, encodeAgentAdvertisement } from '#wire/mobile-ip/agent-advertisement.ts'
import { agentAdvertisement } from '../advertisement/advertiser.ts'
import { advertisedHomeAgent } from './home-advertisement.ts'

const config = {
  address: '192.0.2.1',
  maximumLifetimeSeconds: 1800,
  reverseTunnelling: 'optional',
  gre: true,
  homeNetwork: { interface: 'home0', advertisementSeconds: 1, prefixLength: 24, router: '192.0.2.254' },
} as const

test('a home agent advertises itself, its link and the router of those who are at home', (t) => {
  const advertisement = agentAdvertisement(advertisedHomeAgent(config), { sequence: 0, busy: false })
  const { routers, extensions } = decodeAgentAdvertisement(encodeAgentAdvertisement(advertisement))
  t.deepEqual(routers, [{ address: '192.0.2.254', preferenceLevel: 0 }])
  t.like(extensions[0], { kind: 'mobility-agent', registrationLifetimeSeconds: 1800, careOfAddresses: [] })
  t.like(extensions[0], { flags: { homeAgent: true, foreignAgent: false, registrationRequired: false } })
  t.like(extensions[0], { flags: { gre: true, reverseTunnelling: true, busy: false } })
  t.like(extensions[1], { kind: 'prefix-lengths', prefixLengths: [24] })
})

test('without a router of the link it is that itself', (t) => {
  const alone = { ...config, homeNetwork: { interface: 'home0', advertisementSeconds: 1 } }
  const { routers, extensions } = agentAdvertisement(advertisedHomeAgent(alone), { sequence: 0, busy: false })
  t.deepEqual(routers, [{ address: '192.0.2.1', preferenceLevel: 0 }])
  t.is(extensions.length, 1)
})
