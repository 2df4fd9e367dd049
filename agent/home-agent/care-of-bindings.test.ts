import test from 'ava'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import { nai, read, setUp } from './fake-surroundings.ts'

const simultaneous = { flags: { simultaneousBindings: true } }

test('simultaneous bindings: the last registered gets the packets, up to two others get copies', async (t) => {
  const { datapath, registration, bind, fromServer, proven } = setUp()
  await bind()
  await bind({ ...simultaneous, careOfAddress: '10.1.2.2' })
  await bind({ ...simultaneous, careOfAddress: '10.1.3.2' })
  t.like(datapath.footprints.get(nai), {
    tunnel: { remote: '10.1.3.2' },
    alsoDeliverTo: [{ remote: '10.1.2.2' }, { remote: '10.1.1.2' }],
  })
  const fourth = await fromServer(proven({ ...simultaneous, careOfAddress: '10.1.4.2' }))
  t.like(read(fourth['MIP-Reg-Reply']), { sealed: true, code: 135 })
  t.is(registration.bindings.of(nai)?.careOf.length, 3)
  await bind({ careOfAddress: '10.1.4.2' })
  t.deepEqual(
    registration.bindings.of(nai)?.careOf.map(({ careOfAddress }) => careOfAddress),
    ['10.1.4.2'],
  )
  t.is(datapath.footprints.get(nai)?.alsoDeliverTo, undefined)
})

test('each binding has a lifetime of its own', async (t) => {
  const { clock, datapath, diameter, registration, bind } = setUp()
  await bind()
  clock.advance(100_000)
  await bind({ ...simultaneous, careOfAddress: '10.1.2.2', lifetimeSeconds: 300 })
  clock.advance(300_000)
  await atRest()
  t.like(datapath.footprints.get(nai), { tunnel: { remote: '10.1.1.2' } })
  t.is(datapath.footprints.get(nai)?.alsoDeliverTo, undefined)
  clock.advance(200_000)
  await atRest()
  t.is(registration.bindings.of(nai), undefined)
  t.is(datapath.footprints.size, 0)
  t.is(diameter.sent('Session-Termination').length, 1)
})

test('what a node keeps beside a new binding is kept for so long as the agent says', async (t) => {
  const { clock, datapath, diameter, registration, bind } = setUp({ simultaneousSeconds: 2 })
  await bind()
  await bind({ ...simultaneous, careOfAddress: '10.1.2.2' })
  t.like(datapath.footprints.get(nai)?.alsoDeliverTo, [{ remote: '10.1.1.2' }])
  clock.advance(1000)
  await bind({ ...simultaneous, careOfAddress: '10.1.2.2' })
  clock.advance(999)
  await atRest()
  t.is(datapath.footprints.get(nai)?.alsoDeliverTo?.length, 1, 'registered again, which is no new binding')
  clock.advance(1)
  await atRest()
  t.is(datapath.footprints.get(nai)?.alsoDeliverTo, undefined)
  t.like(datapath.footprints.get(nai), { tunnel: { remote: '10.1.2.2' } })
  t.is(registration.bindings.of(nai)?.careOf.length, 1)
  t.deepEqual(diameter.sent('Session-Termination'), [])
})

test('a binding that ends before that ends in its time', async (t) => {
  const { clock, datapath, bind } = setUp({ simultaneousSeconds: 20 })
  await bind({ lifetimeSeconds: 5 })
  await bind({ ...simultaneous, careOfAddress: '10.1.2.2' })
  clock.advance(5000)
  await atRest()
  t.is(datapath.footprints.get(nai)?.alsoDeliverTo, undefined)
})

test('an expired binding that the kernel would not let go is tried again', async (t) => {
  const { clock, datapath, registration, bind } = setUp()
  await bind()
  await bind({ ...simultaneous, careOfAddress: '10.1.2.2', lifetimeSeconds: 300 })
  datapath.refusal = 'ip route replace: ENOBUFS'
  clock.advance(300_000)
  await atRest()
  t.is(registration.bindings.of(nai)?.careOf.length, 2)
  clock.advance(30_000)
  await atRest()
  t.is(registration.bindings.of(nai)?.careOf.length, 1)
  t.like(datapath.footprints.get(nai), { tunnel: { remote: '10.1.1.2' } })
})

test('one binding is taken back, or all', async (t) => {
  const { datapath, diameter, registration, bind, sealed, toAgent } = setUp()
  await bind()
  const toHomeAgent = await bind({ ...simultaneous, careOfAddress: '10.1.2.2' })
  const one = await toAgent(sealed({ lifetimeSeconds: 0, careOfAddress: '10.1.2.2' }, toHomeAgent))
  t.like(read(one), { sealed: true, code: 0, lifetimeSeconds: 0 })
  t.like(datapath.footprints.get(nai), { tunnel: { remote: '10.1.1.2' } })
  t.deepEqual(diameter.sent('Session-Termination'), [])
  await toAgent(sealed({ ...simultaneous }, toHomeAgent))
  const all = await toAgent(sealed({ lifetimeSeconds: 0, careOfAddress: '192.0.2.11' }, toHomeAgent))
  t.is(read(all).code, 0)
  t.is(datapath.footprints.size, 0)
  t.is(registration.bindings.of(nai), undefined)
  t.is(diameter.sent('Session-Termination').length, 1)
})

test('a kernel that refuses to let go of one binding leaves all, and is not called a success', async (t) => {
  const { datapath, registration, bind, sealed, toAgent } = setUp()
  await bind()
  const toHomeAgent = await bind({ ...simultaneous, careOfAddress: '10.1.2.2' })
  datapath.refusal = 'ip route replace: EINVAL'
  const reply = await toAgent(sealed({ lifetimeSeconds: 0, careOfAddress: '10.1.2.2' }, toHomeAgent))
  t.like(read(reply), { sealed: true, code: 130 })
  t.is(registration.bindings.of(nai)?.careOf.length, 2)
})

test('the reply to a deregistration was lost: the same is asked again', async (t) => {
  const { clock, bind, sealed, toAgent } = setUp()
  const toHomeAgent = await bind()
  await toAgent(sealed({ lifetimeSeconds: 0 }, toHomeAgent))
  clock.advance(2000)
  t.like(read(await toAgent(sealed({ lifetimeSeconds: 0 }, toHomeAgent))), { sealed: true, code: 0 })
  t.is(await toAgent(sealed({}, toHomeAgent)), 'no association with 192.0.2.11')
})

test('only what was asked for: GRE, its key, a reverse tunnel', async (t) => {
  const { datapath, fromServer, proven } = setUp()
  const register = async (flags: object, ...behind: Extension[]) => {
    const answer = await fromServer(proven({ flags }, { behind }))
    const { code, extensions } = read(answer['MIP-Reg-Reply'])
    t.is(code, 0)
    const { tunnel, reverseTunnel } = datapath.footprints.get(nai) ?? {}
    return { tunnel, reverseTunnel, key: findExtension(extensions, 'gre-key') }
  }
  const ends = { local: '192.0.2.1', remote: '10.1.1.2' }
  t.deepEqual(await register({}), {
    tunnel: { encapsulation: 'ipip', ...ends },
    reverseTunnel: undefined,
    key: undefined,
  })
  t.like(await register({ reverseTunnelling: true }), { reverseTunnel: { style: 'direct' } })
  t.deepEqual(await register({ gre: true }), {
    tunnel: { encapsulation: 'gre', ...ends },
    reverseTunnel: undefined,
    key: undefined,
  })
  t.like(await register({ gre: true }, { kind: 'gre-key', key: 77 }), {
    tunnel: { encapsulation: 'gre', key: 77 },
    key: { key: 77 },
  })
  const drawn = await register({ gre: true }, { kind: 'gre-key', key: 0 })
  t.is(drawn.tunnel?.key, drawn.key?.key)
  t.true((drawn.key?.key ?? 0) > 0)
})

test('the home link is told of the first binding and of the end, and answers for nobody whom the kernel refused', async (t) => {
  const told: string[] = []
  const { datapath, bind, fromServer, proven, sealed, toAgent } = setUp({
    homeNetwork: {
      intercept: async (homeAddress) => void told.push(`intercept ${homeAddress}`),
      release: async (homeAddress) => void told.push(`release ${homeAddress}`),
      announceReturn: (homeAddress) => void told.push(`returned ${homeAddress}`),
    },
  })
  datapath.refusal = 'ip link add: EPERM'
  await fromServer(proven())
  t.deepEqual(told, [])
  await bind()
  const toHomeAgent = await bind({ careOfAddress: '10.1.2.2' })
  t.deepEqual(told.splice(0), ['intercept 192.0.2.11'])
  const home = { lifetimeSeconds: 0, careOfAddress: '192.0.2.11' }
  t.is(read(await toAgent(sealed(home, toHomeAgent), '192.0.2.11')).code, 0)
  t.deepEqual(told.splice(0), ['release 192.0.2.11', 'returned 192.0.2.11'])
  const abroad = await bind()
  await toAgent(sealed({ lifetimeSeconds: 0 }, abroad))
  t.deepEqual(told, ['intercept 192.0.2.11', 'release 192.0.2.11'])
})

test('a home link that cannot be told is code 130, and leaves no tunnel', async (t) => {
  const { datapath, registration, fromServer, proven } = setUp({
    homeNetwork: {
      intercept: async () => {
        throw new DatapathError('datapath/rejected', 'no answer for 192.0.2.11 on eth0')
      },
      release: async () => {},
      announceReturn: () => {},
    },
  })
  const answer = await fromServer(proven())
  t.like(answer, { 'Result-Code': 4005, 'Error-Message': 'no answer for 192.0.2.11 on eth0' })
  t.is(read(answer['MIP-Reg-Reply']).code, 130)
  t.is(datapath.footprints.size, 0)
  t.is(registration.bindings.of(nai), undefined)
})
