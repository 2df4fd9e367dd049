/**
 * The golden vectors, for tests only. Each was encoded or confirmed by other programs (scapy, openssl, tshark), as its `encodedBy`
 * and `confirmedBy` say; the MACs were computed three times over.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const authenticator = z.object({
  extType: z.number(),
  offset: z.number().optional(),
  spi: z.number(),
  algorithm: z.string(),
  keyHex: z.string(),
  coveredBytes: z.tuple([z.number(), z.number()]).optional(),
  authenticatorHex: z.string(),
  valid: z.boolean(),
  correctAuthenticatorHex: z.string().optional(),
})

const vector = z
  .object({
    id: z.string(),
    title: z.string(),
    verdict: z.enum(['valid', 'discard', 'reject', 'ambiguous']),
    hex: z.string(),
    fields: z.record(z.string(), z.unknown()).optional(),
    auth: z.array(authenticator).default([]),
    extensionOffsets: z
      .array(z.object({ offset: z.number(), length: z.number(), type: z.number() }))
      .optional(),
  })
  .transform(({ hex, ...rest }) => ({ ...rest, bytes: Buffer.from(hex, 'hex') }))

export type Vector = z.output<typeof vector>

/** The vectors of one file of this folder, such as `mip`. */
export function readVectors(name: string): Vector[] {
  return z.array(vector).parse(JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')))
}

/** Every truncation of a message and every message that differs in a single bit. */
export function* mutations(bytes: Buffer): Generator<Buffer> {
  for (let length = 0; length < bytes.length; length++) yield Buffer.from(bytes.subarray(0, length))
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const flipped = Buffer.from(bytes)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (0x80 >> (bit & 7)), bit >> 3)
    yield flipped
  }
}
