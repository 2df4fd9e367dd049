import { randomBytes } from 'node:crypto'
import { describeError } from '#core/error.ts'
import type { Avps } from '#wire/diameter/avps.ts'
import { verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { chapSpi, verifyChapExtension } from '#wire/mobile-ip/chap-authentication.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import type { Subscriber } from '../database/service-control-database.ts'

export interface AuthenticRequest {
  authentic: true
  subscriber: Subscriber
  /** Its extensions are only those that the authenticator covers. */
  request: RegistrationRequest
  key: Buffer
}
export type Authentication =
  | AuthenticRequest
  /** The reason is for the log: the outside learns only that authentication failed. */
  | { authentic: false; reason: string }

/**
 * Takes the place of an unknown subscriber's key, so that an unknown NAI costs the same work as a wrong
 * authenticator.
 */
const decoyKey = randomBytes(16)

/**
 * Whether the mobile node itself made the Registration Request of an AMR: its MN-AAA authentication extension (RFC 4721, section 3) is
 * verified over the request's bytes with the subscriber's key: by the association's algorithm, or in the manner of CHAP when the SPI says
 * so. Of MIP-MN-AAA-Auth only the SPI is used; lengths and offset (RFC 4004, section 7.6) are not, the extension is found in the
 * authenticated bytes themselves.
 */
export function authenticate(
  avps: AuthenticationAvps,
  subscriber: Subscriber | undefined,
  readKey: (keyFile: string) => Buffer,
): Authentication {
  try {
    const { 'User-Name': nai, 'MIP-Reg-Request': registration } = avps
    const request = decodeRegistration(registration)
    if (request.type !== 'registration-request')
      return failed('MIP-Reg-Request holds no registration request')
    const extension = findExtension(request.extensions, 'mobile-aaa-authentication')
    if (extension === undefined) return failed('the request has no MN-AAA authentication extension')
    const extensions = request.extensions.filter(({ offset }) => offset < extension.offset)
    const isChap = extension.spi === chapSpi
    const challenge = avps['MIP-FA-Challenge'] ?? Buffer.alloc(0)
    if (isChap && challenge.length === 0) return failed('SPI 2 needs MIP-FA-Challenge')
    // Computed in every case, so that the time it takes does not tell which SPIs and names exist.
    const key = subscriber ? readKey(subscriber.authentication.keyFile) : decoyKey
    const verified = isChap
      ? verifyChapExtension(registration, extension, { key, challenge })
      : verifyExtension(registration, extension, { spi: extension.spi, key, algorithm: 'hmac-md5' })
    if (subscriber === undefined) return failed('there is no such subscriber')
    const expectedSpi = isChap ? chapSpi : subscriber.authentication.spi
    if (extension.spi !== expectedSpi || avps['MIP-MN-AAA-Auth']['MIP-MN-AAA-SPI'] !== expectedSpi)
      return failed(`SPI ${extension.spi} is not the subscriber's`)
    if (!verified) return failed('the MN-AAA authenticator is wrong')

    const answered = findExtension(extensions, 'challenge')?.challenge
    if (answered && challenge.length > 0 && !answered.equals(challenge))
      return failed('the node answers another challenge than that of the foreign agent')
    const named = findExtension(extensions, 'mobile-node-nai')?.nai
    if (named !== undefined && named !== nai) return failed(`the request was made by "${named}"`)
    return { authentic: true, subscriber, request: { ...request, extensions }, key }
  } catch (error) {
    return failed(describeError(error))
  }
}

type AuthenticationAvps = Pick<
  Avps<'AA-Mobile-Node', 'request'>,
  'User-Name' | 'MIP-Reg-Request' | 'MIP-MN-AAA-Auth' | 'MIP-FA-Challenge'
>

function failed(reason: string): Authentication {
  return { authentic: false, reason }
}
