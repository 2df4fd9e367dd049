/** What a grammar cannot say of a request: rules of RFC 6733 between AVPs. */
import { WireError } from '../wire-error.ts'
import { encodeAvps, type RawAvp } from './avp.ts'
import { commandAbbreviation } from './command.ts'
import type { AvpName } from './dictionary.ts'
import { avpsNamed, encodeNamedAvp, firstValue } from './group.ts'
import type { RawMessage } from './raw-message.ts'
import { resultCode } from './result-code.ts'

const withoutEnd = 0xffff_ffff
const applicationIds = ['Auth-Application-Id', 'Acct-Application-Id'] as const

/**
 * Whether what the AVPs of a request say fits together; to be asked by who carries it out.
 * @throws wire/malformed with Result-Code 5005, 5007 or 5009 and the AVPs for Failed-AVP
 */
export function checkRequest(request: RawMessage): void {
  checkVendorSpecificApplications(request)
  checkLifetimes(request)
}

/**
 * Section 6.8: the application of the header is the session's; 0 stands for it in messages of RFC 4004 (section 2.5).
 * @throws wire/malformed with Result-Code 5004 and the AVP for Failed-AVP
 */
export function checkApplication({ applicationId, commandCode, avps }: RawMessage): void {
  if (applicationId === 0) return
  for (const name of applicationIds) {
    const named = firstValue(avps, name)
    if (named !== undefined && named !== applicationId)
      throw refuse(
        resultCode.invalidAvpValue,
        `${commandAbbreviation(commandCode, true)} of application ${applicationId} says ${named} in ${name}`,
        avpsNamed(avps, name),
      )
  }
}

/** Section 6.11: exactly one application in each. */
function checkVendorSpecificApplications({ avps }: RawMessage): void {
  const name: AvpName = 'Vendor-Specific-Application-Id'
  for (const avp of avpsNamed(avps, name)) {
    const application = firstValue([avp], name)
    const named = applicationIds.filter((each) => application?.[each] !== undefined)
    if (named.length === 0)
      throw refuse(
        resultCode.missingAvp,
        `${name} names no application`,
        applicationIds.map((each) => encodeNamedAvp(each, 0)),
      )
    if (named.length === 2)
      throw refuse(
        resultCode.avpOccursTooManyTimes,
        `${name} names two applications`,
        applicationIds.map((each) => encodeNamedAvp(each, application?.[each])),
      )
  }
}

/** Section 8.13: a session does not end before its authorization. */
function checkLifetimes({ avps }: RawMessage): void {
  const session = firstValue(avps, 'Session-Timeout') ?? 0
  const authorization = firstValue(avps, 'Authorization-Lifetime') ?? withoutEnd
  if (session === 0 || authorization === withoutEnd || authorization <= session) return
  throw refuse(
    resultCode.contradictingAvps,
    `Authorization-Lifetime ${authorization} is longer than Session-Timeout ${session}`,
    [...avpsNamed(avps, 'Session-Timeout'), ...avpsNamed(avps, 'Authorization-Lifetime')],
  )
}

function refuse(code: number, message: string, failed: RawAvp[]): WireError {
  const offset = failed[0]?.offset ?? 0
  return new WireError('wire/malformed', message, { offset, resultCode: code, failedAvp: encodeAvps(failed) })
}
