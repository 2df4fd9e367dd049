/**
 * The authentication extensions: who vouches for a registration, a revocation (RFC 5944, section 3.5; RFC 4721; RFC 3543) or a binding
 * update (draft-ietf-mobileip-optim-11).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { minimumSize } from '../layout.ts'
import { registrationExtensions } from './extension.ts'
import { type ExtensionOf, encodeExtension, extensionHeaderBytes, type Placed } from './extension-format.ts'
import { routeOptimizationExtensions } from './route-optimization.ts'

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
export const authenticationAlgorithms = Object.keys(algorithms) as AuthenticationAlgorithm[]

/** What two nodes share (RFC 5944). SPIs up to 255 are reserved and must not be configured. */
export interface MobilitySecurityAssociation {
  spi: number
  key: Buffer
  algorithm: AuthenticationAlgorithm
}

const extensionRows = { ...registrationExtensions, ...routeOptimizationExtensions }
type AnyExtension = Placed<ExtensionOf<typeof extensionRows>>

export const authenticationKinds = [
  'mobile-home-authentication',
  'mobile-foreign-authentication',
  'foreign-home-authentication',
  'mobile-aaa-authentication',
  'route-optimization-authentication',
  'generalized-binding-authentication',
] as const

export type AuthenticationKind = (typeof authenticationKinds)[number]
export type AuthenticationExtension = Extract<AnyExtension, { kind: AuthenticationKind }>

/** Whether an extension carries an authenticator for the whole message before it. */
export function isAuthentication<Extension extends AnyExtension>(
  extension: Extension,
): extension is Extract<Extension, { kind: AuthenticationKind }> {
  return authenticationKinds.some((kind) => kind === extension.kind)
}

/** What the authenticator of an extension covers: the message up to and with the SPI (RFC 5944, section 3.5.1). */
export function authenticatedBytes(
  bytes: Buffer,
  { kind, offset }: Pick<AuthenticationExtension, 'kind' | 'offset'>,
): Buffer {
  const { form, fields } = extensionRows[kind]
  return bytes.subarray(0, offset + extensionHeaderBytes(form) + minimumSize({ spi: fields.spi }))
}

/**
 * Whether an extension of the message `bytes` was made with the association: same SPI, and an authenticator of exactly the
 * algorithm's length.
 */
export function verifyExtension(
  bytes: Buffer,
  extension: AuthenticationExtension,
  association: MobilitySecurityAssociation,
): boolean {
  if (extension.spi !== association.spi) return false
  return isGenuine(extension.authenticator, authenticatedBytes(bytes, extension), association)
}

/** Whether an authenticator has exactly the algorithm's length and was made over the covered bytes; takes the same time for any. */
export function isGenuine(
  authenticator: Buffer,
  covered: Buffer,
  association: MobilitySecurityAssociation,
): boolean {
  const expected = computeAuthenticator(covered, association)
  return expected.length === authenticator.length && timingSafeEqual(expected, authenticator)
}

export function computeAuthenticator(
  covered: Buffer,
  { key, algorithm }: Pick<MobilitySecurityAssociation, 'key' | 'algorithm'>,
): Buffer {
  return algorithms[algorithm].compute(key, covered)
}

/** The message with an authentication extension appended that covers all of it. @throws WireError wire/unencodable */
export function sealExtension(
  bytes: Buffer,
  kind: AuthenticationKind,
  association: MobilitySecurityAssociation,
): Buffer {
  const authenticator = Buffer.alloc(algorithms[association.algorithm].bytes)
  const unsigned = encodeExtension(extensionRows, { kind, spi: association.spi, authenticator })
  const covered = Buffer.concat([bytes, unsigned.subarray(0, -authenticator.length)])
  return Buffer.concat([covered, computeAuthenticator(covered, association)])
}
