import type { MobilitySecurityAssociation } from '#wire/mobile-ip/authentication.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { deriveKey, replayMethods } from '#wire/mobile-ip/key-distribution.ts'

/** Who the node is to the home server: its name, and the association MN-AAA. */
export interface NodeIdentity {
  nai: string
  mobileAaa: MobilitySecurityAssociation
}

/** The association with the home agent: one key, and per direction the SPI that the receiver chose. */
export interface HomeAgentAssociation {
  toHomeAgent: MobilitySecurityAssociation
  toMobileNode: MobilitySecurityAssociation
  /** How the home agent tells an old request (RFC 5944, section 5.7). */
  replay: 'timestamps' | 'nonces'
}

/** The same with a foreign agent, which has no memory of requests. */
export interface ForeignAgentAssociation {
  toForeignAgent: MobilitySecurityAssociation
  toMobileNode: MobilitySecurityAssociation
}

/**
 * The association that a key generation reply makes (RFC 3957, section 3), with the SPI that the node asked for. Undefined when the
 * nonce belongs to another key than the node's.
 */
export function associationFromNonce(
  node: NodeIdentity,
  mobileNodeSpi: number,
  generated: Extract<Extension, { kind: 'mn-ha-key-generation-reply' }>,
): HomeAgentAssociation | undefined {
  const { homeAgentSpi, replayMethod } = generated
  const ends = endsFromNonce(node, { agent: homeAgentSpi, mobileNode: mobileNodeSpi }, generated)
  const replay = replayMethod === replayMethods.nonces ? 'nonces' : 'timestamps'
  return ends && { toHomeAgent: ends.toAgent, toMobileNode: ends.toMobileNode, replay }
}

/** The same with a foreign agent. */
export function foreignAssociationFromNonce(
  node: NodeIdentity,
  mobileNodeSpi: number,
  generated: Extract<Extension, { kind: 'mn-fa-key-generation-reply' }>,
): ForeignAgentAssociation | undefined {
  const spis = { agent: generated.foreignAgentSpi, mobileNode: mobileNodeSpi }
  const ends = endsFromNonce(node, spis, generated)
  return ends && { toForeignAgent: ends.toAgent, toMobileNode: ends.toMobileNode }
}

function endsFromNonce(
  { nai, mobileAaa }: NodeIdentity,
  spi: { agent: number; mobileNode: number },
  { aaaSpi, nonce }: { aaaSpi: number; nonce: Buffer },
) {
  if (aaaSpi !== mobileAaa.spi) return undefined
  const key = deriveKey(mobileAaa.key, nonce, nai)
  const algorithm = 'hmac-sha1'
  return {
    toAgent: { spi: spi.agent, key, algorithm },
    toMobileNode: { spi: spi.mobileNode, key, algorithm },
  } as const
}
