import type { Log } from '#core/log.ts'
import { commands } from '#wire/diameter/command.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import { decodeHeader, type Header } from '#wire/diameter/header.ts'
import { decodeAnswer } from '#wire/diameter/message.ts'
import { decodeRawMessage, type RawMessage } from '#wire/diameter/raw-message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { type Capabilities, capabilitiesOf, securityFault } from './capabilities.ts'
import type { Fault } from './error-answer.ts'
import { isSuccess } from './handler.ts'
import { sameIdentity } from './local-identity.ts'
import type { PeerEvent } from './peer-machine.ts'
import type { Security } from './transport-security.ts'

export interface Malformed {
  ok: false
  header: Header
  fault: Fault
  error: WireError
}

export type Incoming = { ok: true; message: RawMessage } | Malformed

/** The message in bytes that the framer cut; where they cannot be read, what to answer. */
export function decodeIncoming(bytes: Buffer): Incoming {
  try {
    return { ok: true, message: decodeRawMessage(bytes) }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { ok: false, header: decodeHeader(bytes), fault: faultOf(error), error }
  }
}

/** What a fault in a request is answered with (RFC 6733, section 7). */
export function faultOf({ resultCode: code, message, failedAvp }: WireError): Fault {
  return { resultCode: code ?? resultCode.unableToComply, errorMessage: message, failedAvp }
}

/** The event of the peer machine that a message on an open connection is; undefined for a CEA, whose event its content decides. */
export function eventOf(side: 'I' | 'R', { commandCode, request }: RawMessage): PeerEvent | undefined {
  switch (commandCode) {
    case commands['Device-Watchdog'].code:
      return request ? `${side}-Rcv-DWR` : `${side}-Rcv-DWA`
    case commands['Disconnect-Peer'].code:
      return request ? `${side}-Rcv-DPR` : `${side}-Rcv-DPA`
    case commands['Capabilities-Exchange'].code:
      return request ? `${side}-Rcv-Message` : undefined
    default:
      return `${side}-Rcv-Message`
  }
}

/** How we stand to the peer that has sent a CEA. */
export interface CeaExpectation {
  identity: string
  security: Security
  /** The CEA came by TLS. */
  isTls: boolean
  log: Log
}

/** What a CEA tells of the peer that we expect, or undefined (and a line in the log) when one of us refuses the other. */
export function acceptedCapabilities(
  cea: RawMessage,
  { identity, security, isTls, log }: CeaExpectation,
): Capabilities | undefined {
  let answer: ReturnType<typeof decodeAnswer<'Capabilities-Exchange'>>
  try {
    answer = decodeAnswer('Capabilities-Exchange', cea)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    log.warn({ err: error }, 'its CEA cannot be read')
    return undefined
  }
  if (!isSuccess(answer)) {
    const { 'Result-Code': code, 'Error-Message': why } = answer.avps
    log.warn({ resultCode: code }, `it refuses us with ${code}${why === undefined ? '' : `: ${why}`}`)
    return undefined
  }
  const capabilities = capabilitiesOf(answer.avps)
  const fault = sameIdentity(capabilities.identity, identity)
    ? securityFault(security, isTls, capabilities)
    : `${capabilities.identity} answers where ${identity} should`
  if (fault === undefined) return capabilities
  log.warn(fault)
  return undefined
}

export type DisconnectCause = keyof (typeof dictionary)['Disconnect-Cause']['values']

/** Why a peer says DPR (RFC 6733, section 5.4.3); one that does not say it, or in an unknown way, may be dialled again. */
export function disconnectCauseOf({ avps }: RawMessage): DisconnectCause {
  const { code, values } = dictionary['Disconnect-Cause']
  const avp = avps.find((each) => each.code === code && each.vendorId === 0)
  const value = avp?.data.length === 4 ? avp.data.readInt32BE() : values.REBOOTING
  if (value === values.BUSY) return 'BUSY'
  return value === values.DO_NOT_WANT_TO_TALK_TO_YOU ? 'DO_NOT_WANT_TO_TALK_TO_YOU' : 'REBOOTING'
}

/** The Origin-State-Id of DWR or DWA; undefined also where it has no four bytes. */
export function originStateIdOf({ avps }: RawMessage): number | undefined {
  const { code } = dictionary['Origin-State-Id']
  const avp = avps.find((each) => each.code === code && each.vendorId === 0)
  return avp?.data.length === 4 ? avp.data.readUInt32BE() : undefined
}
