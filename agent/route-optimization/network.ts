/** Networks as configurations name them: `192.0.2.0/24`; an address alone is a network of its own. */
import { z } from 'zod'
import { encodeIpv4, type Ipv4Address, isIpv4Address } from '#core/ipv4.ts'

export interface Network {
  /** Of its first address, as an unsigned number. */
  first: number
  /** Ones where two addresses of the network must agree; unsigned. */
  mask: number
}

export const network = z.string().transform((text, context): Network => {
  const [address = '', length = '32', ...more] = text.split('/')
  const bits = Number(length)
  const isPrefix = isIpv4Address(address) && /^\d+$/.test(length) && bits <= 32 && more.length === 0
  const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0
  if (isPrefix && (numberOf(address) & ~mask) === 0) return { first: numberOf(address), mask }
  context.addIssue('must be an IPv4 network such as 192.0.2.0/24, without bits behind its prefix')
  return z.NEVER
})

export function isWithin(address: Ipv4Address, networks: readonly Network[]): boolean {
  return networks.some(({ first, mask }) => (numberOf(address) & mask) >>> 0 === first)
}

function numberOf(address: Ipv4Address): number {
  return encodeIpv4(address).readUInt32BE()
}
