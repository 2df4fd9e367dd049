import test from 'ava'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration, encodeRegistration } from '#wire/mobile-ip/registration.ts'
import { noRegistrationFlags, type RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { decodeReply, isReplyTo, refuseReply } from './reply-checks.ts'

const nai: Extension = { kind: 'mobile-node-nai', nai: 'mn1@home.example' }

function request(extensions: Extension[]): RegistrationRequest {
  const message = decodeRegistration(
    encodeRegistration({
      type: 'registration-request',
      flags: noRegistrationFlags,
      lifetimeSeconds: 600,
      homeAddress: '192.0.2.11',
      homeAgent: '192.0.2.1',
      careOfAddress: '10.1.1.2',
      identification: 0xaaaa_aaaa_1234_5678n,
      extensions,
    }),
  )
  if (message.type !== 'registration-request') throw new TypeError('not a request')
  return message
}

function replyBytes(changes: {
  homeAddress?: string
  homeAgent?: string
  identification?: bigint
  extensions?: Extension[]
}) {
  return encodeRegistration({
    type: 'registration-reply',
    code: 0,
    lifetimeSeconds: 600,
    homeAddress: '192.0.2.11',
    homeAgent: '192.0.2.1',
    identification: 0xbbbb_bbbb_1234_5678n,
    extensions: [nai],
    ...changes,
  })
}

function reply(changes: Parameters<typeof replyBytes>[0]) {
  const decoded = decodeReply(replyBytes(changes))
  if ('unreadable' in decoded) throw new TypeError(decoded.unreadable)
  return decoded
}

test('a reply belongs to the request with its home address and low identification', (t) => {
  t.true(isReplyTo(reply({}), request([nai])))
  t.false(isReplyTo(reply({ homeAddress: '192.0.2.12' }), request([nai])))
  t.false(isReplyTo(reply({ identification: 0xaaaa_aaaa_1234_5679n }), request([nai])))
})

test('a reply that lacks what the request had is refused', (t) => {
  t.is(refuseReply(reply({}), request([nai])), undefined)
  t.is(refuseReply(reply({ extensions: [] }), request([])), undefined)
  t.is(refuseReply(reply({ extensions: [] }), request([nai])), 97)
  t.is(refuseReply(reply({ extensions: [{ ...nai, nai: 'mn2@home.example' }] }), request([nai])), 97)
  t.is(refuseReply(reply({ homeAgent: '0.0.0.0' }), request([nai])), 98)
  t.is(refuseReply(reply({ homeAddress: '0.0.0.0' }), request([nai])), 99)
})

test('bytes that are no reply say why', (t) => {
  t.like(decodeReply(encodeRegistration(request([nai]))), { unreadable: 'a request where a reply is due' })
  t.true('unreadable' in decodeReply(replyBytes({}).subarray(0, 22)))
  t.true('unreadable' in decodeReply(Buffer.alloc(0)))
})
