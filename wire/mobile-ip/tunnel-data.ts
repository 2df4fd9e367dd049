import { octets, reserved, uint8 } from '../field.ts'

/** What follows the header of a tunnel data message, by its next header field (RFC 3519, section 3.3). */
export const tunnelDataNextHeaders = { ipip: 4, gre: 47, minimalEncapsulation: 55 } as const

/**
 * After the type byte of a tunnel data message (RFC 3519, section 3.3): a packet in UDP, for a node or foreign agent behind a NAT. The
 * keepalive is an ICMP echo request in such a packet, and its answer another (section 4.9).
 */
export const tunnelDataFields = {
  nextHeader: uint8,
  reserved: reserved(2),
  packet: octets(),
}
