import { linkAddress, uint16 } from '../field.ts'
import { decodeFields, encodeFields, minimumSize, type ValueOf } from '../layout.ts'
import { WireError } from '../wire-error.ts'

/** linux/if_ether.h */
export const etherTypes = { ipv4: 0x0800, arp: 0x0806 } as const

const header = { destination: linkAddress, source: linkAddress, etherType: uint16 }
const headerBytes = minimumSize(header)
/** A smaller number in the type field is the length of an IEEE 802.3 frame. */
const smallestEtherType = 0x0600

export type EthernetFrame = ValueOf<typeof header> & { payload: Buffer }

/**
 * Decodes an Ethernet II frame without its check sequence. The payload may end in padding.
 * @throws WireError wire/truncated, wire/malformed
 */
export function decodeEthernetFrame(bytes: Buffer): EthernetFrame {
  const frame = decodeFields(header, bytes, 0, bytes.length)
  if (frame.etherType < smallestEtherType)
    throw new WireError('wire/malformed', 'the frame is IEEE 802.3, not Ethernet II', { offset: 12 })
  return { ...frame, payload: bytes.subarray(headerBytes) }
}

/** @throws SojournError wire/unencodable */
export function encodeEthernetFrame({ payload, ...fields }: EthernetFrame): Buffer {
  return Buffer.concat([encodeFields(header, fields), payload])
}
