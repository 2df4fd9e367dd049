import test from 'ava'
import { decodable } from '../golden/message-vectors.ts'
import { readVectors } from '../golden/vectors.ts'
import {
  type AuthenticationAlgorithm,
  type AuthenticationExtension,
  authenticatedBytes,
  isAuthentication,
  type MobilitySecurityAssociation,
  sealExtension,
  verifyExtension,
} from './authentication.ts'
import { chapSpi, verifyChapExtension } from './chap-authentication.ts'
import { findExtension } from './extension.ts'
import { decodeMobileIpMessage } from './message.ts'
import { decodeRegistration } from './registration.ts'

/** The golden files' names of the algorithms. */
const algorithms: Record<string, AuthenticationAlgorithm> = {
  'hmac-md5': 'hmac-md5',
  'hmac-sha1': 'hmac-sha1',
  'keyed-md5-prefix-suffix': 'md5-prefix-suffix',
}

/** The authenticators that cover a message: the inner one of extension 96 covers a Binding Update that is yet to be sent. */
const cases = decodable.flatMap(({ id, bytes, auth }) =>
  auth.filter(({ extType }) => extType !== 96).map((expected) => ({ id, bytes, expected })),
)

function authenticationsOf(bytes: Buffer): AuthenticationExtension[] {
  const message = decodeMobileIpMessage(bytes)
  return 'extensions' in message ? message.extensions.filter((extension) => isAuthentication(extension)) : []
}

function extensionAt(bytes: Buffer, offset: number | undefined): AuthenticationExtension {
  const extension = authenticationsOf(bytes).find((other) => other.offset === offset)
  if (!extension) throw new Error(`no authentication extension at byte ${offset}`)
  return extension
}

test('every authentication extension of the golden messages is looked at', (t) => {
  t.is(cases.length, decodable.flatMap(({ bytes }) => authenticationsOf(bytes)).length)
})

for (const { id, bytes, expected } of cases) {
  const { extType, offset, spi, keyHex, authenticatorHex, correctAuthenticatorHex } = expected
  const algorithm = algorithms[expected.algorithm]
  if (!algorithm) continue
  test(`${id}: extension ${extType} at byte ${offset} is ${expected.valid ? 'genuine' : 'not genuine'}`, (t) => {
    const extension = extensionAt(bytes, offset)
    const association: MobilitySecurityAssociation = { spi, key: Buffer.from(keyHex, 'hex'), algorithm }
    t.is(extension.authenticator.toString('hex'), authenticatorHex)
    t.deepEqual(authenticatedBytes(bytes, extension), bytes.subarray(...(expected.coveredBytes ?? [])))
    t.is(verifyExtension(bytes, extension, association), expected.valid)

    const sealed = sealExtension(bytes.subarray(0, offset), extension.kind, association)
    const genuine = Buffer.from(correctAuthenticatorHex ?? authenticatorHex, 'hex')
    t.deepEqual(sealed, Buffer.concat([authenticatedBytes(bytes, extension), genuine]))
  })
}

test('CHAP: the vector is genuine with its key and challenge, and not with others', (t) => {
  const golden = cases.filter(({ expected }) => expected.algorithm.startsWith('chap-md5'))
  t.is(golden.length, 1)
  for (const { bytes, expected } of golden) {
    const { extensions } = decodeRegistration(bytes)
    const extension = findExtension(extensions, 'mobile-aaa-authentication')
    const challenge = findExtension(extensions, 'challenge')?.challenge
    const key = Buffer.from(expected.keyHex, 'hex')
    if (!extension || !challenge) return t.fail('the vector lacks an extension')
    t.is(extension.spi, chapSpi)
    t.true(verifyChapExtension(bytes, extension, { key, challenge }))
    t.false(verifyChapExtension(bytes, extension, { key: Buffer.from('another key'), challenge }))
    t.false(verifyChapExtension(bytes, extension, { key, challenge: Buffer.from('another challenge') }))
    t.false(verifyChapExtension(bytes, { ...extension, spi: 4100 }, { key, challenge }))
  }
})

test('HMAC-SHA256 seals and verifies; RFC 4231, test case 2', (t) => {
  const association = { spi: 4097, key: Buffer.from('Jefe'), algorithm: 'hmac-sha256' } as const
  const request = Buffer.from(readVectors('mip')[0]?.bytes.subarray(0, 24) ?? [])
  const sealed = sealExtension(request, 'mobile-home-authentication', association)
  t.is(sealed.length, 24 + 2 + 4 + 32)
  t.true(verifyExtension(sealed, extensionAt(sealed, 24), association))

  // The covered bytes are the case's data where the message is so short that only type, length and SPI are its tail.
  const data = Buffer.from('what do ya want for nothing?')
  const authenticator = Buffer.from('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843', 'hex')
  const offset = data.length - 2 - 4
  const extension = { kind: 'mobile-home-authentication', spi: 4097, authenticator, offset, end: 0 } as const
  t.true(verifyExtension(data, extension, association))
})

test('an authenticator that is cut short, too long, of another SPI or another message is refused', (t) => {
  const association = { spi: 4097, key: Buffer.alloc(16, 7), algorithm: 'hmac-sha1' } as const
  const request = Buffer.from(readVectors('mip')[0]?.bytes.subarray(0, 24) ?? [])
  const sealed = sealExtension(request, 'mobile-home-authentication', association)
  const extension = extensionAt(sealed, 24)
  const { authenticator } = extension
  t.true(verifyExtension(sealed, extension, association))
  for (let length = 0; length < authenticator.length; length++)
    t.false(
      verifyExtension(
        sealed,
        { ...extension, authenticator: authenticator.subarray(0, length) },
        association,
      ),
    )
  const long = Buffer.concat([authenticator, Buffer.of(0)])
  t.false(verifyExtension(sealed, { ...extension, authenticator: long }, association))
  t.false(verifyExtension(sealed, extension, { ...association, spi: 4098 }))
  t.false(verifyExtension(sealed, extension, { ...association, key: Buffer.alloc(16, 8) }))
  t.false(verifyExtension(sealed, extension, { ...association, algorithm: 'hmac-md5' }))
  for (let bit = 0; bit < 8 * 30; bit++) {
    const flipped = Buffer.from(sealed)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    t.false(verifyExtension(flipped, extension, association))
  }
})
