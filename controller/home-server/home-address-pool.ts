import { z } from 'zod'
import { decodeIpv4, encodeIpv4, type Ipv4Address, isIpv4Address } from '#core/ipv4.ts'
import type { HomeAddressPool } from '../database/service-control-database.ts'

/** Below that an address for the network, one for the broadcast and one for somebody do not fit. */
const longestPrefix = 30
const shortestPrefix = 8

/** The home addresses of a realm's own: a network such as `192.0.2.128/25`, without its first and last address. */
export const homeAddressPool = z.string().transform((text, context): HomeAddressPool => {
  const [network = '', prefix = ''] = text.split('/')
  const length = /^\d{1,2}$/.test(prefix) ? Number(prefix) : Number.NaN
  if (!isIpv4Address(network) || !(length >= shortestPrefix && length <= longestPrefix))
    return refuse(
      `must be a network such as 192.0.2.128/25, with a prefix of ${shortestPrefix} to ${longestPrefix}`,
    )
  const size = 2 ** (32 - length)
  const first = numberOf(network)
  if (first % size !== 0) return refuse(`${network} is not the first address of a network of /${length}`)
  return {
    has: (address) => numberOf(address) > first && numberOf(address) < first + size - 1,
    *addresses() {
      for (let number = first + 1; number < first + size - 1; number++) yield addressOf(number)
    },
  }

  function refuse(message: string): never {
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  }
})

/** The pool without addresses that somebody else has. */
export function poolWithout(pool: HomeAddressPool, others: readonly Ipv4Address[]): HomeAddressPool {
  return {
    has: (address) => pool.has(address) && !others.includes(address),
    *addresses() {
      for (const address of pool.addresses()) if (!others.includes(address)) yield address
    },
  }
}

function numberOf(address: Ipv4Address): number {
  return encodeIpv4(address).readUInt32BE()
}

function addressOf(number: number): Ipv4Address {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return decodeIpv4(bytes)
}
