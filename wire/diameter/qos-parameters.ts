/** Rates and code points of a service profile as RFC 5624 QoS-Parameters. */
import type { AvpValue } from './avps.ts'

export interface Rates {
  rateBitsPerSecond: number
  ceilBitsPerSecond: number
}

type QosParameters = AvpValue<'QoS-Parameters'>

/** TMOD-1 wants these; the class of the kernel works out its own: one full packet, and any packet that IPv4 allows. */
const packetBytes = { bucketDepth: 1500, minimumPoliced: 0, maximum: 65535 }

/** A single PHB: its code point left-justified, all other bits 0 (RFC 5624, section 3.4.1; RFC 3140, section 2). */
const dscpShift = 2 ** 26

/** The rates are Float32 in octets per second. @param dscp 0 to 63 */
export function encodeQosParameters(rates: Rates, dscp?: number): QosParameters {
  return {
    'TMOD-1': {
      'Token-Rate': rates.rateBitsPerSecond / 8,
      'Bucket-Depth': packetBytes.bucketDepth,
      'Peak-Traffic-Rate': rates.ceilBitsPerSecond / 8,
      'Minimum-Policed-Unit': packetBytes.minimumPoliced,
      'Maximum-Packet-Size': packetBytes.maximum,
    },
    ...(dscp !== undefined && { 'PHB-Class': dscp * dscpShift }),
  }
}

/** Gives back every whole kbit/s up to 8 Gbit/s and every whole Mbit/s up to 8 Tbit/s. @returns why not, as text, for what cannot be used */
export function decodeQosParameters(parameters: QosParameters): { rates: Rates; dscp?: number } | string {
  const { 'TMOD-1': tokenBucket, 'PHB-Class': phb, ...rest } = parameters
  const [beyond] = Object.keys(rest)
  if (beyond !== undefined) return `${beyond} is not served`
  if (tokenBucket === undefined) return 'it has no TMOD-1'
  const rateBitsPerSecond = bitsPerSecond(tokenBucket['Token-Rate'])
  const ceilBitsPerSecond = bitsPerSecond(tokenBucket['Peak-Traffic-Rate'])
  for (const [what, value] of Object.entries({ rate: rateBitsPerSecond, ceil: ceilBitsPerSecond }))
    if (!Number.isSafeInteger(value) || value <= 0) return `its ${what} is ${value}`
  const rates = { rateBitsPerSecond, ceilBitsPerSecond }
  if (phb === undefined) return { rates }
  if (phb % dscpShift !== 0) return `its PHB-Class ${phb} is no single code point`
  return { rates, dscp: phb / dscpShift }
}

/** Float32 keeps 24 bits, so several rates share one value: the roundest of them is what somebody had configured. */
function bitsPerSecond(octetsPerSecond: number): number {
  for (const unit of [1e9, 1e6, 1e3]) {
    const bits = Math.round((octetsPerSecond * 8) / unit) * unit
    if (Math.fround(bits / 8) === Math.fround(octetsPerSecond)) return bits
  }
  return Math.round(octetsPerSecond * 8)
}
