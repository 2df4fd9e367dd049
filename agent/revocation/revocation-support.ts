/** The Revocation Support extension, and the clock that it shares with the revocations (RFC 3543, sections 3.2 and 3.3). Pure. */
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { timestampIdentification } from '#wire/mobile-ip/identification.ts'

/** Seconds since 1900, 32 bits. */
export function revocationTimestamp(nowMilliseconds: number): number {
  return Number(timestampIdentification(nowMilliseconds, 0) >> 32n)
}

/** Whether `timestamp` comes after `other`; 32 bits overflow in 2036. */
export function isLater(timestamp: number, other: number): boolean {
  return ((timestamp - other) | 0) > 0
}

/** @param inform a foreign agent offers to tell the node of its revocation; a home agent accepts, but never asks by itself */
export function revocationSupport(
  nowMilliseconds: number,
  inform: boolean,
): Extract<Extension, { kind: 'revocation-support' }> {
  return {
    kind: 'revocation-support',
    flags: { inform },
    timestampSeconds: revocationTimestamp(nowMilliseconds),
  }
}
