import test from 'ava'
import { encodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { timeout } from '../authorized-session/fake-home-server.ts'
import { bronze, nai, read, setUp } from './fake-surroundings.ts'

const coLocated = { flags: { decapsulationByMobileNode: true } }

function setUpServer() {
  const surroundings = setUp()
  const { diameter, nodeKeys } = surroundings
  const granted = {
    'Result-Code': 2001,
    'Authorization-Lifetime': 3600,
    'MIP-Mobile-Node-Address': '192.0.2.11',
    ...nodeKeys(),
    ...encodeServiceProfile(bronze),
  }
  diameter.answers.set('AA-Mobile-Node', () => granted)
  return { ...surroundings, granted }
}

test('a co-located node is authorized by the agent itself, and its reply sealed with the new key', async (t) => {
  const { diameter, datapath, registration, proven, toAgent } = setUpServer()
  const reply = read(await toAgent(proven(coLocated)))
  t.like(reply, { sealed: true, code: 0, lifetimeSeconds: 600 })
  t.like(diameter.sent('AA-Mobile-Node'), [
    {
      'User-Name': nai,
      'Destination-Realm': 'home.example',
      'MIP-Feature-Vector': 256 + 16,
      'MIP-Mobile-Node-Address': '192.0.2.11',
      'MIP-MN-AAA-Auth': { 'MIP-MN-AAA-SPI': 4100 },
    },
  ])
  t.deepEqual(datapath.lines, ['set 192.0.2.11 192.0.2.1>10.1.1.2 4000000'])
  const [sent] = diameter.sent('AA-Mobile-Node')
  t.truthy(registration.bindings.withSession(sent?.['Session-Id'] ?? ''))
})

test('it registers again with its key; when it proves itself anew, the session stays', async (t) => {
  const { clock, diameter, proven, sealed, toAgent } = setUpServer()
  const { toHomeAgent } = read(await toAgent(proven(coLocated)))
  t.is(read(await toAgent(sealed(coLocated, toHomeAgent))).code, 0)
  clock.advance(1000)
  const moved = { ...coLocated, careOfAddress: '10.1.7.7' }
  t.is(read(await toAgent(proven(moved))).code, 0)
  const [first, second] = diameter.sent('AA-Mobile-Node').map((avps) => avps['Session-Id'])
  t.is(first, second)
  t.deepEqual(diameter.sent('Session-Termination'), [])
})

test('a node that has come home deregisters by itself, though its key is lost', async (t) => {
  const { clock, datapath, diameter, proven, toAgent } = setUpServer()
  await toAgent(proven(coLocated))
  clock.advance(1000)
  const home = { lifetimeSeconds: 0, careOfAddress: '192.0.2.11' }
  t.like(read(await toAgent(proven(home), '192.0.2.11')), { sealed: true, code: 0, lifetimeSeconds: 0 })
  t.is(datapath.footprints.size, 0)
  t.true(diameter.sent('Session-Termination').length > 0)
})

test('144 when the home server does not know the node; other refusals have their codes', async (t) => {
  const { clock, diameter, datapath, proven, toAgent } = setUpServer()
  for (const [answer, code] of [
    [{ 'Result-Code': 4001 }, 144],
    [{ 'Result-Code': 5003 }, 129],
    [{ 'Result-Code': 3004 }, 130],
    [{ 'Result-Code': 5012 }, 128],
    [timeout(), 128],
  ] as const) {
    clock.advance(1000)
    diameter.answers.set('AA-Mobile-Node', () => answer)
    t.like(read(await toAgent(proven(coLocated))), { sealed: false, code }, String(code))
  }
  t.deepEqual(datapath.lines, [])
})

test('an authorization that is of no use is given back', async (t) => {
  const { clock, datapath, diameter, granted, proven, toAgent } = setUpServer()
  diameter.answers.set('AA-Mobile-Node', () => ({ ...granted, 'Service-Profile': undefined }))
  t.is(read(await toAgent(proven(coLocated))).code, 128)
  t.is(diameter.sent('Session-Termination').length, 1)
  clock.advance(1000)
  diameter.answers.set('AA-Mobile-Node', () => granted)
  datapath.refusal = 'ip link add: EPERM'
  t.like(read(await toAgent(proven(coLocated))), { sealed: true, code: 130 })
  t.is(diameter.sent('Session-Termination').length, 2)
})

test('strangers cannot make the agent ask the home server without end', async (t) => {
  const { diameter, proven, toAgent } = setUpServer()
  const gate = Promise.withResolvers<void>()
  diameter.answers.set('AA-Mobile-Node', async () => {
    await gate.promise
    return { 'Result-Code': 4001 }
  })
  const bytes = proven(coLocated)
  const first = toAgent(bytes, '10.6.0.1')
  t.is(await toAgent(bytes, '10.6.0.1'), 'too many requests without a proof')
  t.is(read(await toAgent(bytes, '10.6.0.2')).code, 130)
  gate.resolve()
  t.is(read(await first).code, 144)
  t.is(diameter.sent('AA-Mobile-Node').length, 1)
})

test('134 for a node whose name leads to no realm', async (t) => {
  const { diameter, proven, toAgent } = setUpServer()
  t.is(read(await toAgent(proven({ ...coLocated, name: 'mn1' }))).code, 134)
  t.deepEqual(diameter.requests, [])
})
