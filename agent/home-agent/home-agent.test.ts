import test from 'ava'
import { decodeServiceProfile, encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { timestampIdentification } from '#wire/mobile-ip/identification.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import { bronze, nai, read, setUp } from './fake-surroundings.ts'

test('a request of the home server binds: kernel first, then a sealed reply with the nonce and the profile read back', async (t) => {
  const { datapath, registration, fromServer, proven, clock } = setUp()
  datapath.rounded = () => 3_999_992
  const answer = await fromServer(proven())
  t.is(answer['Result-Code'], 2001)
  t.is(decodeServiceProfile(answer)?.downlink.rateBitsPerSecond, 3_999_992)
  t.like(answer['Datapath-Report']?.['Tunnel-Report'], [{ 'Tunnel-Remote': '10.1.1.2' }])
  const reply = read(answer['MIP-Reg-Reply'])
  t.like(reply, { sealed: true, code: 0, lifetimeSeconds: 600 })
  t.like(reply.generated, {
    aaaSpi: 4100,
    algorithm: 2,
    replayMethod: 2,
    lifetimeSeconds: 3600,
    nonce: Buffer.alloc(16, 4),
  })
  t.deepEqual(datapath.lines, ['set 192.0.2.11 192.0.2.1>10.1.1.2 3999992'])
  t.like(registration.bindings.of(nai)?.careOf, [
    { careOfAddress: '10.1.1.2', expiresAtMilliseconds: clock.now() + 600_000 },
  ])
})

test('a move switches the binding and keeps the accounting session', async (t) => {
  const { datapath, registration, fromServer, proven } = setUp()
  const first = await fromServer(proven())
  const second = await fromServer(proven({ careOfAddress: '10.1.2.2' }))
  t.is(second['Acct-Multi-Session-Id'], first['Acct-Multi-Session-Id'])
  t.deepEqual(datapath.lines, [
    'set 192.0.2.11 192.0.2.1>10.1.1.2 4000000',
    'set 192.0.2.11 192.0.2.1>10.1.2.2 4000000',
  ])
  t.is(registration.bindings.withSession('aaah;1;2')?.careOf[0].careOfAddress, '10.1.2.2')
})

test('a move with an older profile than the one in force keeps the newer', async (t) => {
  const { registration, fromServer, proven } = setUp()
  await fromServer(proven(), encodeServiceProfile({ ...bronze, name: 'gold', revision: 2 }))
  await fromServer(proven({ careOfAddress: '10.1.2.2' }))
  t.like(registration.bindings.of(nai)?.profile, { name: 'gold', revision: 2 })
})

test('a kernel that refuses leaves the former binding, with code 130 and its reason', async (t) => {
  const { datapath, registration, fromServer, proven } = setUp()
  await fromServer(proven())
  datapath.refusal = 'ip route replace: EINVAL'
  const answer = await fromServer(proven({ careOfAddress: '10.1.2.2' }))
  t.like(answer, { 'Result-Code': 4005, 'Error-Message': 'ip route replace: EINVAL' })
  t.like(read(answer['MIP-Reg-Reply']), { sealed: true, code: 130 })
  t.is(registration.bindings.of(nai)?.careOf[0].careOfAddress, '10.1.1.2')
})

test('a denial is Result-Code 4005 with a sealed reply that the node can believe', async (t) => {
  const { clock, datapath, fromServer, proven } = setUp()
  const answer = await fromServer(
    proven({}, { identification: timestampIdentification(clock.now() - 60_000, 1) }),
  )
  t.is(answer['Result-Code'], 4005)
  t.like(read(answer['MIP-Reg-Reply']), { sealed: true, code: 133 })
  t.deepEqual(datapath.lines, [])
})

test('a home address that another node holds is not given away', async (t) => {
  const { fromServer, proven } = setUp()
  await fromServer(proven())
  const answer = await fromServer(proven(), { 'User-Name': 'mn2@home.example', 'Session-Id': 'aaah;1;3' })
  t.like(read(answer['MIP-Reg-Reply']), { code: 129 })
})

test('a home server’s request that lacks what it needs is refused', async (t) => {
  const { fromServer, proven } = setUp()
  const without = async (changes: Record<string, undefined>) =>
    (await fromServer(proven(), changes as object))['Result-Code']
  t.is(await without({ 'Service-Profile': undefined }), 5005)
  t.is(await without({ 'MIP-MN-to-HA-MSA': undefined }), 5005)
  t.is((await fromServer(Buffer.from('0102', 'hex')))['Result-Code'], 5004)
})

test('the node registers again with its key, and the lifetime starts anew', async (t) => {
  const { clock, datapath, registration, fromServer, proven, sealed, toAgent } = setUp()
  const { toHomeAgent } = read((await fromServer(proven()))['MIP-Reg-Reply'])
  clock.advance(300_000)
  const reply = read(await toAgent(sealed({}, toHomeAgent)))
  t.like(reply, { sealed: true, code: 0, lifetimeSeconds: 600 })
  clock.advance(599_000)
  await atRest()
  t.truthy(registration.bindings.of(nai))
  t.is(datapath.footprints.size, 1)
})

test('a lifetime ends with the authorization at the latest', async (t) => {
  const { clock, fromServer, proven, sealed, toAgent } = setUp()
  const { toHomeAgent } = read(
    (await fromServer(proven(), { 'Authorization-Lifetime': 700 }))['MIP-Reg-Reply'],
  )
  clock.advance(500_000)
  t.is(read(await toAgent(sealed({}, toHomeAgent))).lifetimeSeconds, 200)
})

test('a wrong key gets 131, an unknown node or a request without a proof gets nothing', async (t) => {
  const { fromServer, proven, sealed, toAgent } = setUp()
  const { toHomeAgent } = read((await fromServer(proven()))['MIP-Reg-Reply'])
  const wrong = { ...toHomeAgent, key: Buffer.alloc(20, 9) }
  t.is(read(await toAgent(sealed({}, wrong))).code, 131)
  t.is(await toAgent(sealed({ homeAddress: '192.0.2.12' }, toHomeAgent)), 'no association with 192.0.2.12')
  t.is(
    await toAgent(proven(), '10.1.1.3'),
    'the node is not co-located, and no foreign agent has had it authorized',
  )
  t.is(await toAgent(sealed({}, toHomeAgent).subarray(0, 22)).then((result) => typeof result), 'string')
})

test('a deregistration takes the binding out of the kernel and ends the session, and cannot be replayed', async (t) => {
  const { datapath, diameter, fromServer, proven, sealed, toAgent } = setUp()
  const before = proven()
  const { toHomeAgent } = read((await fromServer(before))['MIP-Reg-Reply'])
  t.like(read(await toAgent(sealed({ lifetimeSeconds: 0 }, toHomeAgent))), {
    sealed: true,
    code: 0,
    lifetimeSeconds: 0,
  })
  t.is(datapath.footprints.size, 0)
  t.like(diameter.sent('Session-Termination'), [
    {
      'Session-Id': 'aaah;1;2',
      'Termination-Cause': 1,
      'Destination-Host': 'aaah.home.example',
      'User-Name': nai,
    },
  ])
  t.like(read((await fromServer(before))['MIP-Reg-Reply']), { code: 133 })
})

test('a deregistration of a former care-of address leaves the binding alone', async (t) => {
  const { datapath, fromServer, proven, sealed, toAgent } = setUp()
  const { toHomeAgent } = read((await fromServer(proven()))['MIP-Reg-Reply'])
  const bytes = sealed({ lifetimeSeconds: 0, careOfAddress: '10.1.9.2' }, toHomeAgent)
  t.is(read(await toAgent(bytes)).code, 0)
  t.is(datapath.footprints.size, 1)
  const all = sealed({ lifetimeSeconds: 0, careOfAddress: '192.0.2.11' }, toHomeAgent)
  t.is(read(await toAgent(all)).code, 0)
  t.is(datapath.footprints.size, 0)
})

test('a binding that is not renewed expires, and the home server is told', async (t) => {
  const { clock, datapath, diameter, registration, fromServer, proven } = setUp()
  await fromServer(proven())
  clock.advance(599_999)
  await atRest()
  t.is(datapath.footprints.size, 1)
  clock.advance(1)
  await atRest()
  t.is(datapath.footprints.size, 0)
  t.is(registration.bindings.of(nai), undefined)
  t.like(diameter.sent('Session-Termination'), [{ 'Session-Id': 'aaah;1;2', 'Termination-Cause': 8 }])
})

test('the end of the process leaves kernel and bindings as they are', async (t) => {
  const { clock, datapath, diameter, registration, fromServer, proven } = setUp()
  await fromServer(proven())
  await registration.close()
  clock.advance(10_000_000)
  await atRest()
  t.is(datapath.footprints.size, 1)
  t.deepEqual(diameter.requests, [])
})
