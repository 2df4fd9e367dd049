import type { RawAvp } from '#wire/diameter/avp.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { firstValue } from '#wire/diameter/group.ts'

/** What an authorization says of the session that it opens (RFC 6733, sections 8.9 to 8.17). */
export interface SessionTerms {
  /** From now to the end of the service: infinite without one. */
  authorizedSeconds: number
  /** The server keeps no state, and is not told of the end. */
  isStateless: boolean
  /** Bits of Session-Binding: which messages any server of the realm may get. */
  binding: number
}

/** All ones: no end (section 8.9). */
const withoutEnd = 0xffff_ffff
const bindingBits = dictionary['Session-Binding'].values

/** AVPs of an AMA, HAA or HAR: the grammars of RFC 4004 name only some of these, so the others are among the unknown. */
interface AuthorizingAvps {
  'Authorization-Lifetime'?: number
  'Auth-Session-State'?: number
  unknown?: RawAvp[]
}

/**
 * The service ends when the lifetime and the grace period after it are over, or with the Session-Timeout, of which 0 is none, whichever
 * comes first. @throws wire/malformed for an unreadable AVP
 */
export function sessionTerms(avps: AuthorizingAvps): SessionTerms {
  const { unknown = [] } = avps
  const lifetime = avps['Authorization-Lifetime'] ?? withoutEnd
  const grace = firstValue(unknown, 'Auth-Grace-Period') ?? 0
  const timeout = firstValue(unknown, 'Session-Timeout') ?? 0
  return {
    authorizedSeconds: Math.min(
      lifetime === withoutEnd ? Number.POSITIVE_INFINITY : lifetime + grace,
      timeout === 0 ? Number.POSITIVE_INFINITY : timeout,
    ),
    isStateless: avps['Auth-Session-State'] === dictionary['Auth-Session-State'].values.NO_STATE_MAINTAINED,
    binding: firstValue(unknown, 'Session-Binding') ?? 0,
  }
}

/** Where a message of a session goes: to the server that authorized it, or to any of its realm (section 8.17). */
export function addressee(
  { server, binding = 0 }: { server: { host?: string; realm: string }; binding?: number },
  message: keyof typeof bindingBits,
): { host?: string; realm: string } {
  return (binding & bindingBits[message]) === 0 ? server : { realm: server.realm }
}
