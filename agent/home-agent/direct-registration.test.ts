import test from 'ava'
import { sealExtension, verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { foreignAgentKey, nai, read, setUp } from './fake-surroundings.ts'

const foreignAgent = '10.1.1.2'
const towards = (spi: number) => ({ spi, key: foreignAgentKey, algorithm: 'hmac-sha1' }) as const
const forever = { expiresAtMilliseconds: Number.POSITIVE_INFINITY }
const withForeignAgent = { incoming: towards(700), outgoing: towards(800), ...forever }

/** As the foreign agent relays a request with which it shares a key. */
const relayed = (bytes: Buffer, spi = 700) =>
  sealExtension(bytes, 'foreign-home-authentication', towards(spi))

test('a foreign agent that shares a key proves itself, and gets a proof', async (t) => {
  const { associations, bind, sealed, toAgent } = setUp()
  const toHomeAgent = await bind()
  associations.add(foreignAgent, withForeignAgent)
  const bytes = await toAgent(relayed(sealed({}, toHomeAgent)))
  const { code, extensions } = read(bytes)
  t.is(code, 0)
  const proof = findExtension(extensions, 'foreign-home-authentication')
  t.true(Buffer.isBuffer(bytes) && proof && verifyExtension(bytes, proof, towards(800)))
})

test('132: a wrong proof of the foreign agent, and none when it had one before', async (t) => {
  const { associations, bind, sealed, toAgent } = setUp()
  const toHomeAgent = await bind()
  associations.add(foreignAgent, withForeignAgent)
  const plain = () => sealed({}, toHomeAgent)
  // The key is on its way to the foreign agent, which cannot have it yet.
  t.is(read(await toAgent(plain())).code, 0)
  t.like(read(await toAgent(relayed(plain(), 701))), { sealed: true, code: 132 })
  const twice = relayed(relayed(plain()))
  t.is(read(await toAgent(twice)).code, 132)
  t.is(read(await toAgent(Buffer.concat([relayed(plain()), Buffer.of(0)]))).code, 132)
  t.is(read(await toAgent(relayed(plain()))).code, 0)
  t.like(read(await toAgent(plain())), { sealed: true, code: 132 })
  t.is(read(await toAgent(sealed({ lifetimeSeconds: 0 }, toHomeAgent))).code, 0)
})

test('the proof of a foreign agent that shares no key is discarded', async (t) => {
  const { bind, sealed, toAgent } = setUp()
  const toHomeAgent = await bind()
  t.is(await toAgent(relayed(sealed({}, toHomeAgent))), 'no association with the foreign agent 10.1.1.2')
})

test('131 for a wrong key, sealed, once in a second', async (t) => {
  const { clock, bind, sealed, toAgent } = setUp()
  const wrong = { ...(await bind()), key: Buffer.alloc(20, 9) }
  t.like(read(await toAgent(sealed({}, wrong))), { sealed: true, code: 131 })
  t.is(await toAgent(sealed({}, wrong)), 'too many requests with a wrong proof')
  clock.advance(1000)
  t.is(read(await toAgent(sealed({}, wrong))).code, 131)
})

test('136 for who looks for a home agent, with the agent’s own address', async (t) => {
  const { clock, datapath, bind, request, sealed, toAgent } = setUp()
  const looking = { homeAgent: '192.0.2.255' }
  const answered = (bytes: Buffer) => toAgent(bytes, '192.0.2.11', true)
  t.like(read(await answered(request(looking))), { sealed: false, code: 136, homeAgent: '192.0.2.1' })
  t.is(await answered(request(looking)), 'too many requests without a proof')
  clock.advance(1000)
  const toHomeAgent = await bind()
  t.like(read(await answered(sealed(looking, toHomeAgent))), {
    sealed: true,
    code: 136,
    homeAgent: '192.0.2.1',
  })
  t.is(datapath.lines.length, 1)
})

test('a request without any proof, or with two, changes nothing and is not answered', async (t) => {
  const { datapath, diameter, bind, request, sealed, toAgent } = setUp()
  const toHomeAgent = await bind()
  t.is(await toAgent(request({ careOfAddress: '10.66.6.6' })), 'nobody vouches for the request')
  const twice = sealExtension(sealed({}, toHomeAgent), 'mobile-home-authentication', toHomeAgent)
  t.is(await toAgent(twice), '2 mobile-home authentications where one is due')
  t.is(typeof (await toAgent(Buffer.of(1, 2, 3))), 'string')
  t.is(typeof (await toAgent(Buffer.of(3, ...Buffer.alloc(19)))), 'string')
  t.deepEqual(diameter.requests, [])
  t.is(datapath.lines.length, 1)
})

test('what stands behind the node’s proof counts only if the foreign agent vouches for it', async (t) => {
  const { associations, registration, bind, sealed, toAgent } = setUp()
  const toHomeAgent = await bind()
  const appended = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('3000000400000007', 'hex')])
  const withGre = () => appended(sealed({ flags: { gre: true } }, toHomeAgent))
  t.is(read(await toAgent(withGre())).code, 0)
  t.is(registration.bindings.of(nai)?.careOf[0].tunnel.key, undefined)
  associations.add(foreignAgent, withForeignAgent)
  const { code, extensions } = read(await toAgent(relayed(withGre())))
  t.is(code, 0)
  t.is(registration.bindings.of(nai)?.careOf[0].tunnel.key, 7)
  t.deepEqual(
    extensions.map(({ kind }) => kind),
    ['mobile-node-nai', 'mobile-home-authentication', 'gre-key', 'foreign-home-authentication'],
  )
})

test('a tunnel over UDP is declined, and the registration stands without it', async (t) => {
  const { bind, sealed, toAgent } = setUp()
  const toHomeAgent = await bind()
  const asked = {
    kind: 'udp-tunnel-request',
    flags: { forced: false, registrationRequired: false },
    encapsulation: 4,
  } as const
  const bytes = sealed({ flags: { decapsulationByMobileNode: true } }, toHomeAgent, [asked])
  const { code, extensions } = read(await toAgent(bytes))
  t.is(code, 0)
  t.like(findExtension(extensions, 'udp-tunnel-reply'), { replyCode: 64 })
})

test('with nonces: 133 tells the node its nonce, each accepted request brings the next', async (t) => {
  const { fromServer, nodeKeys, proven, sealed, toAgent } = setUp()
  const nonces = nodeKeys(3)
  const first = read((await fromServer(proven(), nonces))['MIP-Reg-Reply'])
  t.like(first, { sealed: true, code: 133 })
  const low = (number: number) => (first.identification & ~0xffff_ffffn) | BigInt(number)
  const bound = read((await fromServer(proven({}, { identification: low(5) }), nonces))['MIP-Reg-Reply'])
  t.is(bound.code, 0)
  t.is(bound.identification & 0xffff_ffffn, 5n)
  const again = sealed({}, bound.toHomeAgent, [], bound.identification)
  const next = read(await toAgent(again))
  t.is(next.code, 0)
  const repeated = read(await toAgent(again))
  t.like(repeated, { sealed: true, code: 133 })
  t.is(repeated.identification >> 32n, next.identification >> 32n)
})

test('the home server hands over the key with the foreign agent, and the node’s nonce for its own', async (t) => {
  const { associations, fromServer, proven } = setUp()
  const answer = await fromServer(
    proven({}, { extensions: [{ kind: 'mn-fa-key-generation-request', mobileNodeSpi: 9000 }] }),
    {
      'MIP-MSA-Lifetime': 900,
      'MIP-HA-to-FA-MSA': {
        'MIP-HA-to-FA-SPI': 800,
        'MIP-Algorithm-Type': 2,
        'MIP-Session-Key': foreignAgentKey,
      },
      'MIP-MN-to-FA-MSA': {
        'MIP-HA-to-FA-SPI': 800,
        'MIP-Algorithm-Type': 2,
        'MIP-Nonce': Buffer.alloc(16, 8),
      },
    },
  )
  t.is(answer['Result-Code'], 2001)
  t.is(answer['MIP-FA-to-MN-SPI'], 9000)
  t.like(findExtension(read(answer['MIP-Reg-Reply']).extensions, 'mn-fa-key-generation-reply'), {
    foreignAgentSpi: 800,
    lifetimeSeconds: 900,
    nonce: Buffer.alloc(16, 8),
    aaaSpi: 4100,
  })
  t.like(associations.withIncomingSpi(foreignAgent, answer['MIP-FA-to-HA-SPI'] ?? 0), {
    outgoing: { spi: 800, key: foreignAgentKey },
  })
})

test('an assigned home address is in the reply', async (t) => {
  const { fromServer, proven } = setUp()
  const assigned = { 'MIP-Mobile-Node-Address': '192.0.2.77' }
  const answer = await fromServer(proven({ homeAddress: '0.0.0.0', homeAgent: '255.255.255.255' }), assigned)
  t.like(read(answer['MIP-Reg-Reply']), { code: 0, homeAddress: '192.0.2.77', homeAgent: '192.0.2.1' })
  const none = await fromServer(proven({ homeAddress: '0.0.0.0' }), {
    'User-Name': 'mn2@home.example',
    'Session-Id': 'aaah;1;3',
  })
  t.is(read(none['MIP-Reg-Reply']).code, 129)
})
