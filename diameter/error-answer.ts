import { avpFlag, type RawAvp } from '#wire/diameter/avp.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { avpsNamed, encodeNamedAvp } from '#wire/diameter/group.ts'
import type { Header } from '#wire/diameter/header.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { isProtocolErrorCode } from '#wire/diameter/result-code.ts'
import type { LocalIdentity } from './local-identity.ts'

export interface Fault {
  resultCode: number
  errorMessage: string
  /** The encoded AVP at fault (RFC 6733, section 7.5). */
  failedAvp?: Buffer | undefined
}

/**
 * The answer of RFC 6733, section 7.2, which needs nothing of the request but its header. `avps` is what of the request could be split:
 * its Session-Id and Proxy-Info come back.
 */
export function errorAnswer(
  local: LocalIdentity,
  request: Header & { avps?: readonly RawAvp[] },
  { resultCode, errorMessage, failedAvp }: Fault,
): RawMessage {
  const copied = (name: 'Session-Id' | 'Proxy-Info'): RawAvp[] => avpsNamed(request.avps ?? [], name)
  const failed: RawAvp[] =
    failedAvp === undefined
      ? []
      : [{ code: dictionary['Failed-AVP'].code, flags: avpFlag.mandatory, vendorId: 0, data: failedAvp }]
  return {
    ...answerHeader(request, resultCode),
    avps: [
      ...copied('Session-Id'),
      encodeNamedAvp('Origin-Host', local.identity),
      encodeNamedAvp('Origin-Realm', local.realm),
      encodeNamedAvp('Result-Code', resultCode),
      encodeNamedAvp('Error-Message', errorMessage),
      ...failed,
      ...copied('Proxy-Info'),
    ],
  }
}

/** The header of an answer: the request's identifiers and P flag, E exactly for 3xxx. */
export function answerHeader(request: Header, resultCode: number): Header {
  return {
    commandCode: request.commandCode,
    request: false,
    proxiable: request.proxiable,
    error: isProtocolErrorCode(resultCode),
    retransmitted: false,
    applicationId: request.applicationId,
    hopByHop: request.hopByHop,
    endToEnd: request.endToEnd,
  }
}
