import test from 'ava'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { revocationSupport, revocationTimestamp } from '../revocation/revocation-support.ts'
import type { Revocation } from '../revocation/revocations.ts'
import { foreignAgentKey, nai, read, setUp } from './fake-surroundings.ts'
import { findRevocable } from './revocable.ts'

const keyWithForeignAgent = {
  'MIP-HA-to-FA-MSA': {
    'MIP-HA-to-FA-SPI': 800,
    'MIP-Algorithm-Type': 2,
    'MIP-Session-Key': foreignAgentKey,
  },
}

function setUpRevocable() {
  const surroundings = setUp()
  const { clock, fromServer, proven } = surroundings
  const bindRevocable = async (changes: Parameters<typeof proven>[0] = {}) =>
    read(
      (
        await fromServer(
          proven(changes, { behind: [revocationSupport(clock.now(), true)] }),
          keyWithForeignAgent,
        )
      )['MIP-Reg-Reply'],
    )
  const revocation = (changes: Partial<Revocation> = {}): Revocation => ({
    type: 'registration-revocation',
    flags: { fromHomeAgent: false, inform: true },
    homeAddress: '192.0.2.11',
    homeDomainAddress: '192.0.2.1',
    foreignDomainAddress: '10.1.1.2',
    revocationIdentifier: 0,
    extensions: [],
    ...changes,
  })
  return { ...surroundings, bindRevocable, revocation }
}

test('both ends agree on revocation when they share a key', async (t) => {
  const { clock, bindRevocable, fromServer, proven } = setUpRevocable()
  const { extensions } = await bindRevocable()
  t.like(findExtension(extensions, 'revocation-support'), {
    flags: { inform: true },
    timestampSeconds: revocationTimestamp(clock.now()),
  })
  const other = { careOfAddress: '10.1.9.2' }
  const without = await fromServer(proven(other, { behind: [revocationSupport(clock.now(), true)] }))
  t.is(findExtension(read(without['MIP-Reg-Reply']).extensions, 'revocation-support'), undefined)
})

test('a move and the end of a session tell the foreign agent, an expiry and its own deregistration do not', async (t) => {
  const { clock, registration, revoked, bindRevocable, sealed, toAgent } = setUpRevocable()
  await bindRevocable()
  await bindRevocable({ careOfAddress: '10.1.2.2' })
  t.like(revoked.splice(0), [
    {
      homeAddress: '192.0.2.11',
      homeDomainAddress: '192.0.2.1',
      foreignDomainAddress: '10.1.1.2',
      inform: true,
    },
  ])
  await bindRevocable({ careOfAddress: '10.1.2.2' })
  const { toHomeAgent } = await bindRevocable({
    careOfAddress: '10.1.1.2',
    flags: { simultaneousBindings: true },
  })
  t.deepEqual(revoked, [])
  await toAgent(sealed({ lifetimeSeconds: 0, careOfAddress: '10.1.1.2' }, toHomeAgent))
  const revoke = registration.bindings.of(nai)?.careOf ?? []
  await registration.release(nai, 'DIAMETER_ADMINISTRATIVE', { revoke })
  t.like(revoked.splice(0), [{ foreignDomainAddress: '10.1.2.2', inform: true }])
  await bindRevocable()
  clock.advance(600_000)
  await registration.turns.idle()
  t.is(registration.bindings.of(nai), undefined)
  t.deepEqual(revoked, [])
})

test('all taken back by a node that is home: its foreign agents are told', async (t) => {
  const { revoked, bindRevocable, sealed, toAgent } = setUpRevocable()
  const { toHomeAgent } = await bindRevocable()
  await toAgent(sealed({ lifetimeSeconds: 0, careOfAddress: '192.0.2.11' }, toHomeAgent), '192.0.2.11')
  t.like(revoked, [{ foreignDomainAddress: '10.1.1.2' }])
})

test('a foreign agent ends its binding, and only its own', async (t) => {
  const { datapath, registration, revoked, bindRevocable, revocation } = setUpRevocable()
  await bindRevocable()
  await bindRevocable({ careOfAddress: '10.1.2.2', flags: { simultaneousBindings: true } })
  const found = findRevocable(registration, '192.0.2.1', revocation())
  t.deepEqual(await found?.end(), { inform: true })
  t.like(datapath.footprints.get(nai), { tunnel: { remote: '10.1.2.2' } })
  for (const changes of [
    {},
    { foreignDomainAddress: '10.1.9.2' },
    { homeDomainAddress: '192.0.2.2' },
    { homeAddress: '192.0.2.12' },
  ])
    t.is(findRevocable(registration, '192.0.2.1', revocation(changes)), undefined)
  t.deepEqual(revoked, [])
  const last = findRevocable(registration, '192.0.2.1', revocation({ foreignDomainAddress: '10.1.2.2' }))
  await last?.end()
  t.is(datapath.footprints.size, 0)
})

test('a binding that was renewed meanwhile is not ended', async (t) => {
  const { datapath, registration, bindRevocable, revocation } = setUpRevocable()
  await bindRevocable()
  const found = findRevocable(registration, '192.0.2.1', revocation())
  await bindRevocable()
  await found?.end()
  t.is(datapath.footprints.size, 1)
})

test('a binding without that agreement cannot be revoked', async (t) => {
  const { registration, bind, revocation } = setUpRevocable()
  await bind()
  t.is(findRevocable(registration, '192.0.2.1', revocation()), undefined)
})
