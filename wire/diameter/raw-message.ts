import { WireError } from '../wire-error.ts'
import { decodeAvps, encodeAvps, type RawAvp } from './avp.ts'
import { decodeHeader, encodeHeader, type Header, headerBytes, messageLength } from './header.ts'
import { resultCode } from './result-code.ts'

/** A message as an agent on the way sees it: nothing interpreted, reordered or lost. */
export interface RawMessage extends Header {
  avps: RawAvp[]
}

/**
 * One whole message.
 * @throws wire/truncated, wire/malformed; with the Result-Code that answers it, for which `decodeHeader` still reads the header
 */
export function decodeRawMessage(bytes: Buffer): RawMessage {
  const header = decodeHeader(bytes)
  const length = messageLength(bytes)
  if (length !== bytes.length)
    throw new WireError('wire/truncated', `a message of ${length} bytes was given as ${bytes.length}`, {
      offset: bytes.length,
      resultCode: resultCode.invalidMessageLength,
    })
  if (header.request && header.error)
    throw new WireError('wire/malformed', 'a request has the E flag', {
      offset: 4,
      resultCode: resultCode.invalidHeaderBits,
    })
  return { ...header, avps: decodeAvps(bytes.subarray(headerBytes), headerBytes) }
}

/** @throws wire/unencodable */
export function encodeRawMessage(message: RawMessage): Buffer {
  const avps = encodeAvps(message.avps)
  return Buffer.concat([encodeHeader(message, headerBytes + avps.length), avps])
}
