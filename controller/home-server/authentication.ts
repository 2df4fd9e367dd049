import { randomBytes } from 'node:crypto'
import { describeError } from '#core/error.ts'
import { verifyExtension } from '#wire/mobile-ip/authentication.ts'
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
 * Whether the mobile node itself made the Registration Request: its MN-AAA authentication extension (RFC
 * 4721, section 3) is verified over the request's bytes with the subscriber's key. `spi` is the one that the
 * foreign agent copied into MIP-MN-AAA-Auth; its lengths and offset (RFC 4004, section 7.6) are not used, the
 * extension is found in the authenticated bytes themselves.
 */
export function authenticate(
  nai: string,
  registration: Buffer,
  spi: number,
  subscriber: Subscriber | undefined,
  readKey: (keyFile: string) => Buffer,
): Authentication {
  try {
    const request = decodeRegistration(registration)
    if (request.type !== 'registration-request')
      return failed('MIP-Reg-Request holds no registration request')
    const extension = findExtension(request.extensions, 'mobile-aaa-authentication')
    if (extension === undefined) return failed('the request has no MN-AAA authentication extension')
    // Computed in every case, so that the time it takes does not tell which SPIs and names exist.
    const key = subscriber ? readKey(subscriber.authentication.keyFile) : decoyKey
    const verified = verifyExtension(registration, extension, {
      spi: extension.spi,
      key,
      algorithm: 'hmac-md5',
    })
    if (subscriber === undefined) return failed('there is no such subscriber')
    const expectedSpi = subscriber.authentication.spi
    if (extension.spi !== expectedSpi || spi !== expectedSpi)
      return failed(`SPI ${extension.spi} is not the subscriber's`)
    if (!verified) return failed('the MN-AAA authenticator is wrong')

    const extensions = request.extensions.filter(({ offset }) => offset < extension.offset)
    const named = findExtension(extensions, 'mobile-node-nai')?.nai
    if (named !== undefined && named !== nai) return failed(`the request was made by "${named}"`)
    return { authentic: true, subscriber, request: { ...request, extensions }, key }
  } catch (error) {
    return failed(describeError(error))
  }
}

function failed(reason: string): Authentication {
  return { authentic: false, reason }
}
