import test from 'ava'
import { type AuthenticationKind, sealExtension, verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { type Extension, findExtension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import { atRest } from '../authorized-session/fake-home-server.ts'
import {
  aaa,
  asked,
  granted,
  home,
  homeAgent,
  nai,
  name,
  replyTo,
  type Said,
  type Stage,
  stageAgent,
} from './staged-agent.ts'

const nodeKey = Buffer.alloc(20, 1)
const agentKey = Buffer.alloc(20, 2)
const nodeSpi = 8193
const homeAgentSpi = 9000
const algorithm = 'hmac-sha1'
const keyRequest: Extension = { kind: 'mn-fa-key-generation-request', mobileNodeSpi: nodeSpi }
const keyReply: Extension = {
  kind: 'mn-fa-key-generation-reply',
  lifetimeSeconds: 3600,
  aaaSpi: 4100,
  foreignAgentSpi: 300,
  algorithm: 2,
  nonce: Buffer.alloc(16),
}
const support: Extension = { kind: 'revocation-support', flags: { inform: true }, timestampSeconds: 9 }

const sealedWith = (kind: AuthenticationKind, spi: number, key: Buffer) => (bytes: Buffer) =>
  sealExtension(bytes, kind, { spi, key, algorithm })

interface Changes {
  /** The reply in the answer. */
  said?: (ownSpi: number) => Said
  answer?: Record<string, unknown>
}

/** An agent whose home server hands out both keys. */
function stageKeys(stage: Stage = {}, { said, answer }: Changes = {}) {
  const staged = stageAgent({ asksForHomeAgentKey: true, ...stage })
  let ownSpi = 0
  staged.diameter.answers.set('AA-Mobile-Node', (avps) => {
    ownSpi = Number(avps['MIP-HA-to-FA-SPI'])
    const reply = said?.(ownSpi) ?? { extensions: [name, keyReply, home] }
    return granted(avps['MIP-Reg-Request'] as Buffer, {
      'MIP-Reg-Reply': replyTo(avps['MIP-Reg-Request'] as Buffer, reply),
      'MIP-FA-to-MN-MSA': {
        'MIP-FA-to-MN-SPI': nodeSpi,
        'MIP-Algorithm-Type': 2,
        'MIP-Session-Key': nodeKey,
      },
      'MIP-FA-to-HA-MSA': {
        'MIP-FA-to-HA-SPI': homeAgentSpi,
        'MIP-Algorithm-Type': 2,
        'MIP-Session-Key': agentKey,
      },
      'MIP-MSA-Lifetime': 3600,
      ...answer,
    })
  })
  const first = () => staged.intake.receive(asked({ extensions: [keyRequest, aaa] }))
  const fromNode = (bytes: Buffer) => sealedWith('mobile-foreign-authentication', ownSpi, nodeKey)(bytes)
  const fromHomeAgent = (bytes: Buffer) => sealedWith('foreign-home-authentication', ownSpi, agentKey)(bytes)
  const again = (identification: bigint) =>
    staged.intake.receive(asked({ identification, extensions: [home], sealed: fromNode }))
  const codes = () => staged.replies.map(({ code }) => code)
  return { ...staged, first, again, fromNode, fromHomeAgent, codes }
}

test('both keys are asked for, under one SPI of this agent', async (t) => {
  const { diameter, first, codes } = stageKeys()
  await first()
  const [avps] = diameter.sent('AA-Mobile-Node')
  t.is(avps?.['MIP-Feature-Vector'], 32 + 64)
  t.true(Number(avps?.['MIP-HA-to-FA-SPI']) > 255)
  t.deepEqual(codes(), [0])
})

test('without either there is no SPI to give', async (t) => {
  const { diameter, intake } = stageAgent()
  await intake.receive(asked())
  t.false('MIP-HA-to-FA-SPI' in (diameter.sent('AA-Mobile-Node')[0] ?? {}))
})

test('the reply that brings the key is proven by it, and so is every one after it', async (t) => {
  const { sent, first, again, homeAgentSays, fromHomeAgent } = stageKeys()
  await first()
  homeAgentSays(0, 600, { sealed: fromHomeAgent })
  await again(2n)
  t.is(sent.length, 2)
  for (const { reply, bytes } of sent) {
    const proof = findExtension(reply.extensions, 'mobile-foreign-authentication')
    t.true(proof && verifyExtension(bytes, proof, { spi: nodeSpi, key: nodeKey, algorithm }))
  }
})

const unproven: [name: string, change: (bytes: Buffer, sealed: Buffer) => Buffer][] = [
  ['without a proof', (bytes) => bytes],
  [
    'with a wrong proof',
    (_, sealed) => Buffer.concat([sealed.subarray(0, -1), Buffer.of((sealed.at(-1) ?? 0) ^ 1)]),
  ],
  ['with two proofs', (_, sealed) => Buffer.concat([sealed, sealed.subarray(-26)])],
  ['with another SPI', (bytes) => sealedWith('mobile-foreign-authentication', 257, nodeKey)(bytes)],
]
for (const [what, change] of unproven)
  test(`where the node shares a key with this agent, a request ${what} is denied: 67`, async (t) => {
    const { intake, first, relayed, codes, fromNode } = stageKeys()
    await first()
    const sealed = (bytes: Buffer) => change(bytes, fromNode(bytes))
    await intake.receive(asked({ identification: 2n, extensions: [home], sealed }))
    t.deepEqual(codes(), [0, 67])
    t.deepEqual(relayed, [])
  })

test('a node that has lost the key asks for another one, and the home server vouches for it', async (t) => {
  const { clock, first, codes } = stageKeys()
  await first()
  clock.advance(1000)
  await first()
  t.deepEqual(codes(), [0, 0])
})

test('the key holds as long as the home server says', async (t) => {
  const { clock, intake, first, codes, homeAgentSays } = stageKeys(
    { asksForHomeAgentKey: false },
    { answer: { 'MIP-MSA-Lifetime': 300, 'MIP-FA-to-HA-MSA': undefined } },
  )
  await first()
  homeAgentSays(0, 600)
  clock.advance(300_000)
  await intake.receive(asked({ identification: 2n, extensions: [home] }))
  t.deepEqual(codes(), [0, 0])
})

for (const [what, changes] of [
  ['no key for this agent', { answer: { 'MIP-FA-to-MN-MSA': undefined } }],
  ['no nonce for the node', { said: () => ({ extensions: [name, home] }) }],
  [
    'a reserved SPI',
    {
      answer: {
        'MIP-FA-to-MN-MSA': { 'MIP-FA-to-MN-SPI': 255, 'MIP-Algorithm-Type': 2, 'MIP-Session-Key': nodeKey },
      },
    },
  ],
] satisfies [string, Changes][])
  test(`a key that was asked for, and ${what}: 107`, async (t) => {
    const { diameter, datapath, first, codes } = stageKeys({}, changes)
    await first()
    await atRest()
    t.deepEqual(codes(), [107])
    t.deepEqual(datapath.lines, [])
    t.is(diameter.sent('Session-Termination').length, 1)
  })

test('a relayed request is proven to the home agent, and its reply by the home agent', async (t) => {
  const { visits, relayed, first, again, codes, homeAgentSays, fromHomeAgent } = stageKeys()
  await first()
  homeAgentSays(0, 300, { sealed: fromHomeAgent })
  await again(2n)
  t.deepEqual(codes(), [0, 0])
  const [bytes = Buffer.alloc(0)] = relayed
  const { extensions } = decodeRegistration(bytes)
  t.deepEqual(
    extensions.map(({ kind }) => kind),
    ['mobile-node-nai', 'mobile-home-authentication', 'foreign-home-authentication'],
  )
  const proof = findExtension(extensions, 'foreign-home-authentication')
  t.true(proof && verifyExtension(bytes, proof, { spi: homeAgentSpi, key: agentKey, algorithm }))
  t.truthy(visits.visitors.of(nai))
})

test('a reply without a genuine proof of the home agent is not believed, be it good or bad: 68', async (t) => {
  const { clock, visits, first, again, codes, homeAgentSays } = stageKeys()
  await first()
  const before = visits.visitors.of(nai)?.expiresAtMilliseconds
  const wrong = sealedWith('foreign-home-authentication', 300, Buffer.alloc(20))
  for (const [code, said] of [
    [0, {}],
    [131, {}],
    [0, { sealed: wrong }],
  ] satisfies [number, Said][]) {
    homeAgentSays(code, 900, said)
    await again(2n)
    clock.advance(1000)
  }
  t.deepEqual(codes(), [0, 68, 68, 68])
  t.is(visits.visitors.of(nai)?.expiresAtMilliseconds, before)
})

test('a deregistration bears no proof between the agents', async (t) => {
  const { intake, relayed, first, codes, homeAgentSays, fromNode } = stageKeys()
  await first()
  homeAgentSays(0, 0)
  await intake.receive(
    asked({ identification: 2n, lifetimeSeconds: 0, extensions: [home], sealed: fromNode }),
  )
  t.deepEqual(codes(), [0, 0])
  t.is(
    findExtension(
      decodeRegistration(relayed[0] ?? home.authenticator).extensions,
      'foreign-home-authentication',
    ),
    undefined,
  )
})

test('a proof of the home agent that is wrong in the very answer that brings the key: 68', async (t) => {
  const sealed = sealedWith('foreign-home-authentication', 300, agentKey)
  const { diameter, datapath, first, codes } = stageKeys(
    {},
    { said: () => ({ extensions: [name, keyReply, home], sealed }) },
  )
  await first()
  await atRest()
  t.deepEqual([codes(), datapath.lines], [[68], []])
  t.is(diameter.sent('Session-Termination').length, 1)
})

test('a realm has no say where another one speaks for the home agent', async (t) => {
  const { homeAgentKeys, visits, first, codes } = stageKeys(
    { revocation: true },
    { said: () => ({ extensions: [name, keyReply, home, support] }) },
  )
  const association = { spi: 5000, key: nodeKey, algorithm } as const
  const expiresAtMilliseconds = Number.POSITIVE_INFINITY
  const held = { incoming: association, outgoing: association, expiresAtMilliseconds }
  t.true(homeAgentKeys.accept(homeAgent, 'other.example', held))
  await first()
  t.deepEqual(codes(), [0])
  t.is(homeAgentKeys.of(homeAgent)?.incoming.spi, 5000)
  t.is(homeAgentKeys.ofRealm(homeAgent, 'home.example'), undefined)
  t.is(visits.visitors.of(nai)?.revocation, undefined)
})

test('revocation is offered where the agents share a key, and agreed by a reply', async (t) => {
  const { visits, relayed, diameter, first, again, homeAgentSays, fromHomeAgent } = stageKeys(
    { revocation: true },
    { said: () => ({ extensions: [name, keyReply, home, support] }) },
  )
  await first()
  const [avps] = diameter.sent('AA-Mobile-Node')
  const kinds = (bytes: Buffer) => decodeRegistration(bytes).extensions.map(({ kind }) => kind)
  t.is(avps && kinds(avps['MIP-Reg-Request']).at(-1), 'revocation-support')
  t.deepEqual(visits.visitors.of(nai)?.revocation, { timestampSeconds: 9, inform: true })
  homeAgentSays(0, 600, {
    extensions: [name, home, { ...support, timestampSeconds: 10 }],
    sealed: fromHomeAgent,
  })
  await again(2n)
  t.deepEqual(relayed.map(kinds)[0]?.slice(2), ['revocation-support', 'foreign-home-authentication'])
  t.is(visits.visitors.of(nai)?.revocation?.timestampSeconds, 10)
})

test('a visit that this agent ends is revoked at the home agent, another is not', async (t) => {
  const said = () => ({ extensions: [name, keyReply, home, support] })
  const ended = stageKeys({ revocation: true }, { said, answer: { 'Authorization-Lifetime': 60 } })
  await ended.first()
  ended.clock.advance(60_000)
  await atRest()
  t.deepEqual(ended.revoked, ['192.0.2.11'])

  const expired = stageKeys({ revocation: true }, { said })
  await expired.first()
  expired.clock.advance(600_000)
  await atRest()
  t.is(expired.visits.visitors.size, 0)
  t.deepEqual(expired.revoked, [])
})
