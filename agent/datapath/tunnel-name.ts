import { createHash } from 'node:crypto'
import { encodeIpv4 } from '#core/ipv4.ts'
import type { Tunnel } from './footprint.ts'
import { owned } from './owned.ts'

const letters = { ipip: 'i', gre: 'g' } as const

/**
 * The interface of a tunnel, such as `sj-iCgEBAsAAAgE`: the encapsulation and, in base 64, the remote and the
 * local address. That fills the 15 characters that a name may have. Where a key or UDP ports have to be told
 * too it is `sj-x` and 64 bits of a digest of all.
 */
export function tunnelName({ encapsulation, local, remote, key, udp }: Tunnel): string {
  const ends = Buffer.concat([encodeIpv4(remote), encodeIpv4(local)])
  if (key === undefined && udp === undefined)
    return `${owned.linkPrefix}${letters[encapsulation]}${ends.toString('base64url')}`
  const all = JSON.stringify([encapsulation, local, remote, key, udp?.sourcePort, udp?.destinationPort])
  return `${owned.linkPrefix}x${createHash('sha256').update(all).digest().subarray(0, 8).toString('base64url')}`
}
