import { WireError } from '../wire-error.ts'
import { resultCode } from './result-code.ts'

/** The header of RFC 6733, section 3, without version and length. */
export interface Header {
  commandCode: number
  request: boolean
  proxiable: boolean
  error: boolean
  /** Possibly a duplicate: the sender had no answer to its first sending. */
  retransmitted: boolean
  applicationId: number
  hopByHop: number
  endToEnd: number
}

export const headerBytes = 20
const version = 1
const flag = { request: 0x80, proxiable: 0x40, error: 0x20, retransmitted: 0x10 } as const

/**
 * The length that a message says of itself, as soon as its first four bytes are there. An error means that the stream of messages can
 * no longer be followed.
 * @throws wire/malformed with Result-Code 5011 (version) or 5015 (length)
 */
export function messageLength(bytes: Buffer): number {
  if (bytes.readUInt8(0) !== version)
    throw new WireError('wire/malformed', `version ${bytes.readUInt8(0)} is not Diameter's`, {
      offset: 0,
      resultCode: resultCode.unsupportedVersion,
    })
  const length = bytes.readUIntBE(1, 3)
  if (length < headerBytes || length % 4 !== 0)
    throw new WireError('wire/malformed', `a message cannot have a length of ${length}`, {
      offset: 1,
      resultCode: resultCode.invalidMessageLength,
    })
  return length
}

/** Reserved flags are ignored (RFC 6733, section 3, and what peers do, over section 7.1.5). @throws wire/truncated */
export function decodeHeader(bytes: Buffer): Header {
  if (bytes.length < headerBytes)
    throw new WireError('wire/truncated', 'the header has 20 bytes', {
      offset: bytes.length,
      resultCode: resultCode.invalidMessageLength,
    })
  const flags = bytes.readUInt8(4)
  return {
    commandCode: bytes.readUIntBE(5, 3),
    request: (flags & flag.request) !== 0,
    proxiable: (flags & flag.proxiable) !== 0,
    error: (flags & flag.error) !== 0,
    retransmitted: (flags & flag.retransmitted) !== 0,
    applicationId: bytes.readUInt32BE(8),
    hopByHop: bytes.readUInt32BE(12),
    endToEnd: bytes.readUInt32BE(16),
  }
}

/** `lengthBytes`: of the whole message. @throws wire/unencodable */
export function encodeHeader(header: Header, lengthBytes: number): Buffer {
  if (lengthBytes >= 2 ** 24)
    throw new WireError('wire/unencodable', `a message cannot have ${lengthBytes} bytes`, { offset: 1 })
  const bytes = Buffer.alloc(headerBytes)
  bytes.writeUInt8(version, 0)
  bytes.writeUIntBE(lengthBytes, 1, 3)
  bytes.writeUInt8(
    (header.request ? flag.request : 0) |
      (header.proxiable ? flag.proxiable : 0) |
      (header.error ? flag.error : 0) |
      (header.retransmitted ? flag.retransmitted : 0),
    4,
  )
  bytes.writeUIntBE(header.commandCode, 5, 3)
  bytes.writeUInt32BE(header.applicationId, 8)
  bytes.writeUInt32BE(header.hopByHop, 12)
  bytes.writeUInt32BE(header.endToEnd, 16)
  return bytes
}
