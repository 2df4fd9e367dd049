import test from 'ava'
import { readVectors } from '../golden/vectors.ts'
import { type MobilitySecurityAssociation, sealExtension } from './authentication.ts'
import { decodeMobileIpMessage, encodeMobileIpMessage, type MobileIpMessageOf } from './message.ts'
import { verifyRevocation } from './revocation.ts'

const key = Buffer.from('202122232425262728292a2b2c2d2e2f', 'hex')
const association: MobilitySecurityAssociation = { spi: 4099, key, algorithm: 'hmac-md5' }
const kind = 'foreign-home-authentication'
const vectors = [...readVectors('mip'), ...readVectors('mip-malformed')]

function decode(bytes: Buffer) {
  const message = decodeMobileIpMessage(bytes)
  if (message.type !== 'registration-revocation' && message.type !== 'registration-revocation-acknowledgment')
    throw new Error(`not a revocation: ${message.type}`)
  return message
}

function isGenuine(bytes: Buffer): boolean {
  return verifyRevocation(bytes, decode(bytes).extensions, kind, association) !== undefined
}

for (const [id, genuine] of [
  ['mip-revocation-ha', true],
  ['mip-revocation-ack', true],
  ['mip-bad-revocation-auth', false],
] as const)
  test(`${id} is ${genuine ? 'genuine' : 'not genuine'}`, (t) => {
    const bytes = vectors.find((vector) => vector.id === id)?.bytes ?? Buffer.alloc(0)
    t.is(isGenuine(bytes), genuine)
  })

const revocation: MobileIpMessageOf<'registration-revocation', unknown> = {
  type: 'registration-revocation',
  flags: { fromHomeAgent: false, inform: true },
  homeAddress: '192.0.2.77',
  homeDomainAddress: '192.0.2.1',
  foreignDomainAddress: '198.51.100.2',
  revocationIdentifier: 3949819200,
  extensions: [],
}

test('the I bit of a revocation is not where that of its acknowledgment is', (t) => {
  t.is(encodeMobileIpMessage(revocation).readUInt16BE(2), 0x4000)
  const acknowledgment: MobileIpMessageOf<'registration-revocation-acknowledgment', unknown> = {
    type: 'registration-revocation-acknowledgment',
    flags: { inform: true },
    homeAddress: '192.0.2.77',
    revocationIdentifier: 3949819200,
    extensions: [],
  }
  t.is(encodeMobileIpMessage(acknowledgment).readUInt16BE(2), 0x8000)
})

test('one authentication extension of the right kind, at the end, counts', (t) => {
  const unsigned = encodeMobileIpMessage(revocation)
  const sealed = sealExtension(unsigned, kind, association)
  t.true(isGenuine(sealed))
  t.false(isGenuine(unsigned), 'none')
  t.false(isGenuine(sealExtension(sealed, kind, association)), 'two')
  t.false(isGenuine(sealExtension(unsigned, 'mobile-home-authentication', association)), 'another kind')
  t.false(isGenuine(Buffer.concat([sealed, Buffer.of(137, 6, 0, 0, 0, 0, 0, 1)])), 'something behind it')
  t.false(isGenuine(sealExtension(unsigned, kind, { ...association, key: Buffer.alloc(16) })), 'another key')
})
