import test from 'ava'
import { sealExtension } from '#wire/mobile-ip/authentication.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { deriveKey } from '#wire/mobile-ip/key-distribution.ts'
import { encodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { ForeignAgentAssociation, HomeAgentAssociation, NodeIdentity } from './association.ts'
import { type Associations, type SentRequest, verifyReply } from './reply-verification.ts'

const aaaKey = Buffer.alloc(16, 7)
const node: NodeIdentity = {
  nai: 'mn1@home.example',
  mobileAaa: { spi: 4100, key: aaaKey, algorithm: 'hmac-md5' },
}
const nonce = Buffer.alloc(16, 9)
const k1 = deriveKey(aaaKey, nonce, node.nai)
const asked: SentRequest = {
  identification: 0xe000_0000_1234_5678n,
  homeAddress: '192.0.2.11',
  throughForeignAgent: true,
  mobileNodeSpi: 8193,
  mobileNodeForeignSpi: undefined,
}
const notAsked: SentRequest = { ...asked, mobileNodeSpi: undefined }
const current: HomeAgentAssociation = {
  toHomeAgent: { spi: 700, key: Buffer.alloc(20, 1), algorithm: 'hmac-sha1' },
  toMobileNode: { spi: 800, key: Buffer.alloc(20, 1), algorithm: 'hmac-sha1' },
  replay: 'timestamps',
}
const foreign: ForeignAgentAssociation = {
  toForeignAgent: { spi: 900, key: Buffer.alloc(20, 2), algorithm: 'hmac-sha1' },
  toMobileNode: { spi: 901, key: Buffer.alloc(20, 2), algorithm: 'hmac-sha1' },
}
const none: Associations = { homeAgent: undefined, foreignAgent: undefined }
const generated: Extension = {
  kind: 'mn-ha-key-generation-reply',
  lifetimeSeconds: 3600,
  aaaSpi: 4100,
  homeAgentSpi: 12_289,
  algorithm: 2,
  replayMethod: 2,
  nonce,
}

function encode({
  code = 0,
  identification = 0x0000_0001_1234_5678n,
  homeAddress = '192.0.2.11',
  homeAgent = '192.0.2.1',
  extensions = [] as Extension[],
} = {}): Buffer {
  const addresses = { homeAddress, homeAgent }
  return encodeRegistration({
    type: 'registration-reply',
    code,
    lifetimeSeconds: 600,
    ...addresses,
    identification,
    extensions,
  })
}

function sealed(bytes: Buffer, spi: number, key: Buffer): Buffer {
  return sealExtension(bytes, 'mobile-home-authentication', { spi, key, algorithm: 'hmac-sha1' })
}

function reason(bytes: Buffer, sent: SentRequest = asked, homeAgent?: HomeAgentAssociation): string {
  return reasonOf(bytes, sent, { ...none, homeAgent })
}

function reasonOf(bytes: Buffer, sent: SentRequest, associations: Associations): string {
  const verdict = verifyReply(bytes, sent, node, associations)
  return verdict.verdict === 'discard' ? verdict.reason : 'believed'
}

test('a reply with a nonce is believed by the key that the nonce makes', (t) => {
  const verdict = verifyReply(sealed(encode({ extensions: [generated] }), 8193, k1), asked, node, none)
  if (verdict.verdict === 'discard') return t.fail(verdict.reason)
  t.is(verdict.reply.lifetimeSeconds, 600)
  t.deepEqual(verdict.offered, {
    lifetimeSeconds: 3600,
    association: {
      toHomeAgent: { spi: 12_289, key: k1, algorithm: 'hmac-sha1' },
      toMobileNode: { spi: 8193, key: k1, algorithm: 'hmac-sha1' },
      replay: 'timestamps',
    },
  })
})

test('a reply to a refresh is believed by the key in use, and a nonce in it is passed over', (t) => {
  const reply = sealed(encode({ extensions: [generated] }), 800, current.toMobileNode.key)
  const verdict = verifyReply(reply, notAsked, node, { ...none, homeAgent: current })
  t.is(verdict.verdict, 'believed')
  t.false('offered' in verdict)
})

test('a denial of a foreign agent needs no proof, one of a home agent does', (t) => {
  for (const code of [64, 78, 127, 194]) t.is(reason(encode({ code })), 'believed')
  for (const code of [0, 1, 128, 133, 193])
    t.is(reason(encode({ code })), '0 mobile-home authentications where one is due')
})

test('what does not answer the latest request is discarded, whoever sealed it', (t) => {
  const late = sealed(encode({ identification: 0x1234_5679n, extensions: [generated] }), 8193, k1)
  t.is(reason(late), 'no request is waiting for it')
  t.is(verifyReply(encode({ code: 65 }), undefined, node, none).verdict, 'discard')
})

test('a wrong key, SPI, name of the key or number of proofs is discarded', (t) => {
  const withNonce = encode({ extensions: [generated] })
  t.is(reason(sealed(withNonce, 8193, aaaKey)), 'the mobile-home authenticator is wrong')
  t.is(reason(sealed(withNonce, 8194, k1)), 'the mobile-home authenticator is wrong')
  t.is(
    reason(sealed(encode({ extensions: [{ ...generated, aaaSpi: 4101 }] }), 8193, k1)),
    'there is no key to verify it with',
  )
  t.is(reason(sealed(encode(), 800, k1), notAsked, current), 'the mobile-home authenticator is wrong')
  const twice = sealed(sealed(withNonce, 8193, k1), 8193, k1)
  t.is(reason(twice), '2 mobile-home authentications where one is due')
})

test('every flipped bit of a sealed reply makes it worthless', (t) => {
  const reply = sealed(encode({ extensions: [generated] }), 8193, k1)
  for (let bit = 0; bit < reply.length * 8; bit++) {
    const flipped = Buffer.from(reply)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    const verdict = verifyReply(flipped, asked, node, none)
    const denialOfForeignAgent =
      verdict.verdict === 'believed' && verdict.reply.code >= 64 && verdict.reply.code < 128
    if (verdict.verdict === 'believed' && !denialOfForeignAgent) return t.fail(`bit ${bit}`)
  }
  t.is(verifyReply(reply, asked, node, none).verdict, 'believed')
})

test('a truncated reply is discarded', (t) => {
  t.regex(reason(encode().subarray(0, 19)), /needs|left/)
})

test('who asked no foreign agent believes none', (t) => {
  const direct = { ...asked, throughForeignAgent: false }
  t.is(reason(encode({ code: 65 }), direct), 'a denial of a foreign agent, and none was asked')
})

const byForeign = (bytes: Buffer, spi = 901, key = foreign.toMobileNode.key) =>
  sealExtension(bytes, 'mobile-foreign-authentication', { spi, key, algorithm: 'hmac-sha1' })

test('with a foreign agent that shares a key with the node, each reply needs its proof too', (t) => {
  const both: Associations = { homeAgent: current, foreignAgent: foreign }
  const byHome = sealed(encode(), 800, current.toMobileNode.key)
  t.is(reasonOf(byForeign(byHome), notAsked, both), 'believed')
  t.is(reasonOf(byForeign(encode({ code: 67 })), notAsked, both), 'believed')
  t.is(reasonOf(byHome, notAsked, both), '0 mobile-foreign authentications where one is due')
  t.is(reasonOf(encode({ code: 67 }), notAsked, both), '0 mobile-foreign authentications where one is due')
  t.is(
    reasonOf(byForeign(byForeign(byHome)), notAsked, both),
    '2 mobile-foreign authentications where one is due',
  )
  t.is(reasonOf(byForeign(byHome, 902), notAsked, both), 'the mobile-foreign authenticator is wrong')
  t.is(reasonOf(byForeign(byHome, 901, k1), notAsked, both), 'the mobile-foreign authenticator is wrong')
})

test('a nonce for the foreign agent makes a key, which the same reply may be proven with', (t) => {
  const forForeign: Extension = {
    kind: 'mn-fa-key-generation-reply',
    lifetimeSeconds: 600,
    aaaSpi: 4100,
    foreignAgentSpi: 5000,
    algorithm: 2,
    nonce,
  }
  const sent = { ...asked, mobileNodeForeignSpi: 8200 }
  const reply = sealed(encode({ extensions: [generated, forForeign] }), 8193, k1)
  const verdict = verifyReply(reply, sent, node, none)
  if (verdict.verdict === 'discard') return t.fail(verdict.reason)
  t.deepEqual(verdict.offeredForeign, {
    lifetimeSeconds: 600,
    association: {
      toForeignAgent: { spi: 5000, key: k1, algorithm: 'hmac-sha1' },
      toMobileNode: { spi: 8200, key: k1, algorithm: 'hmac-sha1' },
    },
  })
  t.is(reasonOf(byForeign(reply, 8200, k1), sent, none), 'believed')
  t.is(reasonOf(byForeign(reply, 8200, aaaKey), sent, none), 'the mobile-foreign authenticator is wrong')
})

test('a reply about another home address, or one that allocates nothing, is discarded', (t) => {
  const said = (changes: Parameters<typeof encode>[0], sent: SentRequest) =>
    reason(sealed(encode({ extensions: [generated], ...changes }), 8193, k1), sent)
  t.is(said({ homeAddress: '192.0.2.12' }, asked), 'it is about the home address 192.0.2.12')
  const allocating = { ...asked, homeAddress: '0.0.0.0' }
  t.is(said({ homeAddress: '192.0.2.12' }, allocating), 'believed')
  t.is(said({ homeAddress: '0.0.0.0' }, allocating), 'it accepts, and names no home address or no home agent')
  t.is(said({ homeAgent: '0.0.0.0' }, asked), 'it accepts, and names no home address or no home agent')
})

test('the replay method of the key generation reply is taken over', (t) => {
  const nonces = sealed(encode({ extensions: [{ ...generated, replayMethod: 3 }] }), 8193, k1)
  const verdict = verifyReply(nonces, asked, node, none)
  t.is(verdict.verdict === 'believed' && verdict.offered?.association.replay, 'nonces')
})
