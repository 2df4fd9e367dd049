import test from 'ava'
import { isAuthentication, verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { ForeignAgentAssociation, HomeAgentAssociation, NodeIdentity } from './association.ts'
import { encodeRequest, type RequestKeys } from './registration-request.ts'
import type { RequestPlan } from './registration-state.ts'
import { atA1, atHome, terms } from './sample.ts'

const node: NodeIdentity = {
  nai: 'mn1@home.example',
  mobileAaa: { spi: 4100, key: Buffer.alloc(16, 7), algorithm: 'hmac-md5' },
}
const end = (spi: number, fill: number) =>
  ({ spi, key: Buffer.alloc(20, fill), algorithm: 'hmac-sha1' }) as const
const homeAgent: HomeAgentAssociation = {
  toHomeAgent: end(700, 1),
  toMobileNode: end(800, 1),
  replay: 'timestamps',
}
const foreignAgent: ForeignAgentAssociation = { toForeignAgent: end(900, 2), toMobileNode: end(901, 2) }

const plan: RequestPlan = {
  homeAddress: '192.0.2.11',
  homeAgent: '192.0.2.1',
  point: atA1,
  careOfAddress: '10.1.1.2',
  lifetimeSeconds: 600,
  proof: 'mn-aaa',
  terms,
  requestedHomeAgent: undefined,
  challenge: undefined,
  usesForeignKey: false,
  asksForForeignKey: false,
  simultaneous: false,
}
const keys: RequestKeys = {
  identification: 5n,
  homeAgent: undefined,
  foreignAgent: undefined,
  mobileNodeSpi: 8193,
  mobileNodeForeignSpi: undefined,
}
const byHomeAgent = { ...keys, homeAgent, mobileNodeSpi: undefined }

function request(changes: Partial<RequestPlan> = {}, given: RequestKeys = keys) {
  const bytes = encodeRequest({ ...plan, ...changes }, node, given)
  const message = decodeRegistration(bytes)
  if (message.type !== 'registration-request') throw new TypeError('a request was encoded')
  return { bytes, message }
}
const kinds = (changes: Partial<RequestPlan>, given: RequestKeys): string[] =>
  request(changes, given).message.extensions.map(({ kind }) => kind)
const flags = (changes: Partial<RequestPlan>): string[] =>
  Object.entries(request(changes).message.flags).flatMap(([name, set]) => (set ? [name] : []))

const challenge = Buffer.from('a challenge')
const ownAddress = { kind: 'co-located', careOfAddress: '10.9.9.2', agent: undefined } as const

test('by the home server: name, requests for keys, then its proof', (t) => {
  t.deepEqual(kinds({}, keys), [
    'mobile-node-nai',
    'mn-ha-key-generation-request',
    'mobile-aaa-authentication',
  ])
  const all = { ...keys, mobileNodeForeignSpi: 8194, foreignAgent }
  t.deepEqual(kinds({ challenge }, all), [
    'mobile-node-nai',
    'mn-ha-key-generation-request',
    'mn-fa-key-generation-request',
    'challenge',
    'mobile-aaa-authentication',
    'mobile-foreign-authentication',
  ])
})

test('by the home agent: its proof, then what is for the foreign agent', (t) => {
  const wishes = { ...terms, reverseTunnel: 'encapsulating' as const }
  t.deepEqual(kinds({ challenge, terms: wishes }, { ...byHomeAgent, foreignAgent }), [
    'mobile-node-nai',
    'mobile-home-authentication',
    'encapsulating-delivery-style',
    'challenge',
    'mobile-foreign-authentication',
  ])
})

test('every proof holds, and covers all before it', (t) => {
  const associations = {
    'mobile-home-authentication': homeAgent.toHomeAgent,
    'mobile-foreign-authentication': foreignAgent.toForeignAgent,
    'mobile-aaa-authentication': node.mobileAaa,
  }
  const verified: string[] = []
  for (const given of [
    { ...keys, foreignAgent },
    { ...byHomeAgent, foreignAgent },
  ]) {
    const { bytes, message } = request({ challenge }, given)
    for (const proof of message.extensions.filter((extension) => isAuthentication(extension))) {
      const association = Object.entries(associations).find(([kind]) => kind === proof.kind)?.[1]
      if (association && verifyExtension(bytes, proof, association)) verified.push(proof.kind)
    }
  }
  t.deepEqual(verified, [
    'mobile-aaa-authentication',
    'mobile-foreign-authentication',
    'mobile-home-authentication',
    'mobile-foreign-authentication',
  ])
})

test('flags say what is asked for', (t) => {
  t.deepEqual(flags({}), [])
  t.deepEqual(flags({ terms: { ...terms, reverseTunnel: 'direct', encapsulation: 'gre' } }), [
    'gre',
    'reverseTunnelling',
  ])
  t.deepEqual(flags({ simultaneous: true }), ['simultaneousBindings'])
  t.deepEqual(flags({ point: ownAddress }), ['decapsulationByMobileNode'])
  t.deepEqual(flags({ point: atHome, terms: { ...terms, reverseTunnel: 'direct' } }), [])
})

test('only a co-located node asks for a GRE key and a UDP tunnel, and none answers a challenge that it did not hear', (t) => {
  const wishes = { ...terms, encapsulation: 'gre' as const, greKey: 7, udpTunnel: true }
  const asked = request({ point: ownAddress, terms: wishes, challenge }, byHomeAgent).message.extensions
  t.deepEqual(
    asked.map(({ kind }) => kind),
    ['mobile-node-nai', 'gre-key', 'udp-tunnel-request', 'mobile-home-authentication'],
  )
  t.like(asked[1], { key: 7 })
  t.like(asked[2], { encapsulation: 47, flags: { forced: false, registrationRequired: false } })
  t.deepEqual(kinds({ terms: wishes }, byHomeAgent), ['mobile-node-nai', 'mobile-home-authentication'])
})

test('a home agent that is wanted is named', (t) => {
  const { message } = request({ homeAgent: '0.0.0.0', requestedHomeAgent: '192.0.2.7' })
  t.like(message.extensions[1], { kind: 'requested-home-agent', homeAgent: '192.0.2.7' })
})
