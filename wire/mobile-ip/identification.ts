/**
 * The Identification field (RFC 5944, section 5.7): with timestamps, the high 32 bits are seconds since 1900 and the low 32 bits
 * tell messages of one second apart; a reply copies the low bits.
 */

/** From 1900 to 1970 (RFC 868). */
const secondsTo1970 = 2_208_988_800n

/**
 * The identification of a message that is sent at `nowMilliseconds` (since 1970). Equal seconds sort by `low32`, an unsigned
 * 32-bit number.
 */
export function timestampIdentification(nowMilliseconds: number, low32: number): bigint {
  const seconds = BigInt(Math.floor(nowMilliseconds / 1000)) + secondsTo1970
  return (BigInt.asUintN(32, seconds) << 32n) | BigInt.asUintN(32, BigInt(low32))
}

/** The low 32 bits, by which a reply is matched with its request. */
export function identificationLow(identification: bigint): number {
  return Number(BigInt.asUintN(32, identification))
}

/**
 * The clock of the sender, in seconds since 1970. The 32 bits overflow in 2036: numbers with a clear top bit count from then
 * (RFC 5905, section 6).
 */
export function identificationSeconds(identification: bigint): number {
  const seconds = BigInt.asUintN(32, identification >> 32n)
  const era = seconds < 0x8000_0000n ? 1n << 32n : 0n
  return Number(seconds + era - secondsTo1970)
}
