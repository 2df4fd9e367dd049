import test from 'ava'
import { advertisedForeignAgent } from './advertised-foreign-agent.ts'
import type { ForeignAgentOffer } from './request-checks.ts'

const offer: ForeignAgentOffer = {
  address: '10.1.101.1',
  careOfAddress: '10.1.1.2',
  registrationLifetimeSeconds: 1800,
}
const rest = { intervalSeconds: 1, prefixLength: 24 }

test('each flag is something that the agent offers or asks for', (t) => {
  const flagsOf = (more: Partial<ForeignAgentOffer>, revocation: boolean) =>
    Object.entries(advertisedForeignAgent({ ...offer, ...more }, { ...rest, revocation }).flags)
      .filter(([, set]) => set)
      .map(([name]) => name)
  t.deepEqual(flagsOf({}, false), ['registrationRequired', 'foreignAgent'])
  t.deepEqual(flagsOf({ gre: 'plain', reverseTunnelling: 'required' }, true), [
    'registrationRequired',
    'foreignAgent',
    'gre',
    'reverseTunnelling',
    'registrationRevocation',
  ])
})

test('it advertises its care-of address and its link', (t) => {
  t.like(advertisedForeignAgent(offer, { ...rest, revocation: false }), {
    careOfAddresses: ['10.1.1.2'],
    prefixLength: 24,
    registrationLifetimeSeconds: 1800,
  })
})
