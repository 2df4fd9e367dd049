/**
 * The Internet checksum's sum: 16-bit words added in one's complement, not yet complemented (RFC 1071). An odd last byte counts as
 * the high byte of a word. Runs over several pieces as if they were one, of which all but the last have an even length.
 */
export function onesComplementSum(...pieces: Buffer[]): number {
  let sum = 0
  for (const piece of pieces) {
    const even = piece.length & ~1
    for (let offset = 0; offset < even; offset += 2) sum += piece.readUInt16BE(offset)
    if (even < piece.length) sum += piece.readUInt8(even) << 8
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return sum
}

/** The checksum that goes into a header whose checksum field is zero; over a whole and correct message it is zero. */
export function internetChecksum(...pieces: Buffer[]): number {
  return onesComplementSum(...pieces) ^ 0xffff
}
