import { decodeIpv4, encodeIpv4, isIpv4Address } from '#core/ipv4.ts'

/** Address families of RFC 6733, section 4.3.1, and the bytes that follow them. */
const family = { ipv4: { number: 1, bytes: 4 }, ipv6: { number: 2, bytes: 16 } } as const

/** The address in the data of an Address AVP, or undefined when it is none. */
export function decodeAddress(data: Buffer): string | undefined {
  if (data.length < 2) return undefined
  const number = data.readUInt16BE(0)
  const address = data.subarray(2)
  if (number === family.ipv4.number && address.length === family.ipv4.bytes) return decodeIpv4(address)
  if (number === family.ipv6.number && address.length === family.ipv6.bytes) return formatIpv6(address)
  return undefined
}

/** The data of an Address AVP, or undefined when the text is no address. */
export function encodeAddress(text: string): Buffer | undefined {
  if (isIpv4Address(text)) return Buffer.concat([Buffer.from([0, family.ipv4.number]), encodeIpv4(text)])
  const address = parseIpv6(text)
  return address && Buffer.concat([Buffer.from([0, family.ipv6.number]), address])
}

/** RFC 5952: lower case, no leading zeros, the longest run of zero groups as `::`. */
function formatIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
  const runs = [...groups.join(':').matchAll(/\b0(?::0)+\b/g)].map(([run]) => run)
  const longest = runs.sort((a, b) => b.length - a.length)[0]
  if (longest === undefined) return groups.join(':')
  return groups
    .join(':')
    .replace(new RegExp(`(^|:)${longest}(:|$)`), '::')
    .replace(/:{3,}/, '::')
}

function parseIpv6(text: string): Buffer | undefined {
  const [head = '', tail, ...more] = text.split('::')
  if (more.length > 0) return undefined
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
