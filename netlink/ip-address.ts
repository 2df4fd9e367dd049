import { isIPv4, isIPv6 } from 'node:net'
import { decodeIpv4, encodeIpv4 } from '#core/ipv4.ts'
import { NetlinkError } from './netlink-error.ts'

/** The bytes of an IPv4 or IPv6 address. @throws RangeError */
export function encodeIp(address: string): Buffer {
  if (isIPv4(address)) return encodeIpv4(address)
  if (!isIPv6(address) || address.includes('%')) throw new RangeError(`not an IP address: "${address}"`)
  const [head = '', tail] = groupsOfIpv6(address)
  const before = words(head)
  const after = words(tail ?? '')
  const bytes = Buffer.alloc(16)
  before.forEach((word, index) => void bytes.writeUInt16BE(word, index * 2))
  after.forEach((word, index) => void bytes.writeUInt16BE(word, 16 - (after.length - index) * 2))
  return bytes
}

/** The 32 bits of an IPv4 address in dotted decimal; undefined for any other text. One pass: routes come by the ten thousand. */
export function ipv4Bits(address: string): number | undefined {
  let bits = 0
  let octet = -1
  let dots = 0
  for (let index = 0; index <= address.length; index++) {
    const digit = address.charCodeAt(index) - 48
    if (digit >= 0 && digit <= 9 && octet !== 0) {
      octet = Math.max(octet, 0) * 10 + digit
      if (octet > 255) return undefined
    } else if (octet >= 0 && (index === address.length || digit === -2)) {
      bits = bits * 256 + octet
      octet = -1
      if (index < address.length) dots++
    } else return undefined
  }
  return dots === 3 ? bits : undefined
}

/** An address of 4 or 16 bytes as text (RFC 5952); any other length as hexadecimal digits. */
export function decodeIp(bytes: Buffer): string {
  if (bytes.length === 4) return decodeIpv4(bytes)
  if (bytes.length !== 16) return bytes.toString('hex')
  if (bytes.readUInt32BE(8) === 0xffff && bytes.subarray(0, 8).every((byte) => byte === 0))
    return `::ffff:${decodeIpv4(bytes, 12)}`
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(':')
  const zeros = [...groups.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(([run]) => run)
  const longest = zeros.sort((a, b) => b.replace(/^:/, '').length - a.replace(/^:/, '').length)[0]
  return longest === undefined ? groups : groups.replace(longest, '::').replace(':::', '::')
}

/** What stands before and after the `::`; a dotted tail is turned into two words first. */
function groupsOfIpv6(address: string): string[] {
  return address
    .replace(/\d+\.\d+\.\d+\.\d+$/, (dotted) => {
      const bytes = encodeIpv4(dotted)
      return `${bytes.readUInt16BE(0).toString(16)}:${bytes.readUInt16BE(2).toString(16)}`
    })
    .split('::')
}

function words(groups: string): number[] {
  return groups === '' ? [] : groups.split(':').map((group) => Number.parseInt(group, 16))
}

/** `192.0.2.0/24` apart; a bare address has the length of its family. @throws wire/unencodable */
export function parsePrefix(prefix: string): { address: string; length: number } {
  const slash = prefix.indexOf('/')
  const address = slash < 0 ? prefix : prefix.slice(0, slash)
  const full = address.includes(':') && isIPv6(address) ? 128 : 32
  const length = slash < 0 ? full : lengthAfter(prefix, slash)
  if (!(length <= full)) throw new NetlinkError('wire/unencodable', `not an IP prefix: "${prefix}"`)
  return { address, length }
}

/** The decimal number behind the slash; NaN where there is none. Digit by digit: routes come by the ten thousand. */
function lengthAfter(prefix: string, slash: number): number {
  let length = slash + 1 < prefix.length ? 0 : Number.NaN
  for (let index = slash + 1; index < prefix.length; index++) {
    const digit = prefix.charCodeAt(index) - 48
    length = digit >= 0 && digit <= 9 ? length * 10 + digit : Number.NaN
  }
  return length
}
