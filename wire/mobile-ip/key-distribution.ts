/** Keys that the home server hands to a mobile node by way of a nonce (RFC 3957). */
import { createHmac } from 'node:crypto'

/** Algorithm field of a key generation reply, and MIP-Algorithm-Type of RFC 4004. */
export const keyAlgorithms = { hmacMd5: 1, hmacSha1: 2 } as const

/** Replay method field of a key generation reply, and MIP-Replay-Mode of RFC 4004. */
export const replayMethods = { timestamps: 2, nonces: 3 } as const

/** Bytes of a nonce that this side makes; RFC 3957 asks for 16 at least. */
export const nonceBytes = 16

/**
 * The key that both ends derive: HMAC-SHA1(key of the node's AAA association, nonce | node's name), 20 bytes (RFC 3957).
 * The name is the NAI that the request carries.
 */
export function deriveKey(aaaKey: Buffer, nonce: Buffer, nai: string): Buffer {
  return createHmac('sha1', aaaKey).update(nonce).update(nai).digest()
}
