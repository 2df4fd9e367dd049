import type { Ipv4Address, LinkAddress } from '#core/ipv4.ts'
import { ipv4Address, linkAddress, uint8, uint16 } from '#wire/field.ts'
import { encodeEthernetFrame, etherTypes } from '#wire/ip/ethernet.ts'
import { encodeFields } from '#wire/layout.ts'

/** RFC 826, for IPv4 on Ethernet. */
const arp = {
  hardwareType: uint16,
  protocolType: uint16,
  hardwareAddressBytes: uint8,
  protocolAddressBytes: uint8,
  operation: uint16,
  senderLinkAddress: linkAddress,
  senderAddress: ipv4Address,
  targetLinkAddress: linkAddress,
  targetAddress: ipv4Address,
}

const ethernet = 1
const request = 1
const broadcast: LinkAddress = 'ff:ff:ff:ff:ff:ff'

/**
 * A gratuitous ARP request (RFC 5944, section 4.6): who has `address` in its cache takes over that it is at `linkAddress` now.
 * @param source whose frame it is
 */
export function gratuitousArp(address: Ipv4Address, linkAddress: LinkAddress, source = linkAddress): Buffer {
  const payload = encodeFields(arp, {
    hardwareType: ethernet,
    protocolType: etherTypes.ipv4,
    hardwareAddressBytes: 6,
    protocolAddressBytes: 4,
    operation: request,
    senderLinkAddress: linkAddress,
    senderAddress: address,
    // "Not used in an ARP request."
    targetLinkAddress: '00:00:00:00:00:00',
    targetAddress: address,
  })
  return encodeEthernetFrame({ destination: broadcast, source, etherType: etherTypes.arp, payload })
}
