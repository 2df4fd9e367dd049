/** Which authenticators of a Mobile IP message hold, by the keys of a file. */
import { z } from 'zod'
import { fileName, loadConfig, readSecret } from '#core/config.ts'
import {
  type AuthenticationExtension,
  authenticationAlgorithms,
  authenticationKinds,
  isAuthentication,
  type MobilitySecurityAssociation,
  verifyExtension,
} from '#wire/mobile-ip/authentication.ts'
import { verifyChapExtension } from '#wire/mobile-ip/chap-authentication.ts'
import { findExtension, type PlacedExtension } from '#wire/mobile-ip/extension.ts'
import { decodeMobileIpMessage, type MobileIpMessage } from '#wire/mobile-ip/message.ts'
import { notificationAuthenticator } from '#wire/mobile-ip/previous-foreign-agent.ts'

const notificationKind = 'previous-foreign-agent-notification'
const algorithms = [...authenticationAlgorithms, 'chap-md5'] as const

const keySchema = z
  .strictObject({
    spi: z.int().min(0).max(0xffffffff),
    algorithm: z.enum(algorithms),
    key: z
      .string('must be text: put digits in quotation marks')
      .regex(/^([0-9a-f]{2})+$/i, 'must be a key in hexadecimal')
      .transform((text) => Buffer.from(text, 'hex'))
      .optional(),
    keyFile: fileName.optional(),
    /** The extension that it is for; absent: any with this SPI. */
    extension: z.enum([...authenticationKinds, notificationKind]).optional(),
  })
  .refine(
    ({ key, keyFile }) => (key === undefined) !== (keyFile === undefined),
    'takes either key or keyFile',
  )

export interface KnownKey extends Omit<MobilitySecurityAssociation, 'algorithm'> {
  algorithm: (typeof algorithms)[number]
  extension?: z.output<typeof keySchema>['extension']
}

/** The keys of a YAML file: a list of `{ spi, algorithm, key | keyFile, extension }`. @throws config/unreadable, config/invalid, config/secret */
export function readKeys(file: string): KnownKey[] {
  return loadConfig(file, z.array(keySchema)).map(({ key, keyFile, ...row }) => ({
    ...row,
    key: key ?? readSecret(keyFile ?? ''),
  }))
}

export interface Verdict {
  kind: string
  /** Where the extension begins in the message. */
  offset: number
  spi: number
  verdict: 'holds' | 'does not hold' | 'no key known'
}

type Notification = Extract<PlacedExtension, { kind: typeof notificationKind }>

/** A verdict for every authenticator of the message, in its order. @throws WireError */
export function judgeAuthenticators(bytes: Buffer, keys: readonly KnownKey[]): Verdict[] {
  const message = decodeMobileIpMessage(bytes)
  if (!('extensions' in message)) return []
  const extensions = message.extensions.filter(
    (extension) => isAuthentication(extension) || extension.kind === notificationKind,
  )
  return extensions.map((extension) => {
    const { kind, offset, spi } = extension
    const known = keys.filter((key) => key.spi === spi && (key.extension ?? kind) === kind)
    const holds = known.some((key) => isHeld(bytes, message, extension, key))
    return {
      kind,
      offset,
      spi,
      verdict: holds ? 'holds' : known.length > 0 ? 'does not hold' : 'no key known',
    }
  })
}

function isHeld(
  bytes: Buffer,
  message: MobileIpMessage,
  extension: AuthenticationExtension | Notification,
  { algorithm, extension: _, ...key }: KnownKey,
): boolean {
  if (algorithm === 'chap-md5') {
    const before =
      'extensions' in message ? message.extensions.filter(({ end }) => end <= extension.offset) : []
    const challenge = findExtension(before, 'challenge')?.challenge
    return (
      challenge !== undefined &&
      extension.kind === 'mobile-aaa-authentication' &&
      verifyChapExtension(bytes, extension, { key: key.key, challenge })
    )
  }
  const association = { ...key, algorithm }
  if (extension.kind !== notificationKind) return verifyExtension(bytes, extension, association)
  return (
    message.type === 'registration-request' &&
    notificationAuthenticator(message, extension, association).equals(extension.authenticator)
  )
}
