import { SojournError } from './error.ts'

/** An IPv4 address in dotted decimal, such as `192.0.2.1`. */
export type Ipv4Address = string

/** An Ethernet address, six hexadecimal bytes with colons, such as `02:00:00:00:00:01`. */
export type LinkAddress = string

export const unspecifiedAddress: Ipv4Address = '0.0.0.0'
export const limitedBroadcast: Ipv4Address = '255.255.255.255'

export function isIpv4Address(text: string): boolean {
  const parts = text.split('.')
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
}

/** Whether an address can be that of another host: not this network, not this host, and below multicast, reserved and broadcast. */
export function isHostAddress(address: Ipv4Address): boolean {
  const [network = 0] = address.split('.').map(Number)
  return isIpv4Address(address) && network !== 0 && network !== 127 && network < 224
}

/** The four bytes of an address, in network order. @throws wire/unencodable */
export function encodeIpv4(address: Ipv4Address): Buffer {
  if (!isIpv4Address(address)) throw new SojournError('wire/unencodable', `not an IPv4 address: "${address}"`)
  return Buffer.from(address.split('.').map(Number))
}

/** The address in the four bytes at `offset`; the caller has checked that they are there. */
export function decodeIpv4(bytes: Buffer, offset = 0): Ipv4Address {
  return `${bytes.readUInt8(offset)}.${bytes.readUInt8(offset + 1)}.${bytes.readUInt8(offset + 2)}.${bytes.readUInt8(offset + 3)}`
}

/** The six bytes of an Ethernet address. @throws wire/unencodable */
export function encodeLinkAddress(address: LinkAddress): Buffer {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(address))
    throw new SojournError('wire/unencodable', `not an Ethernet address: "${address}"`)
  return Buffer.from(address.replaceAll(':', ''), 'hex')
}

export function decodeLinkAddress(bytes: Buffer, offset = 0): LinkAddress {
  return [...bytes.subarray(offset, offset + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}
