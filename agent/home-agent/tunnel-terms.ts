/** The tunnel that a registration asks for (RFC 5944, section 3.8; RFC 6245). Pure, but for the key that is drawn. */
import { randomInt } from 'node:crypto'
import type { Ipv4Address } from '#core/ipv4.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { Tunnel } from '../datapath/footprint.ts'

/**
 * IP in IP, or GRE where the request says so. Its key is the one that the other end has given, for both directions; one of zero leaves
 * it to this agent (RFC 6245, section 3). @param former the tunnel to this care-of address as it is: a key drawn for it stays
 */
export function tunnelTerms(
  homeAgent: Ipv4Address,
  { careOfAddress, flags, extensions }: RegistrationRequest,
  former: Tunnel | undefined,
): Tunnel {
  const ends = { local: homeAgent, remote: careOfAddress }
  if (!flags.gre) return { encapsulation: 'ipip', ...ends }
  const asked = findExtension(extensions, 'gre-key')
  if (!asked) return { encapsulation: 'gre', ...ends }
  const key = asked.key === 0 ? (former?.key ?? randomInt(1, 2 ** 32)) : asked.key
  return { encapsulation: 'gre', ...ends, key }
}
