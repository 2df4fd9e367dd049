/**
 * Registration revocation (RFC 3543): the two messages with which one end of a registration ends it at the other. Each is authenticated
 * by the extension that the two ends share a key for: Foreign-Home, or Mobile-Home when the other end is a co-located mobile node.
 */
import { bits, ipv4Address, reserved, uint32 } from '../field.ts'
import type { MobilitySecurityAssociation } from './authentication.ts'
import { type AuthenticationExtension, isAuthentication, verifyExtension } from './authentication.ts'
import type { PlacedExtension } from './extension.ts'

/** After the type byte (RFC 3543, section 3.3). */
export const revocationFields = {
  reserved: reserved(1),
  flags: bits(2, {
    /** The sender is the home agent; clear: the foreign agent. An agent that gets its own role back is being reflected at. */
    fromHomeAgent: 0x8000,
    /** The mobile node is to be told, or may be. */
    inform: 0x4000,
  }),
  homeAddress: ipv4Address,
  homeDomainAddress: ipv4Address,
  /** The care-of address: of the foreign agent, or co-located. */
  foreignDomainAddress: ipv4Address,
  /** Seconds since 1900, by the clock of the sender's Revocation Support extension. */
  revocationIdentifier: uint32,
}

/** After the type byte (RFC 3543, section 3.4). The I bit stands elsewhere than in the revocation. */
export const revocationAcknowledgmentFields = {
  reserved: reserved(1),
  flags: bits(2, {
    /** The mobile node was told. */
    inform: 0x8000,
  }),
  homeAddress: ipv4Address,
  /** Copied from the revocation. */
  revocationIdentifier: uint32,
}

/**
 * The extension that vouches for a revocation or its acknowledgment `bytes`, if it is genuine: the message must hold exactly one
 * Foreign-Home (or, from or to a co-located node, Mobile-Home) authentication extension, at its end (RFC 3543, sections 3.3 and 3.4).
 */
export function verifyRevocation(
  bytes: Buffer,
  extensions: readonly PlacedExtension[],
  kind: 'foreign-home-authentication' | 'mobile-home-authentication',
  association: MobilitySecurityAssociation,
): AuthenticationExtension | undefined {
  const [extension, ...more] = extensions.filter(isAuthentication)
  if (extension?.kind !== kind || more.length > 0 || extension.end !== bytes.length) return undefined
  return verifyExtension(bytes, extension, association) ? extension : undefined
}
