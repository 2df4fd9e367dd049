/**
 * What agents are told about a move, in QoS-Install-Requests: the new foreign agent of the visit before, the previous one of the next.
 */
import { type Ipv4Address, isHostAddress } from '#core/ipv4.ts'
import { WireError } from '../wire-error.ts'
import type { AvpValue } from './avps.ts'
import { resultCode } from './result-code.ts'

/** Where the node was, and for how long what is in flight there is sent after it. */
export interface PreviousVisit extends Forwarding {
  /** Of the visit and its agent, for one in the same realm, which orders the forwarding itself; else the home server does. */
  session?: { sessionId: string; realm: string; host: string }
}

export interface Forwarding {
  /** The other foreign agent's. */
  careOfAddress: Ipv4Address
  /** From the arrival of the message on; 0 ends a forwarding. */
  milliseconds: number
}

/** A packet that is under way for longer than this was not delayed by a move. */
export const longestForwardingMilliseconds = 60_000

export function encodePreviousVisit({ session, ...forwarding }: PreviousVisit): AvpValue<'Previous-Visit'> {
  return {
    ...(session && {
      'Session-Id': session.sessionId,
      'Destination-Realm': session.realm,
      'Destination-Host': session.host,
    }),
    ...encodeNextVisit(forwarding),
  }
}

/** @throws wire/malformed with 5004 for what cannot be */
export function decodePreviousVisit(avp: AvpValue<'Previous-Visit'>): PreviousVisit {
  const { 'Session-Id': sessionId, 'Destination-Realm': realm, 'Destination-Host': host } = avp
  const named = [sessionId, realm, host].filter((each) => each !== undefined).length
  if (named !== 0 && named !== 3) throw refused('it names a part of a session')
  return {
    ...(sessionId !== undefined &&
      realm !== undefined &&
      host !== undefined && { session: { sessionId, realm, host } }),
    ...decodeNextVisit(avp),
  }
}

export function encodeNextVisit({ careOfAddress, milliseconds }: Forwarding): AvpValue<'Next-Visit'> {
  return { 'Care-of-Address': careOfAddress, 'Forwarding-Time': milliseconds }
}

/** @throws wire/malformed with 5004 for what cannot be */
export function decodeNextVisit(avp: AvpValue<'Next-Visit'>): Forwarding {
  const { 'Care-of-Address': careOfAddress, 'Forwarding-Time': milliseconds } = avp
  if (!isHostAddress(careOfAddress)) throw refused(`${careOfAddress} cannot be a care-of address`)
  if (milliseconds > longestForwardingMilliseconds) throw refused(`its Forwarding-Time is ${milliseconds} ms`)
  return { careOfAddress, milliseconds }
}

function refused(why: string): WireError {
  return new WireError('wire/malformed', `the visit cannot be used: ${why}`, {
    offset: 0,
    resultCode: resultCode.invalidAvpValue,
  })
}
