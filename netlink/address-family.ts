import { isIPv6 } from 'node:net'
import { choice, u8 } from './attribute-type.ts'

/** `AF_*` (linux/socket.h), by the names that `ip -f` knows. */
export const addressFamily = choice(u8, { unspec: 0, inet: 2, bridge: 7, inet6: 10, packet: 17, mpls: 28 })
export type AddressFamily = 'unspec' | 'inet' | 'inet6'

/** The family of an address in text; what is no IPv6 address is taken for IPv4. */
export function familyOf(address: string): 'inet' | 'inet6' {
  return address.includes(':') && isIPv6(address) ? 'inet6' : 'inet'
}

/** `-6 ` where a line of `ip` needs to be told. */
export function familyOption(family: string | number | undefined): string | undefined {
  return family === 'inet6' ? '-6' : undefined
}
