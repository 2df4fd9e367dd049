import type { MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { deriveKey } from '#wire/mobile-ip/key-distribution.ts'

/** Who the node is to the home server: its name, and the association MN-AAA. */
export interface NodeIdentity {
  nai: string
  mobileAaa: MobilitySecurityAssociation
}

/** The association with the home agent: one key, and per direction the SPI that the receiver chose. */
export interface HomeAgentAssociation {
  toHomeAgent: MobilitySecurityAssociation
  toMobileNode: MobilitySecurityAssociation
}

/**
 * The association that a key generation reply makes (RFC 3957, section 3), with the SPI that the node asked for. Undefined when the
 * nonce belongs to another key than the node's.
 */
export function associationFromNonce(
  { nai, mobileAaa }: NodeIdentity,
  mobileNodeSpi: number,
  { aaaSpi, homeAgentSpi, nonce }: Extract<Extension, { kind: 'mn-ha-key-generation-reply' }>,
): HomeAgentAssociation | undefined {
  if (aaaSpi !== mobileAaa.spi) return undefined
  const key = deriveKey(mobileAaa.key, nonce, nai)
  return {
    toHomeAgent: { spi: homeAgentSpi, key, algorithm: 'hmac-sha1' },
    toMobileNode: { spi: mobileNodeSpi, key, algorithm: 'hmac-sha1' },
  }
}
