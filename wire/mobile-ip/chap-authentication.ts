/**
 * Mobile-AAA authentication in the manner of CHAP, for home servers that stand behind RADIUS (RFC 4721, section 8): MD5 over the
 * first byte of the challenge, the key, the MD5 of the message, and the end of the challenge.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { authenticatedBytes } from './authentication.ts'
import type { PlacedExtension } from './extension.ts'

/** The reserved SPI that asks for this computation. */
export const chapSpi = 2

/** RADIUS carries so much of a longer challenge. */
const challengeBytes = 237

/** Whether a Mobile-AAA authentication extension of the message `bytes` was made with the key. `challenge`: not empty. */
export function verifyChapExtension(
  bytes: Buffer,
  extension: Extract<PlacedExtension, { kind: 'mobile-aaa-authentication' }>,
  { key, challenge }: { key: Buffer; challenge: Buffer },
): boolean {
  const message = createHash('md5').update(authenticatedBytes(bytes, extension)).digest()
  const expected = createHash('md5')
    .update(challenge.subarray(0, 1))
    .update(key)
    .update(message)
    .update(challenge.subarray(-challengeBytes))
    .digest()
  return (
    extension.spi === chapSpi &&
    extension.authenticator.length === expected.length &&
    timingSafeEqual(expected, extension.authenticator)
  )
}
