import type { RequestBody } from '#diameter/handler.ts'
import { authenticatedBytes } from '#wire/mobile-ip/authentication.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'

/**
 * MIP-MN-AAA-Auth: where in a request the home server finds the node's authenticator, and what it covers (RFC 4004, section 7.6).
 * @param bytes the request as the node sent it
 * @throws TypeError for a request without a mobile-AAA authentication
 */
export function mobileAaaProof(
  bytes: Buffer,
  { extensions }: Pick<RegistrationRequest, 'extensions'>,
): RequestBody<'AA-Mobile-Node'>['MIP-MN-AAA-Auth'] {
  const proof = findExtension(extensions, 'mobile-aaa-authentication')
  if (!proof) throw new TypeError('only a request with a mobile-AAA authentication can be authorized')
  const covered = authenticatedBytes(bytes, proof).length
  return {
    'MIP-MN-AAA-SPI': proof.spi,
    'MIP-Auth-Input-Data-Length': covered,
    'MIP-Authenticator-Length': proof.authenticator.length,
    'MIP-Authenticator-Offset': covered,
  }
}
