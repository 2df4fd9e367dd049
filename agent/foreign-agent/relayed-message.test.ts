import test from 'ava'
import { sealExtension, verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { type Extension, findExtension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import { relayedReply, relayedRequest } from './relayed-message.ts'
import { decodeReply } from './reply-checks.ts'
import { aaa, asked, home, name, replyTo } from './staged-agent.ts'

const challenge: Extension = { kind: 'challenge', challenge: Buffer.of(1, 2, 3, 4) }
const style: Extension = { kind: 'encapsulating-delivery-style' }
const mobileForeign: Extension = { ...home, kind: 'mobile-foreign-authentication' }
const foreignHome: Extension = { ...home, kind: 'foreign-home-authentication' }
const support: Extension = { kind: 'revocation-support', flags: { inform: true }, timestampSeconds: 9 }
const association = { spi: 900, key: Buffer.alloc(20, 3), algorithm: 'hmac-sha1' } as const

function request(extensions: Extension[]) {
  const bytes = asked({ extensions }).payload
  const message = decodeRegistration(bytes)
  if (message.type !== 'registration-request') throw new TypeError('not a request')
  return { bytes, message }
}

function reply(extensions: Extension[]) {
  const bytes = replyTo(asked().payload, { extensions })
  const message = decodeReply(bytes)
  if ('unreadable' in message) throw new TypeError(message.unreadable)
  return { bytes, message }
}

const kindsIn = (bytes: Buffer): string[] => decodeRegistration(bytes).extensions.map(({ kind }) => kind)
const mhae = 'mobile-home-authentication'

const requests: [name: string, extensions: Extension[], kinds: string[]][] = [
  ['what the node says to this agent stays here', [home, style, mobileForeign], ['mobile-node-nai', mhae]],
  ['a challenge that only this agent can use', [home, challenge, mobileForeign], ['mobile-node-nai', mhae]],
  [
    'a challenge that the home server proves goes on',
    [home, challenge, aaa, style],
    ['mobile-node-nai', mhae, 'challenge', 'mobile-aaa-authentication'],
  ],
]
for (const [title, extensions, kinds] of requests)
  test(`a relayed request: ${title}`, (t) => {
    const { bytes, message } = request(extensions)
    const relayed = relayedRequest(bytes, message, [])
    t.deepEqual(kindsIn(relayed), kinds)
    t.deepEqual(relayed, bytes.subarray(0, relayed.length))
  })

test('a relayed request bears what this agent adds, and its proof over all of it at the end', (t) => {
  const { bytes, message } = request([home])
  const relayed = relayedRequest(bytes, message, [support], association)
  t.deepEqual(kindsIn(relayed).slice(2), ['revocation-support', 'foreign-home-authentication'])
  const proof = findExtension(decodeRegistration(relayed).extensions, 'foreign-home-authentication')
  t.true(proof && verifyExtension(relayed, proof, association))
})

test('a relayed reply goes as far as the home agent vouches to the node', (t) => {
  const { bytes, message } = reply([name, home, support, foreignHome])
  t.deepEqual(kindsIn(relayedReply(bytes, message, [])), ['mobile-node-nai', mhae])
})

test('a reply without a proof for the node loses what was between the agents', (t) => {
  const { bytes, message } = reply([name, challenge, foreignHome])
  t.deepEqual(kindsIn(relayedReply(bytes, message, [])), ['mobile-node-nai'])
})

test('a relayed reply bears what this agent adds, and its proof at the end', (t) => {
  const { bytes, message } = reply([name, home])
  const relayed = relayedReply(bytes, message, [challenge], association)
  t.deepEqual(relayed, sealExtension(relayed.subarray(0, -26), 'mobile-foreign-authentication', association))
  t.deepEqual(kindsIn(relayed).slice(2), ['challenge', 'mobile-foreign-authentication'])
})
