/** Whom an agent speaks route optimization with: the key that both have, and how far either is believed. */
import { z } from 'zod'
import { fileName, ipv4Address, readSecret } from '#core/config.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import { authenticationAlgorithms, type MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'

/** The part that home agents and correspondent agents configure alike, each for the other. */
export const bindingPeer = {
  /** Its messages come from here. */
  address: ipv4Address,
  /** The same in both directions; up to 255 they are reserved (RFC 5944, section 1.6). */
  spi: z.int().min(256).max(0xffff_ffff),
  algorithm: z.enum(authenticationAlgorithms).default('hmac-sha256'),
  keyFile: fileName,
} as const

export interface BindingPeer {
  address: Ipv4Address
  association: MobilitySecurityAssociation
}

/** The peers by address, each with its key instead of the name of the file. @throws config/secret */
export function withKeys<Configured extends z.output<z.ZodObject<typeof bindingPeer>>>(
  configured: readonly Configured[],
): Map<Ipv4Address, Omit<Configured, 'spi' | 'algorithm' | 'keyFile'> & BindingPeer> {
  return new Map(
    configured.map(({ spi, algorithm, keyFile, ...peer }) => [
      peer.address,
      { ...peer, association: { spi, algorithm, key: readSecret(keyFile) } },
    ]),
  )
}
