/** The authentication extensions: who vouches for a registration message (RFC 5944, section 3.5; RFC 4721). */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { minimumSize } from '../layout.ts'
import { type PlacedExtension, registrationExtensions } from './extension.ts'
import { encodeExtension, extensionHeaderBytes } from './extension-format.ts'

type ComputeMac = (key: Buffer, covered: Buffer) => Buffer

/** Algorithms of an association. Prefix+suffix MD5 is what RFC 2002 peers speak. */
const algorithms = {
  'hmac-md5': { bytes: 16, compute: (key, covered) => createHmac('md5', key).update(covered).digest() },
  'hmac-sha1': { bytes: 20, compute: (key, covered) => createHmac('sha1', key).update(covered).digest() },
  'hmac-sha256': { bytes: 32, compute: (key, covered) => createHmac('sha256', key).update(covered).digest() },
  'md5-prefix-suffix': {
    bytes: 16,
    compute: (key, covered) => createHash('md5').update(key).update(covered).update(key).digest(),
  },
} as const satisfies Record<string, { bytes: number; compute: ComputeMac }>

export type AuthenticationAlgorithm = keyof typeof algorithms

/** What two nodes share (RFC 5944). SPIs up to 255 are reserved and must not be configured. */
export interface MobilitySecurityAssociation {
  spi: number
  key: Buffer
  algorithm: AuthenticationAlgorithm
}

const authenticationKinds = [
  'mobile-home-authentication',
  'mobile-foreign-authentication',
  'foreign-home-authentication',
  'mobile-aaa-authentication',
] as const

export type AuthenticationKind = (typeof authenticationKinds)[number]
export type AuthenticationExtension = Extract<PlacedExtension, { kind: AuthenticationKind }>

/** Whether an extension carries an authenticator for the whole message before it. */
export function isAuthentication(extension: PlacedExtension): extension is AuthenticationExtension {
  return authenticationKinds.some((kind) => kind === extension.kind)
}

/** What the authenticator of an extension covers: the message up to and with the SPI (RFC 5944, section 3.5.1). */
export function authenticatedBytes(
  bytes: Buffer,
  { kind, offset }: Pick<AuthenticationExtension, 'kind' | 'offset'>,
): Buffer {
  const { form, fields } = registrationExtensions[kind]
  return bytes.subarray(0, offset + extensionHeaderBytes(form) + minimumSize({ spi: fields.spi }))
}

/**
 * Whether an extension of the message `bytes` was made with the association: same SPI, and an authenticator of exactly the
 * algorithm's length.
 */
export function verifyExtension(
  bytes: Buffer,
  extension: AuthenticationExtension,
  { spi, key, algorithm }: MobilitySecurityAssociation,
): boolean {
  if (extension.spi !== spi) return false
  const expected = algorithms[algorithm].compute(key, authenticatedBytes(bytes, extension))
  return (
    expected.length === extension.authenticator.length && timingSafeEqual(expected, extension.authenticator)
  )
}

/** The message with an authentication extension appended that covers all of it. @throws WireError wire/unencodable */
export function sealExtension(
  bytes: Buffer,
  kind: AuthenticationKind,
  { spi, key, algorithm }: MobilitySecurityAssociation,
): Buffer {
  const authenticator = Buffer.alloc(algorithms[algorithm].bytes)
  const unsigned = encodeExtension(registrationExtensions, { kind, spi, authenticator })
  const covered = Buffer.concat([bytes, unsigned.subarray(0, -authenticator.length)])
  return Buffer.concat([covered, algorithms[algorithm].compute(key, covered)])
}
