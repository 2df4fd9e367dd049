import { encodeIpv4 } from '#core/ipv4.ts'
import type { Tunnel } from './footprint.ts'
import { owned } from './owned.ts'

const letters = { ipip: 'i', gre: 'g' } as const

/**
 * The interface of a tunnel, such as `sj-iCgEBAsAAAgE`: the encapsulation and, in base 64, the remote and the
 * local address. That fills the 15 characters that a name may have, and makes two tunnels share a name only
 * if they are the same.
 */
export function tunnelName({ encapsulation, local, remote }: Tunnel): string {
  const ends = Buffer.concat([encodeIpv4(remote), encodeIpv4(local)]).toString('base64url')
  return `${owned.linkPrefix}${letters[encapsulation]}${ends}`
}
