import test from 'ava'
import { foreignAgentConfig } from './config.ts'

const minimal = {
  identity: 'fa1.a.example',
  realm: 'a.example',
  diameter: { security: 'none', peers: [{ identity: 'aaaf.a.example', connect: '10.1.0.2' }] },
  careOfAddress: '10.1.1.2',
  access: { interface: 'eth1', address: '10.1.101.1', rate: '1gbit' },
}

test('what the configuration does not name is not offered, and not asked for', (t) => {
  t.like(foreignAgentConfig.parse(minimal), {
    challenge: 'off',
    gre: 'off',
    reverseTunnelling: 'off',
    coLocatedNodes: false,
    homeAgentKeys: 'off',
    revocation: false,
    errorExtension: false,
  })
})

test('revocation needs the keys by which it is authenticated', (t) => {
  const { error } = foreignAgentConfig.safeParse({ ...minimal, revocation: true })
  t.deepEqual(error?.issues[0]?.path, ['revocation'])
  t.regex(error?.issues[0]?.message ?? '', /homeAgentKeys: request/)
  t.true(foreignAgentConfig.safeParse({ ...minimal, revocation: true, homeAgentKeys: 'request' }).success)
})
